"""What CloudFormation's own handlers of resource types demand.

The lists come from the registry schemas that cfn-lint ships (``handlers`` and their ``permissions``): what CloudFormation
itself says that a handler calls.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path

from liveaudit.lab.internals import MissingInternalError


@functools.cache
def handler_permissions(resource_type: str, handler: str, tagged: bool) -> tuple[str, ...]:
    """The IAM actions of a handler (``create``, ``read``, ``update``, ``delete``), those for tags if ``tagged``.

    Raises MissingInternalError when cfn-lint does not have the type.
    """
    folder, index = _schemas()
    if resource_type not in index:
        raise MissingInternalError(f"the installed cfn-lint has no registry schema of {resource_type}")
    schema = json.loads((folder / "resources" / f"{index[resource_type]}.json").read_bytes())
    actions = schema.get("handlers", {}).get(handler, {}).get("permissions", [])
    return tuple(action for action in actions if tagged or "tag" not in action.lower())


@functools.cache
def _schemas() -> tuple[Path, Mapping[str, str]]:
    found = importlib.util.find_spec("cfnlint")  # found, not imported: importing it takes a second
    if found is None or not found.submodule_search_locations:
        raise MissingInternalError(
            "cfn-lint is not installed: the lab takes the handlers' permissions from it"
        )
    folder = Path(found.submodule_search_locations[0]) / "data" / "schemas"
    try:
        return folder, json.loads((folder / "providers" / "us-east-1.json").read_bytes())
    except (OSError, ValueError) as error:
        raise MissingInternalError(f"cfn-lint keeps its registry schemas elsewhere now: {error}") from error
