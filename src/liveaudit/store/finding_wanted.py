"""Which findings are wanted, in which order, from where on: what a list of findings is asked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from liveaudit.model import OPEN, FindingStatus, Severity
from liveaudit.store import finding_counts
from liveaudit.store.resource_tags import Tag
from liveaudit.store.words import asked

SEVERITIES = tuple(each.value for each in Severity)
STATUSES = tuple(each.value for each in FindingStatus)


class Order(StrEnum):
    """In which order findings are listed."""

    MOVED = "moved"
    OPENED = "opened"
    OLDEST = "oldest"
    SEVERITY = "severity"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings are wanted; empty fields want all. Times are Unix seconds.

    ``overdue``: open for longer than ``due`` allows; ``regression``: open again within ``again_within`` seconds after it was
    closed. ``resource``: an id or ARN. ``tags``: all of them, as far as they are known. ``owner``: of several the one; ``unowned``: of nobody. ``now``, ``due`` (seconds by
    severity; one that is not there is never due): what overdue goes by, and the order of due dates.
    """

    status: Sequence[str] = ()
    severity: Sequence[str] = ()
    policy: Sequence[str] = ()
    type: Sequence[str] = ()
    account: Sequence[str] = ()
    region: Sequence[str] = ()
    owner: str = ""
    unowned: bool = False
    actor: str = ""
    decided_by: str = ""
    resource: str = ""
    tags: Sequence[Tag] = ()
    text: str = ""
    opened_since: float | None = None
    opened_before: float | None = None
    overdue: bool = False
    regression: bool = False
    now: float = 0.0
    due: Mapping[str, float] = field(default_factory=dict)
    again_within: float = 0.0

    @property
    def counted(self) -> dict[str, Sequence[str]]:
        """What of it the counts know."""
        return {name: given for name in finding_counts.DIMENSIONS if (given := getattr(self, name))}

    @property
    def is_counted(self) -> bool:
        """Whether the counts know all of it."""
        return not (
            self.owner
            or self.unowned
            or self.actor
            or self.decided_by
            or self.resource
            or self.tags
            or asked(self.text)
            or self.opened_since is not None
            or self.opened_before is not None
            or self.overdue
            or self.regression
        )


@dataclass(frozen=True, slots=True)
class After:
    """The place after a finding: its key in the order, its severity, its id."""

    key: float
    severity: str
    id: str


def narrowed(wanted: Wanted, order: Order) -> Wanted:
    """With the statuses and severities that may match at all."""
    statuses = [each for each in STATUSES if not wanted.status or each in wanted.status]
    severities = [each for each in SEVERITIES if not wanted.severity or each in wanted.severity]
    if order == Order.DUE or wanted.overdue:
        statuses = [each for each in statuses if each in OPEN]
        severities = [each for each in severities if each in wanted.due]
    if wanted.regression:
        # what never closed cannot have opened again
        statuses = [each for each in statuses if each != FindingStatus.NEW.value]
    return replace(wanted, status=statuses, severity=severities)
