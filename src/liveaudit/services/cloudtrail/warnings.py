"""The policies on warnings: of some events somebody must be told, by way of a metric filter, an alarm and a topic.

For each control it is asked of every record that must raise a warning whether one of the filters lets it pass whose metric
has an alarm, with its actions on, that tells a topic with a confirmed subscription. A filter that everyday work passes too
warns of nothing. What cannot be read, or is not understood, and could make the difference makes the verdict UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed, unknown
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import mapping, mappings, rule, text, texts
from liveaudit.services.cloudtrail.account import arn_of, everywhere, nowhere
from liveaudit.services.cloudtrail.resources import account
from liveaudit.services.cloudtrail.selectors import BOTH, recorded_by
from liveaudit.services.cloudtrail.watched import QUIET, WATCHED, Record, Watched
from liveaudit.services.logs.filter_patterns import NotUnderstoodError, Passes, Pattern, parse

_SNS = ":sns:"


@dataclass(frozen=True, slots=True)
class _Told:
    """Whether somebody is told, and the first step that is missing or in doubt."""

    is_told: Passes
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Filter:
    """A metric filter, with what follows from it, and the event sources that do not come to it."""

    name: str
    pattern: str
    plain: bool
    told: _Told
    excluded: frozenset[str]

    def passes(self, record: Record) -> Passes:
        """Whether the record is counted; never by a filter that everyday work passes too."""
        if record["eventSource"] in self.excluded:
            return False
        pattern = _pattern(self.pattern) if self.plain else None
        return None if pattern is None else pattern(record)


@lru_cache(maxsize=512)
def _pattern(written: str) -> Pattern | None:
    try:
        pattern = parse(written)
    except NotUnderstoodError:
        return None
    return (lambda _record: False) if any(map(pattern, QUIET)) else pattern


@dataclass(frozen=True, slots=True)
class _Way:
    """All filters that come into question, and what could not be looked at."""

    filters: Sequence[_Filter]
    doubts: Sequence[str]
    log_groups: Sequence[str]


def _way(
    trails: Sequence[Mapping[str, Any]], event_selectors: Any, filters: Any, alarms: Any, topics: Any
) -> _Way:
    found: list[_Filter] = []
    doubts, groups = [], []
    for trail in trails:
        group = trail.get("LogGroup")
        if group is None:
            continue
        whole = recorded_by(trail, event_selectors)
        if whole is None:
            doubts.append(f"the event selectors of {arn_of(trail)} cannot be read here")
            continue
        if whole.most != BOTH:
            continue
        group = text(group, "LogGroup")
        groups.append(group)
        if group not in mapping(filters, "the metric filters"):
            doubts.append(f"the metric filters of {group} cannot be read here")
        elif filters[group] is not None:
            on_metrics = mapping(alarms, "the alarms").get(text(trail.get("Alarms"), "Alarms"))
            found += _filters(filters[group], on_metrics, topics, whole.excluded)
    return _Way(found, doubts, groups)


def _filters(given: Any, alarms: Any, topics: Any, excluded: frozenset[str]) -> Iterator[_Filter]:
    for each in mappings(given, "the metric filters"):
        metrics = {
            (transformation.get("metricNamespace"), transformation.get("metricName"))
            for transformation in mappings(each.get("metricTransformations"), "metricTransformations")
        }
        plain = not each.get("applyOnTransformedLogs") and not each.get("fieldSelectionCriteria")
        yield _Filter(
            text(each.get("filterName"), "filterName"),
            text(each.get("filterPattern", ""), "filterPattern"),
            plain,
            _told(metrics, alarms, topics),
            excluded,
        )


def _told(metrics: set[tuple[Any, Any]], alarms: Any, topics: Any) -> _Told:
    """Whether an alarm on one of the metrics tells somebody."""
    if alarms is None:
        return _Told(None, "the alarms of its region cannot be read here")
    result = _Told(False, "no alarm with a topic is on its metric")
    for alarm in mappings(alarms, "the alarms"):
        on = {
            (each.get("Namespace"), each.get("MetricName"))
            for each in mappings(alarm.get("Metrics"), "Metrics of an alarm")
        }
        if not on & metrics:
            continue
        name = text(alarm.get("AlarmName"), "AlarmName")
        if not flag(alarm, "ActionsEnabled", f"the alarm {name}"):
            result = _better(result, _Told(False, f"the actions of alarm {name} are off"))
            continue
        for action in texts(alarm.get("AlarmActions"), "AlarmActions"):
            if _SNS in action:
                result = _better(result, _subscribed(name, action, topics))
    return result


def _subscribed(alarm: str, topic: str, topics: Any) -> _Told:
    known = mapping(topics, "the topics")
    if topic not in known:
        return _Told(None, f"the subscriptions of {topic} cannot be read here")
    if known[topic] is None:
        return _Told(False, f"alarm {alarm} tells {topic}, which is not there")
    arns = [each.get("SubscriptionArn") for each in mappings(known[topic], "the subscriptions")]
    if any(isinstance(arn, str) and arn.startswith("arn:") for arn in arns):
        return _Told(True, f"alarm {alarm} tells {topic}")
    return _Told(False, f"alarm {alarm} tells {topic}, to which nobody is subscribed")


def _better(one: _Told, other: _Told) -> _Told:
    order = (False, None, True)
    return other if order.index(other.is_told) >= order.index(one.is_told) else one


def _warned(record: Record, way: _Way) -> Passes:
    """Whether somebody is told of the record; None: it may be."""
    found = [_both(each.passes(record), each.told.is_told) for each in way.filters]
    return True if True in found else None if way.doubts or None in found else False


def _both(one: Passes, other: Passes) -> Passes:
    return False if False in (one, other) else None if None in (one, other) else True


def _doubt(record: Record, way: _Way) -> str:
    """What stands in the way of telling whether somebody is warned of the record."""
    for each in way.filters:
        if each.told.is_told is None and each.passes(record):
            return each.told.why
    for each in way.filters:
        if each.passes(record) is None and each.told.is_told is not False:
            return f"the pattern of the metric filter {each.name} is not understood"
    return way.doubts[0]


def _verdict(watched: Watched, way: _Way) -> Verdict:
    if not way.log_groups and not way.doubts:
        return failed("no multi-region trail with all management events delivers to CloudWatch Logs")
    warned = [(each, _warned(each, way)) for each in watched.records]
    missing = [each for each, is_warned in warned if is_warned is False]
    unsure = [each for each, is_warned in warned if is_warned is None]
    if missing:
        nearly = {each.name: each.told.why for each in way.filters if any(map(each.passes, missing))}
        return failed(
            f"nobody is warned of {watched.what}",
            LogGroups=list(way.log_groups),
            **({"Filters": nearly} if nearly else {}),
            **({"EventNames": [each["eventName"] for each in missing]} if len(warned) > 1 else {}),
        )
    if unsure:
        return unknown(_doubt(unsure[0], way))
    return passed(f"somebody is warned of {watched.what}")


def _add(watched: Watched) -> None:
    def somebody_is_warned(
        trails: Any, event_selectors: Any, metric_filters: Any, alarms: Any, topics: Any
    ) -> Verdict:
        found = everywhere(trails)
        if not found:
            return nowhere(trails)
        return _verdict(watched, _way(found, event_selectors, metric_filters, alarms, topics))

    somebody_is_warned.__doc__ = f"CIS AWS Foundations Benchmark 7.0, {watched.control}."
    rule(
        account,
        watched.policy_id,
        Severity.MEDIUM,
        title=f"Somebody is warned of {watched.what}",
        why=watched.why,
        fix="Count these events with a metric filter on the log group of a multi-region trail, set an alarm on the metric, "
        "and let it tell a topic to which somebody is subscribed.",
    )(somebody_is_warned)


for _each in WATCHED:
    _add(_each)
