"""From what moves in the store to what channels are told: once, in order, together, and not by who is dead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from liveaudit.deliver.channels.interface import ChannelError, Kind, Message
from liveaudit.deliver.plan import Plan
from liveaudit.deliver.telling import Teller
from liveaudit.model import FindingStatus
from liveaudit.store import deliveries
from liveaudit.store.database import Database
from liveaudit.store.deliveries import Delivery
from tests.support.stores import SqliteStores, Stores
from tests.support.telling import ANN, BOB, World

pytestmark = pytest.mark.anyio
DAY = 86_400.0


@pytest.fixture
def anyio_backend() -> str:
    """The worker is asyncio's."""
    return "asyncio"


@pytest.fixture
def world(stores: Stores) -> Iterator[World]:
    """A store in which nobody was told anything."""
    database = Database(stores.url())
    yield World(database)
    database.close()


async def test_what_happened_before_there_was_a_channel_is_not_told(world: World) -> None:
    world.opens("old")
    world.use()
    assert (await world.passes(60)).messages == []


async def test_a_message_says_what_is_wrong_where_who_did_it_and_since_when(world: World) -> None:
    world.use()
    finding = world.opens("photos", severity="critical")
    (message,) = (await world.passes(60)).messages
    (told,) = message.findings
    assert message.title == "Critical finding opened: " + told.title
    assert (told.id, told.what, told.status) == (finding, Kind.OPENED, "new")
    assert told.resource.id == "photos"
    assert (told.who.arn, told.who.address, told.who.event) == (ANN, "203.0.113.9", "PutBucketAcl")
    assert told.since == world.at - 60
    assert told.reason == "everybody may read it"
    assert told.fix
    assert told.link == f"https://audit.example.com/findings/{finding}"
    assert told.due_at == told.since + DAY
    assert message.counts == {"critical": 1}


async def test_resolved_is_told_too(world: World) -> None:
    world.use()
    finding = world.opens("photos")
    await world.passes(60)
    world.moves(finding, FindingStatus.RESOLVED, by=BOB)
    told = await world.passes(60)
    assert [each.kind for each in told.messages] == [Kind.OPENED, Kind.RESOLVED]
    assert told.messages[1].findings[0].who.arn == BOB


async def test_what_one_run_causes_is_one_message(world: World) -> None:
    world.use(most=20)
    for number in range(60):
        world.opens(f"bucket-{number}", severity="critical" if number == 59 else "high")
        world.at += 0.2
    world.opens("other", by=BOB)
    told = await world.passes(30)
    assert told.titles == ["60 findings opened (1 critical, 59 high)", told.titles[1]]
    assert len(told.messages[0].findings) == 20
    assert told.messages[0].findings[0].severity == "critical"
    assert told.messages[0].more == 40
    assert told.messages[1].findings[0].who.arn == BOB


async def test_more_is_waited_for_but_not_for_ever(world: World) -> None:
    world.use()
    told = world.receivers["team"]
    for number in range(100):
        world.opens(f"bucket-{number}")
        await world.passes(1.0)
    assert len(told.messages) == 1
    told = await world.passes(60)
    assert [each.counts["high"] for each in told.messages] == [60, 40]


async def test_a_finding_that_closes_while_it_waits_is_told_once_as_it_ended(world: World) -> None:
    world.use()
    finding = world.opens("photos")
    world.at += 1
    world.moves(finding, FindingStatus.RESOLVED, by=BOB)
    (message,) = (await world.passes(60)).messages
    assert [each.what for each in message.findings] == [Kind.RESOLVED]


