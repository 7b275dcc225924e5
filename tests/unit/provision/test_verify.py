"""The proof against a made-up AWS: hellos that arrive, are refused, get lost, end in a dead-letter queue."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.intake.queues import MemoryQueue
from liveaudit.intake.sort import Message
from liveaudit.intake.take import Intake
from liveaudit.provision.hello import entry, put
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.verify import Arrival, Result, Verification, nonce_of, summary
from liveaudit.store import hellos, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.hellos import Sent
from tests.support.caller import Asked, CallerDouble
from tests.support.fake import CATALOG

RECEIVER, PUBLISHER, OTHER = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
INSTALLATION = Installation(
    RECEIVER, tuple(Account(each, regions=(REGION,)) for each in (RECEIVER, PUBLISHER, OTHER))
)


@dataclass
class Cloud(CallerDouble):
    """PutEvents that puts into the queue, and dead-letter queues."""

    queue: MemoryQueue
    lost: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    failing: set[int] = field(default_factory=set)
    letters: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    undelivered: Callable[[str, dict[str, Any]], None] = lambda _account, _body: None

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        account, operation, params = asked.account, asked.operation, asked.params
        if operation == "PutEvents":
            return self._put(account, asked.region, params["Entries"])
        if operation == "GetQueueUrl":
            if (account, params["QueueName"]) not in self.letters:
                raise AwsCallError(Kind.ANSWER, "QueueDoesNotExist", "no such queue", operation)
            return {"QueueUrl": f"{account} {params['QueueName']}"}
        assert operation == "ReceiveMessage"
        owner, name = params["QueueUrl"].split(" ")
        shown, self.letters[owner, name] = self.letters[owner, name][:10], self.letters[owner, name][10:]
        return {"Messages": shown} if shown else {}

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Account and operation of every call."""
        return [(each.account, each.operation) for each in self.asked]

    def _put(self, account: str, region: str, entries: list[dict[str, Any]]) -> Mapping[str, Any]:
        if account in self.denied:
            raise AwsCallError(Kind.DENIED, "AccessDeniedException", "User x is not authorized", "PutEvents")
        results = []
        for each in entries:
            detail = json.loads(each["Detail"])
            if detail["rule"] in self.failing:
                results.append({"ErrorCode": "InternalFailure", "ErrorMessage": "try again"})
                continue
            results.append({"EventId": "e"})
            body = {
                "detail-type": each["DetailType"],
                "source": each["Source"],
                "account": account,
                "region": region,
                "time": "2026-11-20T10:00:00Z",
                "detail": detail,
            }
            if account in self.lost:
                self.undelivered(account, body)
            else:
                self.queue.put(json.dumps(body), now=5.0)
        return {"FailedEntryCount": sum("ErrorCode" in each for each in results), "Entries": results}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(sqlite_url(tmp_path / "x.sqlite3"))
    yield made
    made.close()


def verification(database: Database, cloud: Cloud, **more: Any) -> Verification:
    numbers = itertools.count(1)
    ticks = itertools.count(100)
    accounts = {each.id for each in INSTALLATION.accounts}
    clock = lambda: float(next(ticks))  # noqa: E731 - every look at it takes a second
    intake = Intake(database, CATALOG, accounts, clock)
    return Verification(
        INSTALLATION,
        cloud,
        intake,
        [cloud.queue],
        rules=more.pop("rules", (1,)),
        nonce=lambda: f"{next(numbers):032x}",
        clock=clock,
        **more,
    )


def told(results: list[Result]) -> dict[tuple[str, int], tuple[str, str]]:
    return {(one.sent.account, one.sent.rule): (one.arrival.value, one.reason) for one in results}


def test_every_hello_arrives_and_what_else_comes_is_taken_in(database: Database) -> None:
    cloud = Cloud(MemoryQueue(f"{REGION}/liveaudit-events"))
    change = {
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.fake",
        "account": RECEIVER,
        "region": REGION,
        "detail": {
            "eventSource": "fake.amazonaws.com",
            "eventName": "ModifyWidget",
            "awsRegion": REGION,
            "eventTime": "2026-11-20T10:00:00Z",
            "eventID": "e-1",
            "recipientAccountId": RECEIVER,
            "requestParameters": {"widgetId": "w"},
        },
    }
    cloud.queue.put(json.dumps(change))
    seen: list[Result] = []
    results = asyncio.run(
        verification(database, cloud, rules=(1, 2), on_result=seen.append).run(timeout=1000)
    )
    assert {one.arrival for one in results} == {Arrival.ARRIVED}
    assert [(one.sent.account, one.sent.rule) for one in results] == [
        (account, rule) for account in (RECEIVER, PUBLISHER, OTHER) for rule in (1, 2)
    ]
    assert all(one.seconds is not None and one.seconds > 0 for one in results)
    assert {tuple(one.hops) for one in results} == {("sent", "bus", "queue", "received", "stored")}
    assert [one.arrival for one in seen].count(Arrival.WAITING) == 6
    assert database.read_now(work.pending) == 1, "the change is due"
    assert asyncio.run(cloud.queue.receive()) == []
    assert cloud.calls.count((PUBLISHER, "PutEvents")) == 1, "all rules in one call"


