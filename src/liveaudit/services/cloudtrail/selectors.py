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
    """What a trail records whole: ``management`` events, and events on all ``objects`` of S3; each as reads and writes."""

    management: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()


DEFAULT = Recorded(management=BOTH)
"""A trail without selectors of its own: API reference, GetEventSelectors."""


def recorded(selectors: Any) -> Recorded:
    """What the answer of GetEventSelectors lets through. Raises UnexpectedShapeError."""
    given = mapping(selectors, "the event selectors")
    advanced = mappings(given.get("AdvancedEventSelectors") or (), "AdvancedEventSelectors")
    basic = mappings(given.get("EventSelectors") or (), "EventSelectors")
    if not advanced and not basic:
        return DEFAULT
    management, objects = frozenset[str](), frozenset[str]()
    for each in basic:
        kinds = _BY_TYPE.get(text(each.get("ReadWriteType", "All"), "ReadWriteType"), frozenset())
        if each.get("IncludeManagementEvents", True) is True and not each.get(
            "ExcludeManagementEventSources"
        ):
            management |= kinds
        if _holds_all_objects(each):
            objects |= kinds
    for each in advanced:
        fields = dict(_fields(each))
        kinds = _kinds(fields)
        if _is(fields, "eventCategory", "Management") and fields.keys() <= {"eventCategory", "readOnly"}:
            management |= kinds
        if (
            _is(fields, "eventCategory", "Data")
            and _is(fields, "resources.type", _OBJECTS)
            and _not_narrowed(fields)
        ):
            objects |= kinds
    return Recorded(management, objects)


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
