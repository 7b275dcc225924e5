"""What a verdict does to a finding: the decisions, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from liveaudit.model import Cause, FindingStatus, Outcome

_CLOSED = (FindingStatus.RESOLVED, FindingStatus.ARCHIVED)


def next_status(standing: FindingStatus | None, outcome: Outcome) -> FindingStatus | None:
    """The status a finding moves to, or None when it stays (or still does not exist).

    UNKNOWN moves nothing. What people decided (false positive, suppressed) is sticky.
    """
    if outcome == Outcome.UNKNOWN:
        return None
    if outcome == Outcome.FAIL:
        if standing is None:
            return FindingStatus.NEW
        return FindingStatus.REOPENED if standing in _CLOSED else None
    if standing is not None and standing.is_open:
        return FindingStatus.RESOLVED
    return None


def status_when_gone(standing: FindingStatus) -> FindingStatus | None:
    """The status a finding moves to when its resource is no more."""
    return FindingStatus.ARCHIVED if standing.is_open else None


def responsible(causes: Iterable[Cause], sections: frozenset[str] | None) -> list[Mapping[str, Any]]:
    """The changes among the causes that touch these sections (None: any), the latest last."""
    found = [
        cause.change
        for cause in causes
        if cause.change is not None and (sections is None or not cause.sections or cause.sections & sections)
    ]
    return sorted(found, key=lambda change: (str(change.get("time", "")), str(change.get("event_id", ""))))
