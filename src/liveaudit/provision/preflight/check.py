"""One question of the preflight with its answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from liveaudit.aws.errors import AwsCallError, Kind


class Outcome(StrEnum):
    """How a check ended, the worst last. UNKNOWN: it could not be proved; the reason says why."""

    NOT_NEEDED = "not needed"
    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"
    FAILED = "failed"

    @property
    def stops(self) -> bool:
        """Whether the set-up should not go on before this is mended, or known."""
        return self in (Outcome.UNKNOWN, Outcome.FAILED)


class Name(StrEnum):
    """What is checked. The first ones once an account, those of ``REGIONAL`` in each of its regions."""

    ENTER = "enter"
    ADMINISTRATION = "administration role"
    EXECUTION = "execution role"
    FORWARDING = "forwarding role"
    AUDIT_PERMISSIONS = "audit permissions"
    RECEIVER_PERMISSIONS = "receiver permissions"
    EXECUTION_PERMISSIONS = "execution permissions"
    ADMINISTRATION_PERMISSIONS = "administration permissions"
    FORWARDING_PERMISSIONS = "forwarding permissions"
    HOME = "home region"
    ORGANIZATION = "organization"
    FIXES = "fixes role"
    FUNCTIONS = "functions"
    CHANNELS = "channels"
    REGION = "region"
    TRAIL = "trail"
    ROOM = "bus policy"


REGIONAL = (Name.REGION, Name.TRAIL, Name.ROOM)
COLUMNS = {
    Name.ENTER: "enter",
    Name.ADMINISTRATION: "administration",
    Name.EXECUTION: "execution",
    Name.FORWARDING: "forwarding",
    Name.AUDIT_PERMISSIONS: "permissions",
    Name.RECEIVER_PERMISSIONS: "permissions",
    Name.ADMINISTRATION_PERMISSIONS: "permissions",
    Name.EXECUTION_PERMISSIONS: "permissions",
    Name.FORWARDING_PERMISSIONS: "permissions",
    Name.HOME: "home region",
    Name.ORGANIZATION: "organization",
    Name.FIXES: "fixes",
    Name.FUNCTIONS: "functions",
    Name.CHANNELS: "channels",
}
"""Where a check of an account as a whole is shown: the column of a matrix of accounts."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found. ``region`` is None for what concerns the account as a whole.

    ``who`` must do something, ``command`` is what they type, quoted for a POSIX shell. ``reason`` and ``who`` may hold
    texts of AWS and of the account's owner: whoever shows them makes them safe.
    """

    account: str
    region: str | None
    name: Name
    outcome: Outcome
    reason: str = ""
    who: str = ""
    command: str = ""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of several; NOT_NEEDED when there are none."""
    order = list(Outcome)
    return max(outcomes, key=order.index, default=Outcome.NOT_NEEDED)


_SAYS = {
    Kind.THROTTLED: "was throttled: run the check again",
    Kind.UNAVAILABLE: "got no answer",
    Kind.UNSUPPORTED: "is not supported here",
    Kind.ANSWER: "failed",
    Kind.DENIED: "was denied",
}


def unanswered(error: AwsCallError) -> str:
    """Why a call told nothing, in one line."""
    return f"{error.operation} {_SAYS[error.kind]} ({error.code}: {error.message})"[:400]
