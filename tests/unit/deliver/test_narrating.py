"""The end of an event's way: a message that arrived says in the log and in the event's trace which event it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.model import FindingStatus
from liveaudit.store import codec
from liveaudit.store.database import Database
from liveaudit.store.schema import transitions
from liveaudit.traces.spans import Span
from tests.support.stores import SqliteStores
from tests.support.telling import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The worker is asyncio's."""
    return "asyncio"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store in which nobody was told anything."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("info"))
    database = Database(SqliteStores(tmp_path).url())
    yield World(database)
    database.close()


class Kept:
    """A sink that keeps."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def put(self, spans: Sequence[Span]) -> None:
        self.spans += spans

    def close(self) -> None:
        """Nothing."""


def events_of(world: World) -> list[str]:
    """The events of all moves, in their order."""
    rows = world.database.read_now(lambda c: c.execute(transitions.select().order_by(transitions.c.id)).all())
    return [codec.load(row.changes)[0]["event_id"] for row in rows]


async def test_a_message_is_put_to_the_event_that_it_is_about(world: World) -> None:
    world.use()
    sink = Kept()
    finding = world.opens("photos")
    world.route()
    sender = world.sender("team")
    sender.spans = sink
    world.at += 60
    world.receivers["team"].answers = [ChannelError("away"), None]
    with capture_logs() as lines:
        while sink.spans == []:
            wait = await sender.step()
            world.at += wait or 1.0
    (told,) = [each for each in lines if each["event"] == "told"]
    (event,) = events_of(world)
    assert (told["channel"], told["correlations"], told["findings"], told["attempts"]) == (
        "team",
        [event],
        1,
        2,
    )
    assert told["message"] == world.receivers["team"].messages[0].id
    assert [(each.name, each.correlation, each.first) for each in sink.spans] == [("alert", event, False)]

    world.moves(finding, FindingStatus.RESOLVED)
    world.route()
    world.at += 60
    while len(sink.spans) == 1:
        wait = await sender.step()
        world.at += wait or 1.0
    assert [each.correlation for each in sink.spans] == events_of(world)
