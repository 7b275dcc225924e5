"""Streams of what moves: nothing is missed, nothing is told twice, and who goes is forgotten."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from liveaudit.store.database import Database
from liveaudit.store.schema import findings, resources, transitions
from liveaudit.web import live
from liveaudit.web.live import MOST_LISTENERS, FullError, Hub

NOW = 1_800_000_000.0


def number_of(each: dict[str, Any]) -> dict[str, Any]:
    return {"number": each["number"]}


def fill(connection: Connection) -> None:
    connection.execute(
        insert(resources).values(
            id=1,
            partition="aws",
            account="111111111111",
            region="eu-west-1",
            type="AWS::S3::Bucket",
            rid="a\nevent: forged",
            arn="arn:aws:s3:::a",
            state="there",
            first_seen=NOW,
        )
    )
    connection.execute(
        insert(findings).values(
            id="f-1",
            resource_id=1,
            policy="s3_bucket_public_access",
            severity="critical",
            status="new",
            reason="",
            evidence="{}",
            opened_at=NOW,
            updated_at=NOW,
            times_opened=1,
            opened_by="[]",
            opened_hops="{}",
        )
    )


def move(connection: Connection, times: int = 1) -> None:
    given = {"finding_id": "f-1", "previous": "new", "status": "resolved", "at": NOW, "reason": ""}
    connection.execute(insert(transitions), [{**given, "changes": "[]", "hops": "{}"}] * times)


async def take(stream: Any, wanted: int) -> list[str]:
    async with asyncio.timeout(20):
        return [(await anext(stream)).decode() for _ in range(wanted)]


def test_a_page_hears_hello_and_then_each_move(database: Database) -> None:
    database.write_now(fill)

    async def heard() -> list[str]:
        hub = Hub(database, look_every=0.001)
        stream = hub.signals()
        first = await take(stream, 1)
        waiting = asyncio.create_task(take(stream, 1))
        while not hub.listeners:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        await database.write(move)
        told = first + await waiting
        await stream.aclose()
        assert hub.listeners == 0
        await hub.close()
        return told

    hello, moved = asyncio.run(heard())
    assert hello == "event: hello\ndata: {}\n\n"
    assert moved == 'id: 1\nevent: moved\ndata: {"number": 1}\n\n'


def test_a_program_that_comes_again_is_told_all_it_missed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_AT_ONCE", 2)
    database.write_now(fill)
    database.write_now(lambda connection: move(connection, 7))

    async def heard() -> list[str]:
        hub = Hub(database, look_every=0.001)
        stream = hub.transitions(2, number_of)
        told = await take(stream, 6)
        await database.write(move)
        told += await take(stream, 1)
        await stream.aclose()
        await hub.close()
        return told

    hello, *told = asyncio.run(heard())
    assert hello.startswith("event: hello")
    numbers = [json.loads(each.partition("data: ")[2])["number"] for each in told]
    assert numbers == [3, 4, 5, 6, 7, 8]
    assert [each.partition("\n")[0] for each in told] == [f"id: {number}" for number in numbers]


def test_a_name_cannot_forge_an_event(database: Database) -> None:
    database.write_now(fill)
    database.write_now(move)

    async def heard() -> list[str]:
        hub = Hub(database, look_every=0.001)
        stream = hub.transitions(0, lambda each: {"resource": each["resource"]})
        told = await take(stream, 2)
        await stream.aclose()
        await hub.close()
        return told

    event = asyncio.run(heard())[1]
    assert event.count("\n\n") == 1
    assert event.count("event: ") == 2
    assert len([line for line in event.splitlines() if line.startswith("event: ")]) == 1


def test_closing_ends_every_stream(database: Database) -> None:
    async def ended() -> list[bytes]:
        hub = Hub(database, look_every=0.001)
        stream = hub.signals()
        await take(stream, 1)
        asyncio.get_running_loop().call_later(0.02, lambda: asyncio.ensure_future(hub.close()))
        async with asyncio.timeout(20):
            return [each async for each in stream]

    assert asyncio.run(ended()) == []


def test_more_listeners_than_can_be_served_are_sent_away(database: Database) -> None:
    async def asked() -> None:
        hub = Hub(database)
        hub._listeners = MOST_LISTENERS
        with pytest.raises(FullError):
            await anext(hub.signals())

    asyncio.run(asked())