async def test_systems_are_told_every_move_at_once(world: World) -> None:
    world.use(whole=True, most=2)
    finding = world.opens("photos")
    world.moves(finding, FindingStatus.SUPPRESSED, person="person:ann")
    world.moves(finding, FindingStatus.RESOLVED)
    told = await world.passes(0)
    assert [[each.what for each in one.findings] for one in told.messages] == [
        [Kind.OPENED, Kind.CHANGED],
        [Kind.CHANGED],
    ]
    assert [each.status for one in told.messages for each in one.findings] == [
        "new",
        "suppressed",
        "resolved",
    ]
    numbers = [each.number for one in told.messages for each in one.findings]
    assert numbers == sorted(set(numbers))


async def test_people_are_not_told_of_what_people_did(world: World) -> None:
    world.use()
    finding = world.opens("photos", status=FindingStatus.SUPPRESSED)
    world.moves(finding, FindingStatus.RESOLVED)
    assert (await world.passes(60)).messages == []


async def test_a_failure_is_tried_again_with_the_same_id_and_later_each_time(world: World) -> None:
    world.use()
    told = world.receivers["team"]
    told.answers = [ChannelError("no answer"), ChannelError("no answer"), None]
    world.opens("photos")
    await world.passes(60)
    state = world.database.read_now(deliveries.states)["team"]
    assert (state.failures, state.reason, state.waiting) == (1, "no answer", 1)
    assert state.failing_since == world.at
    first_pause = state.paused_until - world.at
    assert (await world.passes(0.1)).messages == []
    await world.passes(first_pause)
    state = world.database.read_now(deliveries.states)["team"]
    assert state.paused_until - world.at > first_pause
    await world.passes(100)
    assert len(told.messages) == 1
    state = world.database.read_now(deliveries.states)["team"]
    assert (state.failures, state.failing_since, state.reason, state.sent) == (0, None, "", 1)


async def test_who_asks_for_a_pause_gets_it(world: World) -> None:
    world.use()
    world.receivers["team"].answers = [ChannelError("too many", retry_after=120.0)]
    world.opens("photos")
    await world.passes(60)
    assert (await world.passes(119)).messages == []
    assert len((await world.passes(2)).messages) == 1


async def test_a_dead_channel_holds_up_no_other_and_catches_up(world: World) -> None:
    world.use(channels=[{"name": "team"}, {"name": "dead"}])
    dead = world.receivers["dead"]
    dead.answers = [ChannelError("connection refused") for _ in range(1000)]
    for number in range(3):
        world.opens(f"bucket-{number}", by=f"arn:{number}")
    await world.passes(60)
    await world.tell("dead")
    assert len(world.receivers["team"].messages) == 3
    state = world.database.read_now(deliveries.states)["dead"]
    assert state.failing_since is not None
    dead.answers.clear()
    await world.passes(600, "dead")
    assert [each.findings[0].id for each in dead.messages] == ["f-bucket-0", "f-bucket-1", "f-bucket-2"]


async def test_what_one_message_waits_for_does_not_stop_others_but_its_own_finding(world: World) -> None:
    world.use(routes=[{"tell": ["team"], "wait": "0s"}])
    told = world.receivers["team"]
    bad = world.opens("bad")
    told.answers = [ChannelError("500") for _ in range(3)]
    await world.passes(0)
    await world.passes(100)
    world.opens("good", by=BOB)
    world.moves(bad, FindingStatus.RESOLVED, by=BOB)
    world.opens("better", by="arn:carl")
    # its third try fails, and then it waits twice as long as the channel rests
    await world.passes(200)
    state = world.database.read_now(deliveries.states)["team"]
    await world.passes(state.paused_until - world.at)
    first = [each.id for one in told.messages for each in one.findings]
    assert "f-better" in first
    assert bad not in first
    await world.passes(600)
    kinds = [each.what for one in told.messages for each in one.findings if each.id == bad]
    assert kinds == [Kind.OPENED, Kind.RESOLVED]


