"""Who did it, and how long it took, whatever an event holds."""

from __future__ import annotations

from typing import Any

from liveaudit.story.events import found_by, responsible_event, steps, told_events


def test_the_last_certain_event_did_it() -> None:
    changes: list[dict[str, Any]] = [
        {
            "name": "A",
            "event_id": "1",
            "actor": {"arn": "arn:a", "source_ip": "192.0.2.1"},
            "hops": {"event": 5},
        },
        {"name": "B", "event_id": "2", "certain": False},
        {"kind": "sweep"},
    ]
    assert [each.name for each in told_events(changes)] == ["A", "B"]
    first = responsible_event(changes)
    assert first is not None
    assert (first.name, first.who, first.address, first.at) == ("A", "arn:a", "192.0.2.1", 5.0)
    only = responsible_event(changes[1:])
    assert only is not None
    assert (only.name, only.who, only.certain) == ("B", "unknown", False)
    assert responsible_event(changes[2:]) is None


def test_what_led_to_an_audit_without_an_event() -> None:
    assert found_by([{"kind": "sweep"}, {"kind": "policy"}]) == "a changed policy and a sweep"
    assert found_by([{"name": "A"}]) == ""
    assert found_by([]) == "an audit"


def test_steps_are_parts_of_the_whole_way_and_never_negative() -> None:
    found = steps({"event": 10.0, "sent": 11.0, "received": 10.5, "stored": 14.0, "odd": 99.0})
    assert [each.name for each in found] == ["event", "sent", "received", "stored"]
    assert [each.seconds for each in found] == [0.0, 1.0, 0.0, 3.0]
    assert [(each.begins, each.length) for each in found][-1] == (25.0, 75.0)
    assert steps({"event": 10.0}) == []
    assert steps(None) == []
