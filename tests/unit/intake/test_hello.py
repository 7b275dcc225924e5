"""A hello is checked like everything that comes in, and never audited."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from liveaudit.cli.explain import explained
from liveaudit.intake.envelope import Flaw, IntakeError, decode_message
from liveaudit.intake.queues import MemoryQueue
from liveaudit.intake.sort import Message, sort_messages
from liveaudit.intake.take import Intake
from liveaudit.model import Hello
from liveaudit.services import load
from liveaudit.store import hellos, quarantine, records, work
from liveaudit.store.database import Database, sqlite_url
from tests.support.fake import ACCOUNT, CATALOG, REGION

NONCE = "0123456789abcdef" * 2


def hello(**more: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "e-1",
        "detail-type": "liveaudit hello",
        "source": "liveaudit.hello-2",
        "account": ACCOUNT,
        "region": REGION,
        "time": "2026-11-20T10:00:00Z",
        "detail": {"eventName": "Hello", "nonce": NONCE, "rule": 2, "sentAt": 1.0},
    } | more


def with_detail(**more: Any) -> dict[str, Any]:
    return hello(detail=hello()["detail"] | more)


def test_a_hello_is_decoded() -> None:
    found = decode_message(json.dumps(hello()))
    assert isinstance(found, Hello)
    assert (found.nonce, found.account, found.region, found.rule) == (NONCE, ACCOUNT, REGION, 2)
    assert found.bus_time is not None
    assert found.bus_time.isoformat() == "2026-11-20T10:00:00+00:00"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (hello(account="123"), "account"),
        (hello(region="../etc"), "region"),
        (hello(source="liveaudit.hello-3"), "source"),
        (hello(source="aws.s3"), "source"),
        (hello(time="yesterday"), "time"),
        (hello(detail=[]), "detail"),
        (hello(detail={}), "detail"),
        (with_detail(nonce="x"), "detail.nonce"),
        (with_detail(nonce=NONCE.upper()), "detail.nonce"),
        (with_detail(nonce=NONCE + "\n"), "detail.nonce"),
        (with_detail(nonce=7), "detail"),
        (with_detail(rule=0), "detail.rule"),
        (with_detail(rule=10**30), "detail.rule"),
        (with_detail(rule=True), "detail"),
        (with_detail(eventName="PutBucketAcl"), "detail.eventName"),
    ],
)
def test_what_is_no_hello_is_kept_with_its_reason(wrong: dict[str, Any], field: str) -> None:
    body = json.dumps(wrong)
    with pytest.raises(IntakeError) as raised:
        decode_message(body)
    assert (raised.value.flaw, raised.value.field) == (Flaw.MALFORMED, field)
    found = sort_messages(CATALOG, {ACCOUNT}, [Message("m", "q", "r", body, 1.0, 2.0)])
    assert [each.flaw for each in found.rejected] == [Flaw.MALFORMED]
    assert found.hellos == []


def test_a_strangers_hello_is_kept() -> None:
    body = json.dumps(hello(account="999999999999"))
    found = sort_messages(CATALOG, {ACCOUNT}, [Message("m", "q", "r", body, 1.0, 2.0)])
    assert [each.flaw for each in found.rejected] == [Flaw.NOT_ENROLLED]
    assert found.hellos == []


def test_arrivals_are_noted_once_and_nothing_is_audited(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "x.sqlite3"))
    intake = Intake(database, CATALOG, {ACCOUNT, "222222222222"}, lambda: 30.0)
    sent = [hellos.Sent(NONCE, ACCOUNT, REGION, 2, 10.0), hellos.Sent("f" * 32, ACCOUNT, REGION, 1, 10.0)]
    database.write_now(lambda c: hellos.send(c, "round", sent))
    queue = MemoryQueue()
    for number, body in enumerate(
        (
            hello(),
            hello(id="again"),
            hello(account="222222222222"),
            with_detail(nonce="a" * 32),
        )
    ):
        queue.put(json.dumps(body), now=20.0 + number)

    async def take() -> int:
        await intake.take(await queue.receive(), queue)
        queue.return_flying()
        return len(await queue.receive())

    try:
        assert asyncio.run(take()) == 0, "all are deleted"
        missing, arrived = database.read_now(lambda c: hellos.of_round(c, "round"))
        assert (arrived.nonce, arrived.queued_at, arrived.received_at, arrived.stored_at) == (
            NONCE,
            20.0,
            20.0,
            30.0,
        )
        assert arrived.bus_at == 1795168800.0
        assert (missing.nonce, missing.stored_at) == ("f" * 32, None)
        counters = database.read_now(records.read_counters)
        assert counters == {("hellos", "received"): 4, ("hellos", "awaited"): 1}
        assert database.read_now(quarantine.count_quarantine) == {}
        assert database.read_now(work.pending) == 0
        database.write_now(lambda c: hellos.forget(c, 11.0))
        assert database.read_now(lambda c: hellos.of_round(c, "round")) == []
    finally:
        database.close()


def test_explain_knows_a_hello() -> None:
    told = explained(json.dumps(hello()), *load())
    assert (told["outcome"], told["source"], told["name"]) == ("ignored", "liveaudit.hello-2", "Hello")
    assert (told["account"], told["calls"]) == (ACCOUNT, 0)
