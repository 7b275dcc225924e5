"""The look-up of a raw event: each answer of CloudTrail, and what a hostile one can do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.story.raw_event import LONGEST, Asked, Found, Missing, Pace, Why, look_up, outcome
from tests.support.answers import denied
from tests.support.event_history import HIDDEN, SECRETS, Door, answer, record

NOW = 1_800_000_000.0
SHOP, EU = "222222222222", "eu-west-1"
ID = "0b1c2d3e-0000-4000-8000-000000000001"
ASKED = Asked(SHOP, EU, ID, NOW - 3600)
THROTTLED = AwsCallError(Kind.THROTTLED, "ThrottlingException", "Rate exceeded", "LookupEvents")


class Time:
    """Seconds that pass by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def look(door: Door, asked: Asked = ASKED, time: Time | None = None) -> Found | Missing:
    time = time or Time()
    return asyncio.run(look_up(door, asked, now=NOW, pace=Pace(time.clock), sleep=time.sleep))


def missing(door: Door, asked: Asked = ASKED) -> Missing:
    found = look(door, asked)
    assert isinstance(found, Missing)
    assert found.told
    assert found.advice
    return found


def test_the_event_comes_masked_in_its_own_order_from_where_it_was_recorded() -> None:
    door = Door()
    found = look(door)
    assert isinstance(found, Found)
    assert found.event["eventID"] == ID
    assert list(found.event)[:3] == ["eventVersion", "userIdentity", "eventTime"]
    assert found.event["userIdentity"]["accessKeyId"] == "AKIAIOSFODNN7EXAMPLE"
    assert not [each for each in HIDDEN if each in found.text]
    assert len(found.masked) == len(SECRETS)
    assert list(door.calls) == [(SHOP, EU, "cloudtrail:LookupEvents")]
    assert outcome(ASKED, found) == f"{ID} of account {SHOP} in {EU}: shown"


@pytest.mark.parametrize(
    ("at", "why", "again"),
    [
        (NOW - 60, Why.NOT_YET, True),
        (NOW + 60, Why.NOT_YET, True),
        (NOW - 16 * 60, Why.NOT_THERE, False),
        (None, Why.NOT_THERE, False),
        (NOW - 91 * 86_400, Why.TOO_OLD, False),
    ],
)
def test_an_event_that_is_not_there_is_told_by_its_age(at: float | None, why: Why, again: bool) -> None:
    door = Door({"LookupEvents": {"Events": []}})
    found = missing(door, Asked(SHOP, EU, ID, at))
    assert (found.why, found.again is not None) == (why, again)
    # what is too old is not asked for
    assert door.calls.total() == (0 if why is Why.TOO_OLD else 1)


def test_another_event_than_was_asked_for_is_never_shown() -> None:
    for other in (record("another", SHOP, EU), record(ID, "999999999999", EU)):
        found = missing(Door({"LookupEvents": answer(other)}))
        assert found.why is Why.NOT_THERE
        assert "another event" in found.told
    old = record(ID, SHOP, EU)
    del old["recipientAccountId"]
    assert isinstance(look(Door({"LookupEvents": answer(old)})), Found), "of before it was recorded"


def test_it_may_stand_on_a_later_page() -> None:
    def paged(_account: str, _region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return answer(record(ID, SHOP, EU)) if params.get("NextToken") else {"Events": [], "NextToken": "t"}

    door = Door({"LookupEvents": paged})
    assert isinstance(look(door), Found)
    assert door.calls.total() == 2
    endless = Door({"LookupEvents": {"Events": [], "NextToken": "t"}})
    assert missing(endless).why is Why.NOT_THERE


def test_what_is_throttled_is_tried_again_politely_and_then_told() -> None:
    said = iter([THROTTLED, THROTTLED, answer(record(ID, SHOP, EU))])
    time = Time()
    assert isinstance(look(Door({"LookupEvents": lambda *_: next(said)}), time=time), Found)
    assert time.now > 1
    door = Door({"LookupEvents": THROTTLED})
    found = missing(door)
    assert (found.why, found.again) == (Why.THROTTLED, 5)
    assert door.calls.total() == 3


def test_look_ups_of_one_place_are_kept_apart_and_do_not_pile_up() -> None:
    time = Time()
    pace = Pace(time.clock)
    waits = [pace.wait(SHOP, EU) for _ in range(13)]
    assert waits[:3] == [0.0, 0.5, 1.0]
    assert waits[-1] is None
    assert pace.wait(SHOP, "us-east-1") == 0.0

    async def many() -> list[Found | Missing]:
        door = Door()
        return await asyncio.gather(
            *(look_up(door, ASKED, now=NOW, pace=pace, sleep=time.sleep) for _ in range(3))
        )

    assert {getattr(each, "why", None) for each in asyncio.run(many())} == {Why.THROTTLED}
    time.now = 100.0
    assert pace.wait(SHOP, EU) == 0.0


def test_a_refusal_says_which_permission_is_missing_and_who_does_what() -> None:
    lacks = missing(Door({"LookupEvents": denied(code="AccessDeniedException")}))
    assert lacks.why is Why.DENIED
    assert "may not cloudtrail:LookupEvents" in lacks.told
    assert "liveaudit iam --account 222222222222" in lacks.command
    outside = missing(Door({"LookupEvents": denied(f"AssumeRole arn:aws:iam::{SHOP}:role/r")}))
    assert (outside.why, outside.command) == (Why.DENIED, "liveaudit setup check")
    assert "cannot be entered" in outside.told
    scp = "with an explicit deny in a service control policy"
    assert "organization" in missing(Door({"LookupEvents": denied(message=scp)})).advice


def test_no_answer_is_told_with_its_reason() -> None:
    away = AwsCallError(Kind.UNAVAILABLE, "EndpointConnectionError", "no route", "LookupEvents")
    found = missing(Door({"LookupEvents": away}))
    assert (found.why, found.again) == (Why.UNAVAILABLE, 60)
    assert "no route" in found.told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[" * 100_000,
        '{"eventID": NaN}',
        '{"a": "' + "x" * LONGEST + '"}',
    ],
    ids=["empty", "no JSON", "deep", "no number", "long"],
)
def test_what_is_no_event_is_not_readable(text: str) -> None:
    found = missing(Door({"LookupEvents": {"Events": [{"CloudTrailEvent": text}]}}))
    assert found.why is Why.UNREADABLE


def test_a_hostile_event_is_shown_whole_and_can_be_sent() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    hostile = {"\ud800 key": "\ud800", "deep": deep, "big": 10**400, "bidi": "a\u202eb", "inf": 1e308}
    text = json.dumps(record(ID, SHOP, EU, **hostile)).replace("1e+308", "1e999")
    found = look(Door({"LookupEvents": {"Events": [{"CloudTrailEvent": text}]}}))
    assert isinstance(found, Found)
    found.text.encode()
    json.dumps(found.event, allow_nan=False)
    assert found.event["requestParameters"]["bidi"] == "a\u202eb"


def test_the_command_is_one_line_of_a_shell() -> None:
    assert Asked(SHOP, EU, "a;b c").command == (
        "aws cloudtrail lookup-events --region eu-west-1 "
        "--lookup-attributes 'AttributeKey=EventId,AttributeValue=a;b c'"
    )
