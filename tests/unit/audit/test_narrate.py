"""What is told of events and audits: one id from the event to the move of a finding, in logs and in spans."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.narrate import MOST_EVENTS, Narrator
from liveaudit.model import Cause
from liveaudit.store import work
from liveaudit.store.meter import Meter
from liveaudit.store.work import Due
from liveaudit.traces.correlation import trace_id
from liveaudit.traces.spans import Span
from tests.support.fake import CATALOG, Clock, FakeAws, make_auditor, resource
from tests.support.stores import SqliteStores

HOSTILE = 'w\n{"level": "error"}'


class Kept:
    """A sink that keeps."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def put(self, spans: Sequence[Span]) -> None:
        self.spans += spans

    def close(self) -> None:
        """Nothing."""


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def auditor(tmp_path: Path, aws: FakeAws) -> Iterator[Auditor]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("debug"))
    made = make_auditor(SqliteStores(tmp_path), aws, Clock())
    made.narrator = Narrator(Kept(), made.meter)
    yield made
    made.database.close()


def event(event_id: str, name: str = "w") -> Due:
    change = {"event_id": event_id, "name": "ModifyWidget", "time": event_id, "hops": {"event": 1.0}}
    what = resource(name)
    return Due(
        what, CATALOG.arn(what), Cause(f"event:{event_id}", "event", frozenset({"widget"}), change=change)
    )


def audited(auditor: Auditor, *due: Due) -> list[Any]:
    """The lines of the log."""

    async def run() -> None:
        await auditor.database.write(lambda connection: work.add_due(connection, due, auditor.clock()))
        auditor.narrator.taken_in(due, auditor.clock())
        while await auditor.work_once():
            pass

    with capture_logs() as lines:
        asyncio.run(run())
    return lines


def spans(auditor: Auditor) -> list[Span]:
    sink = auditor.narrator.spans
    assert isinstance(sink, Kept)
    return sink.spans


def test_an_event_is_followed_to_the_finding(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets[HOSTILE] = {"Color": "red", "Lock": "L"}
    lines = audited(auditor, event("e1", HOSTILE))
    assert [(each["event"], each["correlation"]) for each in lines] == [
        ("event taken in", "e1"),
        ("finding moved", "e1"),
        ("audited", "e1"),
    ]
    (moved,) = [each for each in lines if each["event"] == "finding moved"]
    assert (moved["previous"], moved["status"], moved["policy"]) == ("", "new", "widget_is_blue")
    assert (moved["correlation"], moved["resource"], moved["log_level"]) == ("e1", HOSTILE, "info")
    assert moved["trace_id"] == f"{trace_id('e1'):032x}"
    assert [(each.name, each.correlation) for each in spans(auditor)] == [("event", "e1"), ("audit", "e1")]
    assert spans(auditor)[1].attributes["liveaudit.findings.moved"] == 1
    assert auditor.meter.moves() == {("new", moved["severity"]): 1}

    aws.widgets[HOSTILE]["Color"] = "blue"
    (moved,) = [each for each in audited(auditor, event("e2", HOSTILE)) if each["event"] == "finding moved"]
    assert (moved["previous"], moved["status"], moved["correlation"]) == ("new", "resolved", "e2")
    del aws.widgets[HOSTILE]
    assert not [each for each in audited(auditor, event("e3", HOSTILE)) if each["event"] == "finding moved"]


def test_what_no_event_asked_for_bears_the_audit_s_order_and_has_no_trace(
    auditor: Auditor, aws: FakeAws
) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    what = resource("w")
    lines = audited(auditor, Due(what, CATALOG.arn(what), Cause("sweep:1", "sweep")))
    told = {each["event"]: each["correlation"] for each in lines}
    assert told["finding moved"] == told["audited"]
    assert told["audited"].startswith("audit:")
    assert "trace_id" not in next(each for each in lines if each["event"] == "finding moved")
    assert spans(auditor) == []


def test_of_a_burst_each_event_has_its_own_trace_but_not_without_end(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    events = [event(f"e{number:03}") for number in range(MOST_EVENTS + 10)]
    lines = audited(auditor, *events)
    (one,) = [each for each in lines if each["event"] == "audited"]
    assert (one["events"], one["correlation"]) == (len(events), events[-1].cause.id.removeprefix("event:"))
    found = spans(auditor)
    assert len([each for each in found if each.name == "event"]) == len(events)
    assert len({each.correlation for each in found if each.name == "audit"}) == MOST_EVENTS


def test_an_event_that_makes_many_due_is_told_once() -> None:
    sink, meter = Kept(), Meter()
    Narrator(sink, meter).taken_in([event("e1", "a"), event("e1", "b"), event("e2", "a")], 5.0)
    told = {each.correlation: each.attributes["liveaudit.resources"] for each in sink.spans}
    assert told == {"e1": 2, "e2": 1}
