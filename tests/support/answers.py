"""A made-up AWS for the set-up: each operation answers what the test says, and every call is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.errors import AwsCallError, Kind

Answer = Mapping[str, Any] | AwsCallError | Callable[..., "Answer"]


def denied(
    operation: str = "", message: str = "User: x is not authorized", code: str = "AccessDenied"
) -> Any:
    return AwsCallError(Kind.DENIED, code, message, operation)


def answered(code: str, operation: str = "", message: str = "") -> Any:
    return AwsCallError(Kind.ANSWER, code, message, operation)


@dataclass
class Answers:
    """From ``(account, operation)`` or ``operation`` to the answer: a value, an error, or a function of region and params.

    An operation that is not there fails the test.
    """

    answers: dict[Any, Any]
    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        self.calls[account, region, f"{client}:{operation}"] += 1
        for key in ((account, operation), operation):
            if key in self.answers:
                found = self.answers[key]
                found = found(account, region, params) if callable(found) else found
                if isinstance(found, AwsCallError):
                    raise AwsCallError(found.kind, found.code, found.message, found.operation or operation)
                answer: Mapping[str, Any] = found
                return answer
        raise AssertionError(f"nobody said what {operation} in {account} {region} answers: {params}")
