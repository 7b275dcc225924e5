"""What a trail's event selectors let through: all management events, all reads or writes of S3's objects.

Sources: CloudTrail user guide, "Logging management events" and "Logging data events"; API reference, EventSelector and
AdvancedFieldSelector. Events pass that any selector of the trail lets pass. A selector that is narrowed further (to event
sources, names, ARNs) is never taken for one that lets everything pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.policies.shapes import mapping, mappings, text, texts

_READ, _WRITE = "read", "write"
BOTH = frozenset({_READ, _WRITE})
READS, WRITES = frozenset({_READ}), frozenset({_WRITE})
_BY_TYPE = {"All": BOTH, "ReadOnly": READS, "WriteOnly": WRITES}
_BY_READ_ONLY = {"true": READS, "false": WRITES}
_OBJECTS = "AWS::S3::Object"
_ALL_OBJECTS = re.compile(r"arn:aws[\w-]*:s3(:::)?")
_OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a trail records whole: ``management`` events, and events on all ``objects`` of S3; each as reads and writes.

    ``most``: management events but for those of the event sources ``excluded``.
    """

    management: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    most: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()


DEFAULT = Recorded(management=BOTH, most=BOTH)
"""A trail without selectors of its own: API reference, GetEventSelectors."""


def recorded(selectors: Any) -> Recorded:
    """What the answer of GetEventSelectors lets through. Raises UnexpectedShapeError."""
    given = mapping(selectors, "the event selectors")
    advanced = mappings(given.get("AdvancedEventSelectors") or (), "AdvancedEventSelectors")
    basic = mappings(given.get("EventSelectors") or (), "EventSelectors")
    if not advanced and not basic:
        return DEFAULT
    management, objects, most = frozenset[str](), frozenset[str](), frozenset[str]()
    excluding: list[frozenset[str]] = []
    for each in basic:
        kinds = _BY_TYPE.get(text(each.get("ReadWriteType", "All"), "ReadWriteType"), frozenset())
        if each.get("IncludeManagementEvents", True) is True:
            without = frozenset(
                texts(each.get("ExcludeManagementEventSources") or (), "the excluded sources")
            )
            excluding.append(without)
            most |= kinds
            management |= frozenset() if without else kinds
        if _holds_all_objects(each):
            objects |= kinds
    for each in advanced:
        fields = dict(_fields(each))
        kinds = _kinds(fields)
        left_out = _excluded(fields) if _is(fields, "eventCategory", "Management") else None
        if left_out is not None:
            excluding.append(left_out)
            most |= kinds
            management |= frozenset() if left_out else kinds
        if (
            _is(fields, "eventCategory", "Data")
            and _is(fields, "resources.type", _OBJECTS)
            and _not_narrowed(fields)
        ):
            objects |= kinds
    excluded = frozenset[str].intersection(*excluding) if excluding else frozenset[str]()
    return Recorded(management, objects, most, excluded)


def recorded_by(trail: Mapping[str, Any], event_selectors: Any) -> Recorded | None:
    """What a trail of the account's records, by its ARN in the mapping of selectors; None where they could not be read.

    That a trail has no selectors of its own stands in the trail itself.
    """
    arn = text(trail.get("TrailARN"), "TrailARN")
    selectors = mapping(event_selectors, "the event selectors").get(arn)
    if selectors is not None:
        return recorded(selectors)
    return DEFAULT if trail.get("HasCustomEventSelectors") is False else None


def _excluded(fields: Mapping[str, Mapping[str, Sequence[str]]]) -> frozenset[str] | None:
    """The event sources that a selector of management events leaves out; None if it is narrowed in another way."""
    if not fields.keys() <= {"eventCategory", "readOnly", "eventSource"}:
        return None
    sources = fields.get("eventSource", {})
    return frozenset(sources.get("NotEquals", ())) if sources.keys() <= {"NotEquals"} else None


def _holds_all_objects(selector: Mapping[str, Any]) -> bool:
    return any(
        _ALL_OBJECTS.fullmatch(value)
        for resources in mappings(selector.get("DataResources") or (), "DataResources")
        if resources.get("Type") == _OBJECTS
        for value in texts(resources.get("Values") or (), "Values")
    )


def _fields(selector: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Sequence[str]]]]:
    for each in mappings(selector.get("FieldSelectors"), "FieldSelectors"):
        operators = {name: texts(each[name], name) for name in _OPERATORS if each.get(name)}
        yield text(each.get("Field"), "Field"), operators


def _is(fields: Mapping[str, Mapping[str, Sequence[str]]], field: str, value: str) -> bool:
    operators = fields.get(field, {})
    return operators.keys() == {"Equals"} and value in operators["Equals"]


def _kinds(fields: Mapping[str, Mapping[str, Sequence[str]]]) -> frozenset[str]:
    operators = fields.get("readOnly")
    if operators is None:
        return BOTH
    if operators.keys() != {"Equals"}:
        return frozenset()
    return frozenset[str]().union(*(_BY_READ_ONLY.get(each.lower(), ()) for each in operators["Equals"]))


def _not_narrowed(fields: Mapping[str, Mapping[str, Sequence[str]]]) -> bool:
    """Whether beside what they are nothing limits the objects, or only a beginning that all ARNs of objects have."""
    for field, operators in fields.items():
        if field == "resources.ARN":
            if operators.keys() != {"StartsWith"} or not any(
                map(_ALL_OBJECTS.fullmatch, operators["StartsWith"])
            ):
                return False
        elif field not in ("eventCategory", "resources.type", "readOnly"):
            return False
    return True
