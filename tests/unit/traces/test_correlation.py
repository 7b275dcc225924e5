"""One id from the event to the alert, and the trace that follows from it."""

from __future__ import annotations

import uuid

import pytest

from liveaudit.model import Cause
from liveaudit.traces.correlation import events_of, first_span, of_changes, trace_id

EVENT = "0f5a1d7e-9c1b-4f0a-8f2e-3a6b5c4d7e8f"


def test_what_is_put_down_to_an_event_bears_its_id() -> None:
    changes: list[dict[str, object]] = [
        {"event_id": "a"},
        {"event_id": "b"},
        {"event_id": "c", "certain": False},
    ]
    assert of_changes(changes, 7) == "b"
    assert of_changes([{"kind": "sweep"}], 7) == "audit:7"
    assert of_changes([], 8) == "audit:8"


def test_the_events_of_causes() -> None:
    causes = [
        Cause("event:a", "event", change={"event_id": "a"}),
        Cause("sweep:1", "sweep"),
        Cause("dependency:x", "dependency", change={"event_id": "of another resource"}),
        Cause("event:b", "event", change={"event_id": "b"}),
        Cause("event:?", "event", change={}),
    ]
    assert events_of(causes) == ["a", "b"]


def test_samplers_find_random_bits_in_every_half_of_a_trace_s_id() -> None:
    """Of a UUID the highest bit of the lower half is always set."""
    events = [str(uuid.UUID(int=number * 7919, version=4)) for number in range(200)]
    high = [trace_id(each) >> 63 & 1 for each in events]
    assert 60 < sum(high) < 140


@pytest.mark.parametrize(
    "odd", ["", "x", "é\ud800", "0" * 8 + "-0000-0000-0000-" + "0" * 12, "a" * 5000, EVENT + "\n"]
)
def test_whatever_the_id_the_trace_has_one(odd: str) -> None:
    assert 0 < trace_id(odd) < 1 << 128
    assert 0 < first_span(odd) < 1 << 64
    assert trace_id(odd) == trace_id(odd)
    assert trace_id(odd) != trace_id(EVENT)