def test_a_worker_may_take_them(database: Database) -> None:
    """Nothing comes to the proof's own poll: the arrival is read from the store."""
    cloud = Cloud(MemoryQueue())
    workers = verification(database, cloud).intake

    async def run() -> list[Result]:
        proof = verification(database, cloud)
        proof.queues = ()
        running = asyncio.create_task(proof.run(timeout=100_000))
        while not running.done():
            await workers.take(await cloud.queue.receive(), cloud.queue)
            await asyncio.sleep(0.01)
        return await running

    assert {one.arrival for one in asyncio.run(run())} == {Arrival.ARRIVED}


def test_who_does_not_arrive_and_why(database: Database) -> None:
    cloud = Cloud(MemoryQueue(), lost={PUBLISHER}, denied={OTHER}, failing={2})
    letters: list[dict[str, Any]] = [{"Body": body} for body in ("[]", "{", '{"detail": {"nonce": 7}}')] * 4
    cloud.letters = {(PUBLISHER, "liveaudit-undelivered"): letters}

    def undelivered(account: str, body: dict[str, Any]) -> None:
        attributes = {
            "ERROR_CODE": {"StringValue": "NO_PERMISSIONS"},
            "ERROR_MESSAGE": {"StringValue": "the bus's policy does not allow it"},
        }
        letters.append({"Body": json.dumps(body), "MessageAttributes": attributes})

    cloud.undelivered = undelivered
    proof = verification(database, cloud, rules=(1, 2, 3))
    found = told(asyncio.run(proof.run(timeout=30)))
    assert found[RECEIVER, 1] == ("arrived", "")
    assert found[RECEIVER, 2] == ("not sent", "InternalFailure: try again")
    assert found[RECEIVER, 3] == ("arrived", "")
    for rule in (1, 3):
        arrival, reason = found[PUBLISHER, rule]
        assert arrival == "missing"
        assert "NO_PERMISSIONS: the bus's policy does not allow it" in reason
        assert "liveaudit-undelivered" in reason
    arrival, reason = found[OTHER, 1]
    assert arrival == "not sent"
    assert "events:PutEvents" in reason
    assert f"liveaudit iam --account {OTHER}" in reason
    assert len(proof.notes) == 1
    assert "liveaudit-events-dead-letters is not there" in proof.notes[0]
    assert summary(proof.results.values()) == {"arrived": 2, "not sent": 5, "missing": 2}


def test_a_queue_that_cannot_be_read_is_told_and_the_rest_goes_on(database: Database) -> None:
    class Broken(MemoryQueue):
        async def receive(self) -> Any:
            raise AwsCallError(Kind.DENIED, "AccessDenied", "no", "ReceiveMessage")

    cloud = Cloud(MemoryQueue())
    errors: list[str] = []
    proof = verification(database, cloud, on_error=lambda queue, _error: errors.append(queue))
    proof.queues = (Broken("eu-west-2/q"), cloud.queue)
    assert {one.arrival for one in asyncio.run(proof.run(timeout=1000))} == {Arrival.ARRIVED}
    assert errors == ["eu-west-2/q"]


def test_a_fault_of_ours_ends_the_proof(database: Database) -> None:
    class Odd(MemoryQueue):
        async def receive(self) -> Any:
            raise ValueError("ours")

    proof = verification(database, Cloud(MemoryQueue()))
    proof.queues = (Odd(),)
    with pytest.raises(ValueError, match="ours"):
        asyncio.run(proof.run(timeout=100_000))


def test_old_hellos_are_forgotten(database: Database) -> None:
    old = [Sent("a" * 32, RECEIVER, REGION, 1, -3_000_000.0)]
    database.write_now(lambda c: hellos.send(c, "old", old))
    asyncio.run(verification(database, Cloud(MemoryQueue())).run(timeout=1000))
    assert database.read_now(lambda c: hellos.of_round(c, "old")) == []


def test_more_rules_than_one_call_takes() -> None:
    cloud = Cloud(MemoryQueue(), failing={11})
    sent = [Sent(f"{n:032x}", PUBLISHER, REGION, n, 0.0) for n in range(1, 24)]
    (refused,) = asyncio.run(put(cloud, sent))
    assert refused.nonce == f"{11:032x}"
    assert cloud.calls == [(PUBLISHER, "PutEvents")] * 3
    assert {entry(each)["Source"] for each in sent} == {f"liveaudit.hello-{n}" for n in range(1, 24)}


@pytest.mark.parametrize("body", ["", "[", "[]", '{"detail": 1}', '{"detail": {"nonce": []}}', "[" * 100_000])
def test_dead_letters_are_hostile(body: str) -> None:
    assert nonce_of(body) == ""


def test_an_arrival_by_a_clock_that_is_behind_is_seen(database: Database) -> None:
    """Another worker stores with an earlier time than that of an arrival which is known already."""
    cloud = Cloud(MemoryQueue())
    behind = Intake(database, CATALOG, {PUBLISHER, OTHER}, lambda: 1.0)
    proof = verification(database, cloud)
    proof.queues = ()

    async def run() -> list[Result]:
        running = asyncio.create_task(proof.run(timeout=100_000))
        messages: list[Message] = []
        while len(messages) < 3:
            await asyncio.sleep(0.01)
            messages += await cloud.queue.receive()
        own = [each for each in messages if f'"account": "{RECEIVER}"' in each.body]
        await proof.intake.take(own, cloud.queue)
        while not any(one.arrival is Arrival.ARRIVED for one in proof.results.values()):
            await asyncio.sleep(0.01)
        await behind.take([each for each in messages if each not in own], cloud.queue)
        return await running

    assert {one.arrival for one in asyncio.run(run())} == {Arrival.ARRIVED}
