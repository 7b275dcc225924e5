"""The life of a finding, pure: what a verdict, a person or an exemption does to it.

Audits open and close; people review, call false and accept; exemptions accept by rule. What a person decided stays
until a person decides otherwise or the resource is gone, whatever the audits find meanwhile. What an exemption
suppresses is closed as soon as the policy holds: the exemption suppresses it again by itself. See
docs/decisions/0024-life-of-a-finding.md.
"""

from __future__ import annotations

from enum import StrEnum

from liveaudit.model import FindingStatus, LiveauditError, Outcome

PERSON, EXEMPTION = "person", "exemption"
"""Before the colon of who or what decided."""
_STICKY = (FindingStatus.FALSE_POSITIVE, FindingStatus.SUPPRESSED)
_HOLDS = (Outcome.PASS, Outcome.NOT_APPLICABLE)


class NotPossibleError(LiveauditError):
    """What was asked for does not fit how the finding stands; the text says why."""


class Decision(StrEnum):
    """What people and exemptions do to findings."""

    REVIEW = "review"
    FALSE_POSITIVE = "false positive"
    SUPPRESS = "suppress"
    REOPEN = "reopen"

    @property
    def needs_reason(self) -> bool:
        """Whether nobody may do it without saying why."""
        return self != Decision.REVIEW


def by_person(name: str) -> str:
    """A person, as ``decided_by`` and ``by`` have it."""
    return f"{PERSON}:{name}"


def by_exemption(number: int | str) -> str:
    """An exemption, as ``decided_by`` and ``by`` have it."""
    return f"{EXEMPTION}:{number}"


def is_exemption(decided_by: str) -> bool:
    """Whether an exemption decided, and nobody."""
    return decided_by.startswith(f"{EXEMPTION}:")


def next_status(
    standing: FindingStatus | None, outcome: Outcome, decided_by: str = ""
) -> FindingStatus | None:
    """The status a finding moves to by a verdict, or None when it stays (or still does not exist).

    UNKNOWN moves nothing. ``decided_by``: who keeps it in its status.
    """
    if outcome == Outcome.UNKNOWN:
        return None
    if outcome == Outcome.FAIL:
        if standing is None:
            return FindingStatus.NEW
        return FindingStatus.REOPENED if standing.is_closed else None
    if standing is not None and (standing.is_open or _is_exempted(standing, decided_by)):
        return FindingStatus.RESOLVED
    return None


def status_when_gone(standing: FindingStatus) -> FindingStatus | None:
    """The status a finding moves to when its resource is no more: what was decided was decided on that one."""
    return None if standing.is_closed else FindingStatus.ARCHIVED


def status_when_retired(standing: FindingStatus, decided_by: str = "") -> FindingStatus | None:
    """The status it moves to when the policy judges the resource no longer. It may again, so what people decided stays."""
    if standing.is_open or _is_exempted(standing, decided_by):
        return FindingStatus.ARCHIVED
    return None


def _is_exempted(standing: FindingStatus, decided_by: str) -> bool:
    return standing == FindingStatus.SUPPRESSED and is_exemption(decided_by)


def decided(
    standing: FindingStatus,
    decision: Decision,
    *,
    by: str,
    decided_by: str = "",
    outcome: Outcome | None = None,
    times_opened: int = 1,
) -> FindingStatus | None:
    """The status a finding moves to by a decision; None when nothing is left to do. Raises NotPossibleError.

    ``decided_by``: who keeps it in its status so far; ``outcome``: what the policy says of the resource now, None when
    it judges it no longer; ``times_opened``: how often it opened.
    """
    if standing.is_closed:
        raise NotPossibleError(f"it is {standing.value}: there is nothing to decide until it opens again")
    if is_exemption(by):
        if decided_by != by and (standing in _STICKY or decision != Decision.SUPPRESS):
            # what a person decided, or another exemption holds, is not this one's
            return None
        if decision not in (Decision.SUPPRESS, Decision.REOPEN):
            raise NotPossibleError("an exemption suppresses, and lets go; it does nothing else")
    if decision == Decision.REOPEN:
        return _reopened(standing, outcome, times_opened, exempted=is_exemption(decided_by), by=by)
    target = {
        Decision.REVIEW: FindingStatus.IN_REVIEW,
        Decision.FALSE_POSITIVE: FindingStatus.FALSE_POSITIVE,
        Decision.SUPPRESS: FindingStatus.SUPPRESSED,
    }[decision]
    if decision == Decision.REVIEW and standing in _STICKY:
        raise NotPossibleError(f"it is {standing.value}: reopen it first")
    if standing == target and (decided_by == by or not _is_exempted(standing, decided_by)):
        return None
    return target


def _reopened(
    standing: FindingStatus, outcome: Outcome | None, times_opened: int, *, exempted: bool, by: str
) -> FindingStatus | None:
    if standing == FindingStatus.IN_REVIEW:
        return FindingStatus.NEW if times_opened == 1 else FindingStatus.REOPENED
    if standing not in _STICKY:
        return None
    if exempted and not is_exemption(by):
        raise NotPossibleError("an exemption suppresses it: change or end that one")
    if outcome in _HOLDS:
        return FindingStatus.RESOLVED
    return FindingStatus.ARCHIVED if outcome is None else FindingStatus.REOPENED
