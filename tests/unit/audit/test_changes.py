"""What is a change, what an event could have told, and what one did."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.changes import Changed, announces, changes, is_brought, unannounced
from liveaudit.audit.reading import ABSENT, Reading, ResourceReading, State
from liveaudit.model import Cause
from liveaudit.services import load
from liveaudit.store import codec
from liveaudit.store.standing import Standing, StandingResource, digest_of
from tests.support.fake import crate, resource, widget

CATALOG, _ = load()
USER = CATALOG.types["AWS::IAM::User"]


def stands(value: Any, state: str = "value") -> Standing:
    text = codec.dump(value)
    return Standing(state, text, digest_of(state, text), 1, 50.0, 51.0)


def known(state: str = "present", **sections: Standing) -> StandingResource:
    return StandingResource(state, 60.0, None, sections)


def read(*, gone: bool = False, **sections: Reading) -> ResourceReading:
    return ResourceReading(resource("w"), dict(sections), gone=gone, present=not gone)


def test_a_section_that_changed_is_told_with_what_it_was() -> None:
    before = known(widget=stands({"Color": "blue", "Crates": []}), lock=stands({"By": "me"}))
    now = read(widget=Reading(State.VALUE, {"Color": "red", "Crates": []}), lock=ABSENT)
    color, lock = changes(widget, before, now, {"widget", "lock"})[::-1]
    assert color == Changed("changed", "widget", 'Color: "blue" -> "red"', 50.0)
    assert (lock.section, lock.detail) == ("lock", '{"By":"me"} -> nothing')


@pytest.mark.parametrize("written", [set(), {"lock"}])
def test_what_was_not_written_as_news_is_none(written: set[str]) -> None:
    before = known(widget=stands({"Color": "blue"}), lock=stands(1))
    now = read(widget=Reading(State.VALUE, {"Color": "red"}), lock=Reading(State.VALUE, 1))
    assert changes(widget, before, now, written) == []


def test_what_was_never_read_before_is_no_change() -> None:
    assert changes(widget, known(), read(lock=ABSENT), {"lock"}) == []


def test_what_could_not_be_read_is_no_change() -> None:
    before = known(lock=stands(1))
    assert changes(widget, before, read(lock=Reading(State.UNKNOWN, reason="denied")), {"lock"}) == []


@pytest.mark.parametrize(
    ("state", "gone", "what"),
    [
        ("new", False, ["appeared"]),
        ("gone", False, ["appeared"]),
        ("present", True, ["vanished"]),
        ("gone", True, []),
        ("new", True, []),
    ],
)
def test_the_resource_as_a_whole(state: str, gone: bool, what: list[str]) -> None:
    found = changes(widget, known(state), read(gone=gone, lock=ABSENT), {"lock"})
    assert [(each.what, each.section) for each in found] == [(each, "") for each in what]


def test_what_no_event_tells_is_not_counted() -> None:
    assert unannounced(crate) == ["crate"]
    assert not announces(crate, "crate")
    assert announces(widget, "account_settings"), "its own changes are told there"
    before = known(crate=stands({"Id": "c"}))
    assert changes(crate, before, read(crate=Reading(State.VALUE, {"Id": "d"})), {"crate"}) == []


def test_what_was_last_used_is_not_counted() -> None:
    key = {"AccessKeyId": "A", "Status": "Active", "LastUsed": {"ServiceName": "s3"}}
    used, off = {**key, "LastUsed": {"ServiceName": "ec2"}}, {**key, "Status": "Inactive"}
    before = known(access_keys=stands([key]))
    for now, found in ((used, []), (off, ['[0].Status: "Active" -> "Inactive"'])):
        reading = read(access_keys=Reading(State.VALUE, [now]))
        assert [each.detail for each in changes(USER, before, reading, {"access_keys"})] == found
    assert unannounced(USER) == ["user", "access_keys: LastUsed"]
    assert "credential_report" in unannounced(CATALOG.types["AWS::IAM::Account"])


def test_a_long_change_is_cut() -> None:
    before = known(widget=stands({f"k{number}": "x" * 500 for number in range(9)}))
    (found,) = changes(widget, before, read(widget=Reading(State.VALUE, {})), {"widget"})
    assert found.detail.endswith("; and 4 more")
    assert len(found.detail) < 2000


LOCK = Changed("changed", "lock", "", 0.0)
WHOLE = Changed("vanished", "", "", 0.0)


@pytest.mark.parametrize(
    ("changed", "cause", "brought"),
    [
        (LOCK, Cause("e", "event", frozenset({"lock"})), True),
        (LOCK, Cause("e", "event", frozenset({"keys"})), False),
        (LOCK, Cause("e", "event", frozenset({"widget"})), True),
        (LOCK, Cause("e", "event"), True),
        (LOCK, Cause("g", "gap"), True),
        (LOCK, Cause("s", "sweep"), False),
        (LOCK, Cause("l", "look"), False),
        (WHOLE, Cause("e", "event", frozenset({"keys"})), True),
        (WHOLE, Cause("s", "sweep"), False),
    ],
)
def test_an_event_brings_what_it_touches(changed: Changed, cause: Cause, brought: bool) -> None:
    assert is_brought(widget, changed, [Cause("s", "sweep"), cause]) is brought
