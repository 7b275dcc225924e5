"""The policies that one trail of an account fulfils for all: somewhere, everything must be recorded.

A trail counts when it is multi-region and logging; an organization's trail counts for its members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed, unknown
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import mappings, rule, text
from liveaudit.services.cloudtrail.resources import account
from liveaudit.services.cloudtrail.selectors import BOTH, READS, WRITES, Recorded, recorded_by

_Trails = Sequence[Mapping[str, Any]]


def everywhere(trails: Any) -> _Trails:
    """The trails that are multi-region and logging."""
    return [
        each
        for each in mappings(trails, "the trails")
        if flag(each, "IsMultiRegionTrail", "a trail") and flag(each, "Status.IsLogging", "a trail")
    ]


def arn_of(trail: Mapping[str, Any]) -> str:
    """The trail's ARN."""
    return text(trail.get("TrailARN"), "TrailARN")


def nowhere(trails: Any) -> Verdict:
    """FAIL: no trail is multi-region and logging; with those that there are."""
    told = [
        {
            "TrailARN": arn_of(each),
            "IsMultiRegionTrail": flag(each, "IsMultiRegionTrail", "a trail"),
            "IsLogging": flag(each, "Status.IsLogging", "a trail"),
        }
        for each in mappings(trails, "the trails")
    ]
    return failed("no trail is multi-region and logging" if told else "there is no trail", Trails=told)


@rule(
    account,
    "cloudtrail_multi_region_enabled",
    Severity.HIGH,
    title="A trail logs in all regions",
    why="Who breaks in works where nobody looks: a region without a trail keeps no record of it.",
    fix="Make a multi-region trail and start it, or make an existing one multi-region.",
)
def a_trail_logseverywhere(trails: Any) -> Verdict:
    """CIS 7.0 4.1, Security Hub CloudTrail.1 and CloudTrail.3."""
    found = everywhere(trails)
    if not found:
        return nowhere(trails)
    return passed(f"{arn_of(found[0])} is multi-region and logging")


def _some_trail_records(
    trails: Any, event_selectors: Any, records: Callable[[Recorded], bool], what: str
) -> Verdict:
    """PASS if a trail that logs everywhere records ``what``; UNKNOWN if only one that cannot be read may."""
    found = everywhere(trails)
    if not found:
        return nowhere(trails)
    unread = []
    for each in found:
        whole = recorded_by(each, event_selectors)
        if whole is None:
            unread.append(arn_of(each))
        elif records(whole):
            return passed(f"{arn_of(each)} records {what}")
    if unread:
        return unknown(f"the event selectors of {unread[0]} cannot be read here: ask its own account")
    return failed(f"no multi-region trail records {what}", Trails=[arn_of(each) for each in found])


@rule(
    account,
    "cloudtrail_multi_region_enabled_logging_management_events",
    Severity.LOW,
    title="A trail logs all management events in all regions",
    why="A trail that leaves out reads, or writes, or what KMS is asked for, leaves gaps where an investigation looks.",
    fix="Let a multi-region trail record management events of both kinds, with no event source excluded.",
)
def a_trail_logs_all_management_events(trails: Any, event_selectors: Any) -> Verdict:
    """Security Hub CloudTrail.1; AWS Config rule multi-region-cloudtrail-enabled."""
    return _some_trail_records(
        trails, event_selectors, lambda whole: whole.management == BOTH, "all management events"
    )


_OBJECT_RULES = (
    (
        "cloudtrail_s3_dataevents_write_enabled",
        WRITES,
        "writes of all objects in S3",
        "A trail logs all writes of S3's objects",
        "Management events do not tell who overwrote or deleted an object.",
        "CIS 7.0 4.8; CloudTrail user guide, 'Logging data events'.",
    ),
    (
        "cloudtrail_s3_dataevents_read_enabled",
        READS,
        "reads of all objects in S3",
        "A trail logs all reads of S3's objects",
        "Management events do not tell who carried data away.",
        "CIS 7.0 4.9; CloudTrail user guide, 'Logging data events'.",
    ),
)


def _add(policy_id: str, wanted: frozenset[str], what: str, title: str, why: str, source: str) -> None:
    def records_objects(trails: Any, event_selectors: Any) -> Verdict:
        return _some_trail_records(trails, event_selectors, lambda whole: wanted <= whole.objects, what)

    records_objects.__doc__ = source
    rule(
        account,
        policy_id,
        Severity.LOW,
        title=title,
        why=why,
        fix="Add a data event selector for all S3 buckets to a multi-region trail that logs.",
    )(records_objects)


for _each in _OBJECT_RULES:
    _add(*_each)
