"""Events recorded at AWS: of every successful change of a covered service the right resource is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from liveaudit.catalog.targets import SERVICE_TYPE, Match, Relevance, match
from liveaudit.intake.envelope import IntakeError, decode_record
from liveaudit.model import Event
from liveaudit.reference.unplaced import unplaced
from liveaudit.services import load

RECORDED = Path("/work/shared/events/recorded.jsonl")
pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED} is not on this machine")

CATALOG = load()[0]
SOURCES = sorted({each.event_source for each in CATALOG.services.values()})
NOT_AN_ACCOUNT = frozenset({"1234567890", "123456789", "11111111111111", "YOUR_ACCOUNT_ID"})
"""What stands in place of the account in records that were taken from documentation."""
TELLS = ("requestParameters", "responseElements", "resources", "additionalEventData", "serviceEventDetails")


@lru_cache(maxsize=1)
def changes() -> list[dict[str, Any]]:
    """The records of what was changed: they neither only read nor failed."""
    records = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    for each in records:
        if each.get("recipientAccountId") in NOT_AN_ACCOUNT:
            each["recipientAccountId"] = "111122223333"
    return [each for each in records if not each.get("errorCode") and not each.get("readOnly")]


def placed(record: dict[str, Any]) -> tuple[Event, Match]:
    event = decode_record(json.dumps(record))
    return event, match(CATALOG, event)


def leaves(value: Any) -> Iterator[str]:
    """Every text and number in a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)


def is_told(resource_id: str, told: set[str]) -> bool:
    """Whether an id stands in a record, by itself or at the end of an ARN, a URL or a path; or in the ARN of a stage of it."""
    return any(
        each == resource_id
        or each.endswith((f"/{resource_id}", f":{resource_id}"))
        or f"/{resource_id}/stages/" in each
        for each in told
    )


def faults(record: dict[str, Any]) -> Iterator[str]:
    """What is wrong with where a record was placed."""
    try:
        event, found = placed(record)
    except IntakeError as error:
        yield str(error)
        return
    if found.relevance == Relevance.UNMAPPED:
        yield found.reason
    told = set(leaves([record.get(name) for name in TELLS]))
    for target in found.targets:
        resource = target.resource
        if resource.type == SERVICE_TYPE:
            yield "only its service is named"
            continue
        resource_id = resource.id.partition("=")[2] if target.alias else resource.id
        always = {
            each.format(partition=resource.partition, account=event.account, region=event.region)
            for each in CATALOG.types[resource.type].always
        }
        if not is_told(resource_id, told) and resource_id not in always:
            yield f"{resource.type} {resource.id} is not what the event names"
        if resource.account != event.account:
            yield f"{resource.id} is not of the account {event.account}"


@pytest.mark.parametrize("source", SOURCES)
def test_the_right_resource_is_found(source: str) -> None:
    excused = {each.name for each in unplaced() if each.source == source}
    wrong = {
        f"{record['eventName']}: {fault}"
        for record in changes()
        if record["eventSource"] == source and record["eventName"] not in excused
        for fault in faults(record)
    }
    assert wrong == set(), "map it, ignore it with a reason, or say why not in reference/unplaced.toml"


@pytest.mark.parametrize("each", unplaced(), ids=lambda each: each.name)
def test_what_cannot_be_placed_is_recorded_and_cannot(each: Any) -> None:
    records = [
        record
        for record in changes()
        if (record["eventSource"], record["eventName"]) == (each.source, each.name)
    ]
    assert records, "no such event is recorded"
    assert any(fault for record in records for fault in faults(record)), "it can be placed by now"


def test_there_is_something_to_hold_it_against() -> None:
    covered = [record for record in changes() if record["eventSource"] in SOURCES]
    assert len(covered) > 250
    found = [placed(record)[1] for record in covered if record.get("eventID")]
    assert sum(1 for each in found if each.relevance == Relevance.CHANGES) > 100
