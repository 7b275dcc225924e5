"""Long audits keep their leases; broken-off ones give them back; a store that cannot take one audit takes the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.model import Cause
from liveaudit.store import findings, lifecycle, work
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.schema import due as due_table
from liveaudit.store.work import Due
from tests.support.fake import Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores

LEASE = 0.03


class Slow(FakeAws):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_once = asyncio.Event()
        self.go = asyncio.Event()

    async def call(self, *given: Any, **more: Any) -> Any:
        self.asked_once.set()
        await self.go.wait()
        return await super().call(*given, **more)


def make_due(auditor: Auditor, *names: str) -> None:
    given = [Due(resource(each), f"arn:{each}", Cause(f"e:{each}", "event")) for each in names]
    auditor.database.write_now(lambda c: work.add_due(c, given, auditor.clock()))


async def leases(auditor: Auditor) -> list[float | None]:
    query = select(due_table.c.lease_until).order_by(due_table.c.resource_id)
    return await auditor.database.read(lambda c: list(c.execute(query).scalars()))


def test_a_read_that_outlasts_its_lease_keeps_it(stores: Stores) -> None:
    async def run() -> None:
        aws, clock = Slow(), Clock()
        aws.widgets["w"] = {"Color": "red", "Lock": "L"}
        auditor = make_auditor(stores, aws, clock, tuning=Tuning(lease=LEASE))
        other = make_auditor(stores, aws, clock, tuning=Tuning(lease=LEASE), owner="two")
        make_due(auditor, "w")
        auditing = asyncio.create_task(auditor.work_once())
        await aws.asked_once.wait()
        claimed_until = clock.now + LEASE
        for _ in range(5):
            clock.now += LEASE / 2
            while (await leases(auditor))[0] != clock.now + LEASE:
                await asyncio.sleep(LEASE / 10)
        assert clock.now > claimed_until
        assert await other.claim(9) == []
        aws.go.set()
        assert await auditing == 1
        (found,) = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
        assert found["status"] == "new"
        assert await leases(auditor) == []
        auditor.database.close()
        other.database.close()

    asyncio.run(run())


def test_an_audit_that_never_ends_is_not_held_for_ever(stores: Stores) -> None:
    async def run() -> None:
        aws, clock = Slow(), Clock()
        auditor = make_auditor(stores, aws, clock, tuning=Tuning(lease=LEASE, longest_audit=LEASE))
        make_due(auditor, "w")
        auditing = asyncio.create_task(auditor.work_once())
        await aws.asked_once.wait()
        clock.now += LEASE / 2
        while (await leases(auditor))[0] != clock.now + LEASE:
            await asyncio.sleep(LEASE / 10)
        holder = next(each for each in asyncio.all_tasks() if each.get_name() == "hold leases")
        await asyncio.wait([holder])
        clock.now += 2 * LEASE
        other = make_auditor(stores, aws, clock, owner="two")
        assert len(await other.claim(9)) == 1
        aws.go.set()
        await auditing
        assert (await leases(auditor))[0] is not None, "the other's lease stands"
        auditor.database.close()
        other.database.close()

    asyncio.run(run())


def test_what_is_broken_off_is_free_at_once(stores: Stores) -> None:
    async def run() -> None:
        aws, clock = Slow(), Clock()
        auditor = make_auditor(stores, aws, clock)
        make_due(auditor, "w", "x")
        auditing = asyncio.create_task(auditor.work_once())
        await aws.asked_once.wait()
        auditing.cancel()
        await asyncio.wait([auditing])
        assert await leases(auditor) == [None, None]
        assert len(await auditor.claim(9)) == 2
        auditor.database.close()

    asyncio.run(run())


def test_an_audit_that_cannot_be_stored_holds_up_no_other(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, clock = FakeAws(), Clock()
    aws.widgets = {name: {"Color": "red", "Lock": "L"} for name in ("a", "bad", "c")}
    auditor = make_auditor(stores, aws, clock)
    make_due(auditor, "a", "bad", "c")
    real = lifecycle.open_finding

    def refusing(connection: Any, key: int, **given: Any) -> None:
        if given["policy"] == "widget_is_blue" and key == bad_key:
            raise ValueError("does not fit")
        real(connection, key, **given)

    keys = auditor.database.read_now(lambda c: work.resource_keys(c, {resource("bad"): "arn:bad"}, 0.0))
    (bad_key,) = keys.values()
    monkeypatch.setattr(lifecycle, "open_finding", refusing)
    assert asyncio.run(auditor.work_once()) == 3
    found = auditor.database.read_now(lambda c: findings.list_findings(c, findings.Filter()))
    assert sorted(each["resource"] for each in found) == ["a", "c"]
    assert auditor.failures == 1
    monkeypatch.undo()
    clock.now += 61
    assert asyncio.run(auditor.work_once()) == 1
    assert len(auditor.database.read_now(lambda c: findings.list_findings(c, findings.Filter()))) == 3
    auditor.database.close()


def test_a_store_that_is_away_is_no_fault_of_the_audit(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, clock = FakeAws(), Clock()
    aws.widgets = {"w": {"Color": "red", "Lock": "L"}}
    auditor = make_auditor(stores, aws, clock)
    make_due(auditor, "w")

    def away(*_given: Any, **_more: Any) -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patched:
        patched.setattr("liveaudit.store.leases.finish", away)
        with pytest.raises(StoreUnavailableError):
            asyncio.run(auditor.work_once())
    assert auditor.failures == 0
    clock.now += 61
    assert asyncio.run(auditor.work_once()) == 1
    assert len(auditor.database.read_now(lambda c: findings.list_findings(c, findings.Filter()))) == 1
    auditor.database.close()
