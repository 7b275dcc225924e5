"""Policies that depend on age: judged again when time alone changes what they say, and at no other time for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, select

from liveaudit.audit.auditor import Auditor
from liveaudit.model import Cause, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.clock import Now
from liveaudit.policies.policy import PolicyRegistry, policy
from liveaudit.store import findings, work
from liveaudit.store.schema import due_causes
from liveaudit.store.work import Due
from tests.support.fake import CATALOG, POLICIES, Clock, FakeAws, make_auditor, resource, widget
from tests.support.stores import Stores

pytestmark = pytest.mark.anyio
DAY = 86_400.0
TIMED = PolicyRegistry()
for _each in POLICIES.of(widget.name):
    TIMED.add(_each)


@policy(
    widget,
    "widget_lock_is_young",
    Severity.HIGH,
    registry=TIMED,
    title="Locks are changed",
    why="old locks break",
    fix="Change it.",
)
def lock_is_young(lock: str | None, now: Now) -> Verdict:
    """A lock bears the day it was made."""
    if lock is None:
        return not_applicable("no lock")
    made = dt.datetime.fromisoformat(lock)
    return failed("old") if now.older_than(made, dt.timedelta(days=90)) else passed()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> FakeAws:
    made = FakeAws()
    made.widgets["w"] = {"Color": "blue", "Lock": day(clock)}
    return made


@pytest.fixture
def auditor(stores: Stores, aws: FakeAws, clock: Clock) -> Iterator[Auditor]:
    made = make_auditor(stores, aws, clock)
    made.policies = TIMED
    yield made
    made.database.close()


def day(clock: Clock) -> str:
    return dt.datetime.fromtimestamp(clock(), tz=dt.UTC).isoformat()


_NUMBERS = iter(range(10**9))


async def event(auditor: Auditor, *sections: str, effect: str = "update") -> None:
    number = next(_NUMBERS)
    change = {"event_id": f"e{number}", "name": "Change", "time": f"{number:09}", "hops": {"event": 1.0}}
    what = resource("w")
    cause = Cause(f"event:e{number}", "event", frozenset(sections), effect, change)
    await auditor.database.write(
        lambda c: work.add_due(c, [Due(what, CATALOG.arn(what), cause)], auditor.clock())
    )


async def drain(auditor: Auditor) -> int:
    """Works off what is due. Returns how many audits that were."""
    for count in range(50):
        if not await auditor.work_once():
            return count
    raise AssertionError("the work never ends")


async def standing(auditor: Auditor) -> dict[str, str]:
    found = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    return {each["policy"]: each["status"] for each in found}


async def clocks(auditor: Auditor) -> list[tuple[str, float]]:
    def read(connection: Connection) -> list[Any]:
        return list(
            connection.execute(
                select(due_causes.c.cause_id, due_causes.c.not_before).where(due_causes.c.kind == "clock")
            )
        )

    return [(row.cause_id, row.not_before) for row in await auditor.database.read(read)]


async def test_no_event_and_ninety_days(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    begin = clock.now
    await event(auditor, effect="create")
    await drain(auditor)
    clock.now += 300  # what AWS may show late has come
    await drain(auditor)
    assert await standing(auditor) == {}
    assert await auditor.database.read(work.pending) == 0, "what waits for its time is not due"
    assert await auditor.database.read(work.next_time) == begin + 90 * DAY + 0.001
    calls = aws.counts.total()
    clock.now = begin + 90 * DAY
    assert await drain(auditor) == 0
    assert aws.counts.total() == calls
    clock.now += 0.01
    assert await drain(auditor) == 1
    assert await standing(auditor) == {"widget_lock_is_young": "new"}
    assert aws.counts["GetLock"] > 1, "it was read long ago, and may be another"
    moved = await auditor.database.read(lambda c: findings.transitions_since(c, 0))
    assert [each["changes"] for each in moved] == [[{"kind": "clock"}]]
    assert await clocks(auditor) == []
    assert await auditor.database.read(work.next_time) is None, "no further waking"


async def test_what_was_read_just_now_is_judged_as_it_is_stored(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    aws.widgets["w"]["Lock"] = dt.datetime.fromtimestamp(clock() - 90 * DAY + 600, tz=dt.UTC).isoformat()
    await event(auditor, effect="create")
    await drain(auditor)
    clock.now += 300
    await drain(auditor)
    calls = aws.counts.total()
    clock.now += 301
    assert await drain(auditor) == 1
    assert await standing(auditor) == {"widget_lock_is_young": "new"}
    assert aws.counts.total() == calls


async def test_other_changes_neither_hold_it_back_nor_end_it(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    begin = clock.now
    await event(auditor, effect="create")
    await drain(auditor)
    clock.now += 30 * DAY
    aws.widgets["w"]["Color"] = "red"
    await event(auditor, "keys")
    assert await auditor.database.read(work.pending) == 1
    await drain(auditor)
    clock.now += 300
    await drain(auditor)
    assert await clocks(auditor) == [("clock:widget_lock_is_young", begin + 90 * DAY + 0.001)]
    clock.now += 5 * DAY
    later = clock.now
    aws.widgets["w"]["Lock"] = day(clock)
    await event(auditor, "lock")
    await drain(auditor)
    assert await clocks(auditor) == [("clock:widget_lock_is_young", later + 90 * DAY + 0.001)]
    del aws.widgets["w"]["Lock"]
    clock.now += 300
    await event(auditor, "lock")
    await drain(auditor)
    assert await clocks(auditor) == []


async def test_no_clock_for_what_is_gone(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    await event(auditor, effect="create")
    await drain(auditor)
    assert len(await clocks(auditor)) == 1
    del aws.widgets["w"]
    clock.now += 300
    await event(auditor, effect="delete")
    await drain(auditor)
    assert await clocks(auditor) == []
    clock.now += 300
    await drain(auditor)
    assert await auditor.database.read(work.next_time) is None


async def test_denied_when_it_rings(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    """It cannot be known, which opens nothing; the next sweep sets the clock anew."""
    await event(auditor, effect="create")
    await drain(auditor)
    clock.now += 91 * DAY
    aws.deny("GetLock")
    await drain(auditor)
    assert await standing(auditor) == {}
    verdicts = await auditor.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
    assert {each["verdict"] for each in verdicts if each["policy"] == "widget_lock_is_young"} == {"UNKNOWN"}