async def test_what_is_refused_is_given_up_and_can_be_sent_again(world: World) -> None:
    world.use()
    told = world.receivers["team"]
    told.answers = [ChannelError("the channel is archived", permanent=True)]
    world.opens("photos")
    await world.passes(60)
    (given_up,) = world.database.read_now(deliveries.given_up)
    assert (given_up.reason, given_up.attempts) == ("the channel is archived", 1)
    assert world.write(lambda c: deliveries.resend(c, [given_up.id, "none"], world.at)) == [given_up.id]
    await world.passes(0)
    assert [each.id for each in told.messages] == [given_up.id]
    assert world.database.read_now(deliveries.given_up) == []


async def test_a_channel_that_refuses_everything_keeps_its_messages(world: World) -> None:
    """A password that was changed must not empty what waits into the list of what was given up."""
    world.use()
    told = world.receivers["team"]
    told.answers = [ChannelError("401", permanent=True) for _ in range(4)]
    for number in range(5):
        world.opens(f"bucket-{number}", by=f"arn:{number}")
    await world.passes(60)
    state = world.database.read_now(deliveries.states)["team"]
    assert (state.given_up, state.waiting) == (3, 2)
    await world.passes(600)
    assert len(told.messages) == 2


async def test_after_a_day_it_is_given_up(world: World) -> None:
    world.use()
    told = world.receivers["team"]
    told.answers = [ChannelError("down") for _ in range(2000)]
    world.opens("photos")
    for _ in range(30):
        await world.passes(3600)
    (given_up,) = world.database.read_now(deliveries.given_up)
    assert given_up.ended_at is not None
    assert given_up.ended_at - given_up.since >= DAY


async def test_a_channel_that_breaks_in_its_own_way_is_told_as_unhealthy(world: World) -> None:
    world.use()
    world.receivers["team"].answers = [KeyError("a secret")]
    world.opens("photos")
    await world.passes(60)
    assert "KeyError" in (reason := world.database.read_now(deliveries.states)["team"].reason)
    assert "a secret" not in reason


async def test_a_message_that_cannot_be_made_is_given_up_and_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use()
    making = Teller.message

    def made(teller: Teller, connection: Connection, delivery: Delivery, plan: Plan) -> Message | None:
        found = making(teller, connection, delivery, plan)
        if found is not None and found.findings[0].id == "f-odd":
            raise KeyError("a secret")
        return found

    monkeypatch.setattr(Teller, "message", made)
    world.opens("odd")
    world.opens("fine", by=BOB)
    told = await world.passes(60)
    assert [each.findings[0].id for each in told.messages] == ["f-fine"]
    (given_up,) = world.database.read_now(deliveries.given_up)
    assert given_up.reason == "it could not be made (KeyError): see the worker's log"


async def test_one_worker_at_a_time_sends_on_a_channel(world: World) -> None:
    world.use()
    world.opens("photos")
    world.at += 60
    world.route()
    told = world.receivers["team"]
    first, second = world.sender("team", "first"), world.sender("team", "second")
    taken = world.write(first._take)
    assert taken.delivery is not None
    wait = await second.step()
    assert wait is not None
    assert wait > 0
    # the first was killed; its lease runs out, and the same message comes from the second
    world.at += 200
    assert await second.step() == 0.0
    assert [each.id for each in told.messages] == [taken.delivery.id]
    await second.aclose()
    world.opens("other")
    world.at += 60
    world.route()
    assert await first.step() == 0.0


async def test_steps_are_told_for_the_tests(world: World) -> None:
    world.use()
    world.opens("photos")
    await world.passes(60)
    assert world.steps == ["taken", "made", "sent", "put down"]


@pytest.mark.slow
async def test_a_burst_of_ten_thousand_is_one_message(
    tmp_path: Path,
) -> None:
    database = Database(SqliteStores(tmp_path).url())
    world = World(database)
    world.use()
    world.opens_many(100, "critical")
    world.opens_many(9_900)
    told = await world.passes(60)
    assert told.titles == ["10000 findings opened (100 critical, 9900 high)"]
    assert {each.severity for each in told.messages[0].findings} == {"critical"}
    assert told.messages[0].more == 9_980
    database.close()
