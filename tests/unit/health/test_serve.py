"""The server: its pages and addresses."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest

from liveaudit.health import probes
from liveaudit.health.serve import AddressError, Pages, parse_address, serving
from liveaudit.store.queue_looks import QueueLook


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:9464", ("0.0.0.0", 9464)),  # noqa: S104 - what somebody asks for
        ("localhost:0", ("localhost", 0)),
        ("[::1]:80", ("::1", 80)),
    ],
)
def test_addresses(given: str, expected: tuple[str, int]) -> None:
    assert parse_address(given) == expected


@pytest.mark.parametrize("given", ["", "host", "1:2:3", "65536", "[zz]:1", "[:::]:1", "a b:1", "-1", "1\n"])
def test_no_addresses(given: str) -> None:
    with pytest.raises(AddressError, match="9464"):
        parse_address(given)


def test_pages() -> None:
    wrong = {"alive": "", "ready": "the store\nis away"}
    pages = Pages(lambda: b"m 1\n", lambda: wrong["alive"], lambda: wrong["ready"])
    with serving(("127.0.0.1", 0), pages) as url, httpx.Client(base_url=url, trust_env=False) as client:
        metrics = client.get("/metrics?x=1")
        assert (metrics.status_code, metrics.content) == (200, b"m 1\n")
        assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert client.head("/metrics").content == b""
        assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)
        assert client.get("/readyz").text == "the store\nis away\n"
        assert client.get("/etc/passwd").status_code == 404
        assert client.post("/metrics").status_code == 501
        with (
            pytest.raises(AddressError, match="cannot be listened on"),
            serving(("127.0.0.1", int(url.rsplit(":", 1)[1])), pages),
        ):
            pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz", trust_env=False)


def test_a_stuck_event_loop_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    free = threading.Event()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        assert probes.alive(loop) == ""
        loop.call_soon_threadsafe(free.wait)
        monkeypatch.setattr(probes, "PATIENCE", 0.01)
        assert "had no turn" in probes.alive(loop)
        free.set()
        monkeypatch.setattr(probes, "PATIENCE", 30.0)
        assert probes.alive(loop) == ""
    finally:
        free.set()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_queue_that_was_not_seen_of_late_is_not_told() -> None:
    looks = [
        QueueLook("here/q", 1000.0, waiting=3, in_flight=2, dead_letters=1),
        QueueLook("long-ago/q", 1000.0 - probes.FRESH),
        QueueLook("missing/q", 1000.0, present=False),
        QueueLook("denied/q", 1000.0, reason="AccessDenied"),
    ]
    assert probes.messages(looks, 1000.0) == {
        ("here/q", "waiting"): 3,
        ("here/q", "in flight"): 2,
        ("here/q", "dead letters"): 1,
    }
