"""What the console answers is counted: by kind and code, streams by their number alone."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from liveaudit.health.requests import Requests
from liveaudit.web.counting import Counting, kind_of
from tests.unit.web.conftest import Client


def test_requests_are_counted_by_kind_and_code(client: Client) -> None:
    client.get("/findings")
    client.get("/findings/nothing-of-that-name")
    client.get("/api/v1/findings")
    client.get("/static/nothing.js")
    client.get("/findings", headers={"host": "evil.example"})
    answered, durations = client.console.requests.so_far()
    assert answered == {
        ("page", 200): 1,
        ("page", 404): 1,
        ("page", 421): 1,
        ("api", 200): 1,
        ("static", 404): 1,
    }
    assert {kind: each.count for kind, each in durations.items()} == {"page": 3, "api": 1, "static": 1}


def test_whatever_is_asked_for_there_are_three_kinds() -> None:
    asked = ("/", "/api/v1/x", "/apiary", "/static/a", "/a" * 500, "/../api/", "", "/\n{}")
    assert {kind_of(each) for each in asked} == {"page", "api", "static"}


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(_message: Message) -> None:
    return None


def test_a_stream_is_no_measure_of_time_and_a_failure_is_counted() -> None:
    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("broken")

    async def all_of_them() -> None:
        await Counting(stream, requests)({"type": "http", "path": "/api/v1/live"}, _receive, _send)
        with pytest.raises(RuntimeError):
            await Counting(broken, requests)({"type": "http", "path": "/"}, _receive, _send)
        await Counting(stream, requests)({"type": "lifespan"}, _receive, _send)

    requests = Requests()
    asyncio.run(all_of_them())
    answered, durations = requests.so_far()
    assert (answered, set(durations)) == ({("api", 200): 1, ("page", 500): 1}, {"page"})
