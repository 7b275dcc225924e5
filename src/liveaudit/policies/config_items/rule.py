"""What is known of a rule: where its code is, how it is invoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """A rule that runs in the sandbox. ``paths``: folders that it is found in; ``timeout``: seconds; ``memory``: megabytes.

    ``deployed``: the ARN of its function instead, and ``fields``, those of the item that the function looks at.
    """

    paths: tuple[str, ...] = ()
    module: str = ""
    function: str = "lambda_handler"
    periodic: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 60.0
    memory: int = 512
    deployed: str = ""
    fields: tuple[str, ...] = ()
