"""Requests through a proxy of HTTP: what the guard promises all the same, and that its password is told to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from liveaudit.deliver.channels import KINDS
from liveaudit.deliver.channels.guard import literal
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.deliver.channels.proxy import proxy_of
from liveaudit.deliver.channels.web import MOST, Answer, Web
from liveaudit.settings.shape_of_channel_kinds import (
    PagerDutySettings,
    SlackSettings,
    TeamsSettings,
    WebhookSettings,
)
from tests.support.peers import Peer, certificate, peer
from tests.support.proxies import Proxy, proxy
from tests.unit.deliver.channels.messages import message

HOST = "hooks.example.com"
URL = f"https://{HOST}/s3cr3t"
WHO = "audit:s3cr3t-word"


def port(given: Peer) -> int:
    return int(given.url.rpartition(":")[2])


def through(
    folder: Path,
    *answers: web.Response,
    url: str = URL,
    stalls: bool = False,
    given: Callable[[Proxy], str] = lambda made: made.url,
    made: Proxy | None = None,
    tls: bool = True,
    **options: Any,
) -> tuple[Answer | ChannelError, Proxy, Peer]:
    """What comes of a request to a peer of that name that only the proxy knows, and what both of them got."""
    server, trusted = certificate(folder, HOST)

    async def post() -> tuple[Answer | ChannelError, Proxy, Peer]:
        async with (
            peer(*answers, stalls=stalls, tls=server if tls else None) as there,
            proxy(made or Proxy()) as by,
        ):
            by.leads = by.leads or {HOST: port(there)}
            one = Web(**{"trusted": trusted, **options})
            try:
                came = await one.post(url, b"{}", {"X-Ours": "1"}, through=proxy_of(given(by), "env:PROXY"))
            except ChannelError as error:
                return error, by, there
            finally:
                await one.aclose()
            return came, by, there

    return asyncio.run(post())


def test_a_proxy_makes_a_tunnel_and_sees_nothing_of_what_is_told(tmp_path: Path) -> None:
    came, by, there = through(tmp_path, web.Response(text="taken"))
    assert isinstance(came, Answer)
    assert came.body == b"taken"
    assert by.asked == [f"CONNECT {HOST}:443 HTTP/1.1"]
    [taken] = there.taken
    assert (taken.path, taken.headers["x-ours"]) == ("/s3cr3t", "1")


def test_it_asks_who_one_is(tmp_path: Path) -> None:
    came, _, there = through(
        tmp_path,
        made=Proxy(password=WHO),
        given=lambda by: by.url.replace("http://", f"http://{WHO.replace('-', '%2D')}@"),
    )
    assert isinstance(came, Answer)
    assert "proxy-authorization" not in there.taken[0].headers
    came, _, there = through(
        tmp_path, made=Proxy(password="another"), given=lambda by: by.url.replace("http://", f"http://{WHO}@")
    )
    assert isinstance(came, ChannelError)
    assert "answers 407" in str(came)
    assert "s3cr3t" not in str(came)
    assert not came.permanent
    assert not there.taken


def test_what_it_does_not_let_through_is_told(tmp_path: Path) -> None:
    came, by, _ = through(tmp_path, made=Proxy(leads={"elsewhere.example.com": 1}))
    assert isinstance(came, ChannelError)
    assert str(came) == f"the proxy 127.0.0.1 answers 403 when asked for {HOST}: see that it is allowed there"
    assert len(by.asked) == 1


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "10.0.0.7",
        "127.0.0.1",
        "127.1",
        "2852039166",
        "0xa9fea9fe",
        "localhost",
        "hooks.localhost",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
    ],
)
def test_an_address_that_may_not_be_reached_is_not_asked_for(tmp_path: Path, host: str) -> None:
    came, by, _ = through(tmp_path, url=f"https://{host}/latest/meta-data/")
    assert isinstance(came, ChannelError)
    assert "is not reached" in str(came)
    assert not by.asked


def test_names_are_no_addresses() -> None:
    assert [literal(each) for each in ("hooks.example.com", "a1", "localhost.example.com", "")] == [""] * 4
    assert literal("93.184.216.34") == "93.184.216.34"


@pytest.mark.parametrize("address", ["http://169.254.169.254", "http://[fd00:ec2::254]:3128"])
def test_the_proxy_itself_is_none_of_the_machines_own_link(tmp_path: Path, address: str) -> None:
    came, _, there = through(tmp_path, given=lambda _by: address)
    assert isinstance(came, ChannelError)
    assert "the proxy" in str(came)
    assert "is not reached" in str(came)
    assert not there.taken


def test_redirects_to_other_hosts_are_not_followed(tmp_path: Path) -> None:
    def onward(location: str) -> web.Response:
        return web.Response(status=307, headers={"Location": location})

    came, by, there = through(tmp_path, onward("/elsewhere"), web.Response(text="taken"))
    assert isinstance(came, Answer)
    assert [each.path for each in there.taken] == ["/s3cr3t", "/elsewhere"]
    for location in ("https://evil.example.com/", f"http://{HOST}/", "https://169.254.169.254/"):
        came, by, there = through(tmp_path, onward(location))
        assert isinstance(came, ChannelError)
        assert "is not followed" in str(came)
        assert len(there.taken) == 1
        assert all(HOST in each for each in by.asked)


def test_nobody_is_waited_for_without_end(tmp_path: Path) -> None:
    brief = aiohttp.ClientTimeout(total=0.5)
    for receiver, one in ((True, Proxy()), (False, Proxy(stalls=True))):
        came, by, _ = through(tmp_path, timeout=brief, stalls=receiver, made=one)
        assert isinstance(came, ChannelError)
        assert "in time" in str(came)
        assert by.asked


def test_an_endless_answer_is_not_read_to_its_end(tmp_path: Path) -> None:
    came, _, _ = through(tmp_path, web.Response(body=b"x" * (MOST * 4)))
    assert isinstance(came, Answer)
    assert len(came.body) == MOST


def test_a_certificate_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """The proxy, or who sits there, cannot stand in for the receiver."""
    came, by, there = through(tmp_path, trusted=None)
    assert isinstance(came, ChannelError)
    assert by.asked
    assert not there.taken
    assert "s3cr3t" not in str(came)


def test_without_tls_only_who_is_named_is_told(tmp_path: Path) -> None:
    def plain(*allow: str) -> tuple[Answer | ChannelError, Proxy, Peer]:
        return through(
            tmp_path,
            url=f"http://{HOST}/hook",
            tls=False,
            allow=allow,
            made=Proxy(password=WHO),
            given=lambda by: by.url.replace("http://", f"http://{WHO}@"),
        )

    came, by, _ = plain()
    assert isinstance(came, ChannelError)
    assert "without TLS" in str(came)
    assert not by.asked
    came, by, there = plain(HOST)
    assert isinstance(came, Answer)
    assert by.asked == [f"POST http://{HOST}/hook HTTP/1.1"]
    assert "proxy-authorization" not in there.taken[0].headers


def test_a_proxy_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    came, _, _ = through(tmp_path, given=lambda _by: "http://127.0.0.1:9")
    assert isinstance(came, ChannelError)
    assert str(came).startswith("the proxy 127.0.0.1 cannot be reached")


@pytest.mark.parametrize(
    "address",
    ["socks5://s3cr3t@proxy", "proxy:3128", "http://s3cr3t:s3cr3t@", "http://[s3cr3t", "http://p/?s3cr3t"],
)
def test_an_address_that_is_none_is_not_told(address: str) -> None:
    with pytest.raises(ChannelError, match="env:PROXY: the proxy's address") as raised:
        proxy_of(address, "env:PROXY")
    assert "s3cr3t" not in str(raised.value)
    assert "s3cr3t" not in repr(proxy_of("http://ann:s3cr3t@proxy.internal:3128", "env:PROXY"))


KINDS_OF_HTTP: dict[str, Any] = {
    "slack": SlackSettings(url="env:ADDRESS", proxy="env:PROXY"),
    "teams": TeamsSettings(url="env:ADDRESS", proxy="env:PROXY"),
    "pagerduty": PagerDutySettings(key="env:SECRET", proxy="env:PROXY"),
    "webhook": WebhookSettings(url="env:ADDRESS", secret="env:SECRET", proxy="env:PROXY"),
}


@pytest.mark.parametrize("kind", list(KINDS_OF_HTTP))
def test_every_channel_of_http_goes_by_its_proxy(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS", URL)
    monkeypatch.setenv("SECRET", "long enough to protect anything")

    async def send() -> tuple[Proxy, str]:
        async with proxy(Proxy(leads={"nobody": 1})) as by:
            monkeypatch.setenv("PROXY", by.url)
            one = KINDS[kind].build(kind, KINDS_OF_HTTP[kind])
            with pytest.raises(ChannelError) as raised:
                await one.send(message())
            await one.aclose()
            return by, str(raised.value)

    by, told = asyncio.run(send())
    host = "events.pagerduty.com" if kind == "pagerduty" else HOST
    assert by.asked == [f"CONNECT {host}:443 HTTP/1.1"]
    assert "see that it is allowed there" in told
