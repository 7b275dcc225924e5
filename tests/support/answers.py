"""A made-up AWS for the set-up: each operation answers what the test says, and every call is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.aws.errors import AwsCallError, Kind
from tests.support.caller import Asked, CallerDouble

Answer = Mapping[str, Any] | AwsCallError | Callable[..., "Answer"]


def denied(
    operation: str = "", message: str = "User: x is not authorized", code: str = "AccessDenied"
) -> Any:
    return AwsCallError(Kind.DENIED, code, message, operation)


def answered(code: str, operation: str = "", message: str = "") -> Any:
    return AwsCallError(Kind.ANSWER, code, message, operation)


@dataclass
class Answers(CallerDouble):
    """From ``(account, operation)`` or ``operation`` to the answer: a value, an error, or a function of region and params.

    An operation that is not there fails the test.
    """

    answers: dict[Any, Any]

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        account, region, operation, params = asked.account, asked.region, asked.operation, asked.params
        for key in ((account, operation), operation):
            if key in self.answers:
                found = self.answers[key]
                found = found(account, region, params) if callable(found) else found
                if isinstance(found, AwsCallError):
                    raise AwsCallError(found.kind, found.code, found.message, found.operation or operation)
                answer: Mapping[str, Any] = found
                return answer
        raise AssertionError(f"nobody said what {operation} in {account} {region} answers: {params}")

    @property
    def calls(self) -> Counter[tuple[str, str, str]]:
        """How often each ``client:operation`` was called, by account and region."""
        return Counter((each.account, each.region, f"{each.client}:{each.operation}") for each in self.asked)
