"""Requests to the outside: where they may go, what answers mean, and that no secret is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from liveaudit.deliver.channels.guard import connect, refusal
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.deliver.channels.web import Answer, Web, retry_after
from tests.support.peers import Peer, peer

NOW = 1_790_000_000.0
HERE = ("127.0.0.1",)


def posted(given: Peer, path: str = "", **changed: Any) -> Awaitable[Answer]:
    async def post() -> Answer:
        options: dict[str, Any] = {"allow": HERE, "clock": lambda: NOW}
        one = Web(**(options | changed))
        try:
            return await one.post(given.url + path, b"{}", {"Content-Type": "application/json"})
        finally:
            await one.aclose()

    return post()


def refused(
    *answers: web.Response, path: str = "/hook", stalls: bool = False, **changed: Any
) -> ChannelError:
    """How a peer that answers so is told."""

    async def ask() -> ChannelError:
        async with peer(*answers, stalls=stalls) as given:
            with pytest.raises(ChannelError) as raised:
                await posted(given, path, **changed)
            return raised.value

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - to be refused
        "224.0.0.1",
        "::1",
        "::",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "no address",
    ],
)
def test_addresses_that_are_not_public_are_refused_unless_their_host_is_named(address: str) -> None:
    assert refusal(address, "hooks.example.com", frozenset())
    if address != "no address":
        assert not refusal(address, "Hooks.Example.com", frozenset({"hooks.example.com"}))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "169.254.7.7"]
)
def test_the_cloud_s_own_addresses_are_refused_whatever_the_host_is_called(address: str) -> None:
    named = frozenset({"hooks.example.com"})
    assert "metadata" in refusal(address, "hooks.example.com", named)
    assert "metadata" in refusal("::ffff:169.254.169.254", "hooks.example.com", named)
    assert not refusal(address, "hooks.example.com", frozenset({address.partition("%")[0]}))


def test_public_addresses_are_reached() -> None:
    assert not refusal("93.184.216.34", "example.com", frozenset())
    assert not refusal("2606:2800:220:1::1", "example.com", frozenset())


def test_a_name_that_leads_to_this_machine_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        async with peer() as given:
            port = given.url.rpartition(":")[2]
            for host in ("localhost", "127.0.0.1", "[::ffff:127.0.0.1]"):
                one = Web()
                with pytest.raises(ChannelError, match="is not reached"):
                    await one.post(f"https://{host}:{port}/", b"", {})
                await one.aclose()
            assert not given.taken

    asyncio.run(ask())


def test_a_name_that_leads_elsewhere_later_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is the address at the moment of connecting: the name was allowed, metadata is not."""

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        first = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]

        async def resolved(*_given: Any, **_named: Any) -> Any:
            return first

        monkeypatch.setattr(loop, "getaddrinfo", resolved)
        one = Web(["hooks.example.com"])
        with pytest.raises(ChannelError, match=r"169\.254\.169\.254"):
            await one.post("http://hooks.example.com/", b"", {})
        await one.aclose()
        with pytest.raises(OSError, match="metadata"):
            await connect("hooks.example.com", 25, frozenset({"hooks.example.com"}))

    asyncio.run(ask())


def test_without_tls_only_who_is_named_is_told() -> None:
    assert "without TLS" in str(refused(allow=()))
    assert "no http" in str(refused_address("ftp://example.com/secret"))
    assert "no http" in str(refused_address("https:///nowhere"))


def refused_address(url: str) -> ChannelError:
    async def ask() -> ChannelError:
        one = Web()
        with pytest.raises(ChannelError) as raised:
            await one.post(url, b"", {})
        return raised.value

    return asyncio.run(ask())


def test_a_redirect_is_followed_on_the_same_host_alone() -> None:
    async def ask() -> None:
        async with peer() as other, peer() as given:
            onward = web.Response(status=308, headers={"Location": "/there"})
            away = web.Response(status=307, headers={"Location": f"{other.url}/there"})
            given.answers = [onward, web.Response(text="done"), away]
            assert (await posted(given, "/here")).body == b"done"
            assert [each.path for each in given.taken] == ["/here", "/there"]
            assert given.taken[1].body == b"{}"
            with pytest.raises(ChannelError, match="not followed"):
                await posted(given, "/here")
            assert not other.taken

    asyncio.run(ask())


@pytest.mark.parametrize("status", [301, 302, 303])
def test_other_redirects_are_not_followed(status: int) -> None:
    error = refused(web.Response(status=status, headers={"Location": "/there"}))
    assert "not followed" in str(error)
    assert not error.permanent


def test_redirects_without_end_end() -> None:
    assert "308" in str(refused(*[web.Response(status=308, headers={"Location": "/"}) for _ in range(9)]))


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        (400, True),
        (401, False),
        (403, False),
        (404, False),
        (410, False),
        (413, True),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_what_answers_mean(status: int, permanent: bool) -> None:
    error = refused(web.Response(status=status, text="no\x1b[31m way"))
    assert error.permanent == permanent
    assert str(status) in str(error)
    assert "\\u001b" in str(error)
    assert error.retry_after is None


def test_a_receiver_says_how_long_to_wait() -> None:
    error = refused(web.Response(status=429, headers={"Retry-After": "17"}))
    assert (error.retry_after, error.permanent) == (17.0, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("99999999999999", 86_400.0),
        ("Mon, 21 Sep 2026 14:15:20 GMT", 120.0),
        ("Mon, 21 Sep 1998 14:15:20 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Mon, 99 Sep 2026 14:15:20 GMT", None),
    ],
)
def test_how_long_to_wait(value: str, expected: float | None) -> None:
    assert retry_after(value, 1_790_000_000.0) == expected


def test_who_stalls_is_given_up() -> None:
    error = refused(stalls=True, timeout=aiohttp.ClientTimeout(total=0.1))
    assert "in time" in str(error)
    assert not error.permanent


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    error = refused(web.Response(status=500, body=b"x" * 3_000_000))
    assert len(str(error)) < 400


def test_who_is_not_there_is_tried_again() -> None:
    async def ask() -> ChannelError:
        async with peer() as given:
            pass
        with pytest.raises(ChannelError) as raised:
            await posted(given)
        return raised.value

    error = asyncio.run(ask())
    assert "cannot be reached" in str(error)
    assert not error.permanent


def test_nothing_of_a_secret_address_is_told() -> None:
    """Receivers repeat what they were sent."""
    path = "/services/T0001/s3cr3t-t0ken?key=an0ther%20one"
    told = web.Response(status=500, text=f"failed: {path} s3cr3t-t0ken, an0ther one")
    for answers, changed in (((told,), {}), ((), {"allow": ()}), ((), {"stalls": True})):
        error = refused(*answers, path=path, **_quick(changed))
        for secret in ("s3cr3t-t0ken", "an0ther", "T0001"):
            assert secret not in str(error), error


def _quick(changed: dict[str, Any]) -> dict[str, Any]:
    return changed | ({"timeout": aiohttp.ClientTimeout(total=0.1)} if "stalls" in changed else {})
