"""Messages that break something end in quarantine, alone; and are taken in again when they can be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from liveaudit.catalog import targets
from liveaudit.intake.queues import MemoryQueue
from liveaudit.intake.replay import replay
from liveaudit.intake.take import Intake
from liveaudit.store import quarantine, records, work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.quarantine import Which
from tests.support.fake import ACCOUNT, CATALOG, REGION
from tests.support.stores import Stores

STRANGER = "999999999999"


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def body(widget: str, name: str = "ModifyWidget", account: str = ACCOUNT) -> str:
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.fake",
            "account": account,
            "region": REGION,
            "detail": {
                "eventSource": "fake.amazonaws.com",
                "eventName": name,
                "awsRegion": REGION,
                "eventTime": "2026-11-20T10:00:00Z",
                "eventID": f"e-{widget[:9].encode().hex()}",
                "recipientAccountId": account,
                "requestParameters": {"widgetId": widget},
            },
        }
    )


def take(database: Database, *bodies: str) -> int:
    """Take these messages in; how many come again afterwards."""
    queue = MemoryQueue("eu-west-1/q")
    intake = Intake(database, CATALOG, {ACCOUNT}, lambda: 50.0)
    for number, each in enumerate(bodies):
        queue.put(each, now=40.0, message_id=f"m{number}")

    async def run() -> int:
        await intake.take(await queue.receive(), queue)
        queue.return_flying()
        return len(await queue.receive())

    return asyncio.run(run())


def kept(database: Database) -> dict[str, tuple[str, str]]:
    rows = database.read_now(quarantine.list_quarantine)
    return {row["message_id"]: (row["reason"], row["detail"]) for row in rows}


def test_what_no_database_takes_holds_up_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # the edge would refuse it before
    monkeypatch.setattr("liveaudit.intake.places.LONGEST_NAME", 10_000)
    assert take(database, body("a"), body("w" * 2040), body("b"), "{") == 0
    assert database.read_now(work.pending) == 2
    reasons = kept(database)
    assert reasons["m1"][0] == "a fault of ours"
    assert reasons["m1"][1].startswith("UnstorableError: the ARN of a Fake::Widget has 20")
    assert reasons["m3"][0] == "malformed"
    assert set(reasons) == {"m1", "m3"}


def test_what_breaks_our_code_is_kept_with_the_reason(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = targets.match

    def broken(catalog: Any, event: Any) -> Any:
        if event.request["widgetId"] == "poison":
            raise ZeroDivisionError("by zero")
        return real(catalog, event)

    monkeypatch.setattr("liveaudit.intake.sort.match", broken)
    assert take(database, body("a"), body("poison"), body("b")) == 0
    assert database.read_now(work.pending) == 2
    assert kept(database) == {"m1": ("a fault of ours", "ZeroDivisionError: by zero")}
    counters = database.read_now(records.read_counters)
    assert counters == {("changes", "fake:ModifyWidget"): 2, ("quarantined", "a fault of ours"): 1}
    assert replay(database, CATALOG, {ACCOUNT}, lambda: 60.0, Which()).stay == {"a fault of ours": 1}
    monkeypatch.undo()
    assert replay(database, CATALOG, {ACCOUNT}, lambda: 60.0, Which()).understood == 1
    assert kept(database) == {}
    assert database.read_now(work.pending) == 3


def test_nothing_is_deleted_that_is_not_stored(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **_more: Any) -> None:
        raise StoreUnavailableError("the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(work, "add_due", away)
        with pytest.raises(StoreUnavailableError):
            take(database, body("a"))
    assert kept(database) == {}, "the message is not to blame"
    assert take(database, body("a")) == 0


def test_replay_takes_in_what_is_understood_now(database: Database) -> None:
    assert take(database, body("a", account=STRANGER), body("b"), "{", "}") == 0
    assert {reason for reason, _ in kept(database).values()} == {"not enrolled", "malformed"}
    none = replay(database, CATALOG, {ACCOUNT}, lambda: 60.0, Which(reason="not enrolled"))
    assert (none.understood, none.stay) == (0, {"not enrolled": 1})
    enrolled = replay(database, CATALOG, {ACCOUNT, STRANGER}, lambda: 60.0, Which())
    assert (enrolled.understood, enrolled.due) == (1, 1)
    assert enrolled.stay == {"malformed": 2}
    assert set(kept(database)) == {"m2", "m3"}
    claims = database.write_now(lambda c: work.claim(c, owner="o", now=99.0, lease_seconds=1, limit=9))
    (claim,) = [each for each in claims if each.resource.account == STRANGER]
    (cause,) = claim.causes
    assert cause.change is not None
    assert (cause.change["hops"]["sent"], cause.change["hops"]["received"]) == (40.0, 50.0)
