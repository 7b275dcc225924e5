"""What people are sent: Slack, Teams and e-mail, by real peers on loopback."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from liveaudit.deliver.channels import KINDS
from liveaudit.deliver.channels.email import EmailChannel
from liveaudit.deliver.channels.interface import Channel, ChannelError, Message, Sent
from liveaudit.deliver.channels.slack import sections
from liveaudit.settings.shape_of_channel_kinds import EmailSettings, SlackSettings, TeamsSettings
from tests.support.peers import Peer, certificate, peer
from tests.unit.deliver.channels.messages import hostile_messages, message, told

HERE = ("127.0.0.1",)
LONG = message(*[told(reason=f"{number} " + "<&> " * 90) for number in range(100)], title="t" * 900)


def slack(url: str, **more: Any) -> Channel:
    return KINDS["slack"].build("team", SlackSettings(url=url, allow=HERE, **more))


def teams(url: str, **more: Any) -> Channel:
    return KINDS["teams"].build("team", TeamsSettings(url=url, allow=HERE, **more))


def sent(
    build: Callable[..., Channel],
    monkeypatch: pytest.MonkeyPatch,
    *messages: Message,
    answers: tuple[web.Response, ...] = (),
    **more: Any,
) -> tuple[Peer, list[Sent | ChannelError]]:
    """What a peer gets of messages, and what comes of each."""

    async def send() -> tuple[Peer, list[Sent | ChannelError]]:
        async with peer(*answers) as given:
            monkeypatch.setenv("URL", f"{given.url}/services/T1/s3cr3t")
            one = build("env:URL", **more)
            came = [await _came(one.send(each)) for each in messages]
            await one.aclose()
            return given, came

    return asyncio.run(send())


async def _came(sending: Awaitable[Sent]) -> Sent | ChannelError:
    try:
        return await sending
    except ChannelError as error:
        return error


def test_slack_gets_a_title_and_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    given, came = sent(slack, monkeypatch, message())
    assert came == [Sent()]
    body = msgspec.json.decode(given.taken[0].body)
    assert given.taken[0].headers["content-type"] == "application/json"
    assert body["text"] == "1 finding opened"
    assert body["blocks"][0]["text"] == {"type": "plain_text", "text": "1 finding opened", "emoji": False}
    assert "shop-photos" in body["blocks"][1]["text"]["text"]


def test_slack_s_limits_are_kept_and_nothing_hostile_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    given, came = sent(slack, monkeypatch, LONG, *hostile_messages())
    assert all(isinstance(each, Sent) for each in came)
    for each in given.taken:
        assert each.body.isascii()
        header, *others = msgspec.json.decode(each.body)["blocks"]
        assert 0 < len(header["text"]["text"]) <= 150
        assert 0 < len(others) <= 49
        assert all(0 < len(one["text"]["text"]) <= 3_000 and one["text"]["verbatim"] for one in others)


@pytest.mark.parametrize(
    "text", ["", "a", "a\n\nb", "x" * 25, ("y" * 7 + "\n") * 9, "a b " * 20 + "\n\n" + "z" * 11]
)
def test_nothing_is_lost_between_sections(text: str) -> None:
    parts = sections(text, 10)
    assert all(0 < len(each) <= 10 for each in parts)
    assert "".join("".join(parts).split()) == ("".join(text.split()) or "-")


def test_teams_gets_a_card_in_which_nothing_is_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    given, came = sent(teams, monkeypatch, message(), LONG, *hostile_messages())
    assert all(isinstance(each, Sent) for each in came)
    for each in given.taken:
        assert len(each.body) <= 28_000
        body = msgspec.json.decode(each.body)
        assert body["type"] == "message"
        [attached] = body["attachments"]
        assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
        card = attached["content"]
        # TextBlock would take Markdown
        assert {one["type"] for one in card["body"]} == {"RichTextBlock"}
        assert {run["type"] for one in card["body"] for run in one["inlines"]} == {"TextRun"}
    first = msgspec.json.decode(given.taken[0].body)["attachments"][0]["content"]
    assert first["actions"] == [{"type": "Action.OpenUrl", "title": "Open the finding", "url": told().link}]
    assert "shop-photos" in first["body"][1]["inlines"][0]["text"]


@pytest.mark.parametrize("build", [slack, teams])
def test_a_template_of_one_s_own_is_used_and_one_that_fails_is_told(
    build: Callable[..., Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    given, came = sent(
        build, monkeypatch, message(), title="Look: {{ finding.title }}", text="{{ finding.nosuch }}"
    )
    assert b"Look: The bucket" in given.taken[0].body
    assert b"everybody may read it" in given.taken[0].body
    [only] = came
    assert isinstance(only, Sent)
    assert "own template was not used" in only.note


@pytest.mark.parametrize("build", [slack, teams])
def test_what_is_not_taken_is_told_without_the_secret(
    build: Callable[..., Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = web.Response(status=429, headers={"Retry-After": "30"})
    unfit = web.Response(status=400, text="invalid_payload at /services/T1/s3cr3t")
    gone = web.Response(status=404, text="no_service")
    _, came = sent(build, monkeypatch, *[message()] * 4, answers=(busy, unfit, gone))
    first, second, third, fourth = came
    assert isinstance(first, ChannelError)
    assert (first.retry_after, first.permanent) == (30.0, False)
    assert isinstance(second, ChannelError)
    assert second.permanent
    assert "invalid_payload" in str(second)
    assert isinstance(third, ChannelError)
    assert not third.permanent
    assert isinstance(fourth, Sent)
    assert "s3cr3t" not in str(came)


# ------------------------------------------------------------------------------------------------------------- e-mail


@dataclass
class Post:
    """Takes mails. ``refuses``: what it says to a recipient; ``broken``: to a mail; ``stalls``: never answers one."""

    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    broken: str = ""
    stalls: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.stalls:
            await self.over.wait()
        if self.broken:
            return self.broken
        made = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(made, EmailMessage)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, made))
        return "250 OK"


def mailed(
    given: Post, *messages: Message, server: dict[str, Any] | None = None, **more: Any
) -> Sent | ChannelError:
    """What comes of the last of these mails, or of one. ``server``: how the server is; ``more``: settings."""
    options = dict(server or {})
    tls = options.pop("ssl_context", None)

    async def send() -> Sent | ChannelError:
        def protocol() -> SMTP:
            serving.append(SMTP(given, hostname="post.example.com", loop=loop, **options))
            return serving[-1]

        serving: list[SMTP] = []
        loop = asyncio.get_running_loop()
        running = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
        one = mailer(running.sockets[0].getsockname()[1], **more)
        try:
            came = [await _came(one.send(each)) for each in messages or (message(),)]
            await one.aclose()
        finally:
            given.over.set()
            running.close()
            for each in serving:
                for transport in (each.transport, each._original_transport):
                    if isinstance(transport, asyncio.Transport):
                        transport.abort()
            await asyncio.sleep(0.05)
        return came[-1]

    return asyncio.run(send())


def mailer(listens: int, **more: Any) -> EmailChannel:
    settings: dict[str, Any] = {
        "host": "localhost",
        "port": listens,
        "security": "none",
        "sender": "audit@example.com",
        "to": ("ann@example.com", "bob@example.com"),
        "allow": ("localhost",),
    }
    trusted = more.pop("trusted", None)
    patience = more.pop("patience", 10.0)
    return EmailChannel("mail", EmailSettings(**(settings | more)), trusted=trusted, patience=patience)


def not_mailed(given: Post, **more: Any) -> ChannelError:
    came = mailed(given, **more)
    assert isinstance(came, ChannelError)
    return came


def parts(made: EmailMessage) -> tuple[str, str]:
    plain, rich = made.get_body(("plain",)), made.get_body(("html",))
    assert plain is not None
    return plain.get_content(), rich.get_content() if rich else ""


def test_a_mail_is_text_and_html_in_a_thread_of_the_finding() -> None:
    given = Post()
    came = mailed(given)
    assert isinstance(came, Sent)
    [(sender, to, made)] = given.taken
    assert (sender, to) == ("audit@example.com", ["ann@example.com", "bob@example.com"])
    assert made["Subject"] == "1 finding opened"
    assert made["Message-ID"] == came.receipt == f"<{message().id}.liveaudit@example.com>"
    assert told().id in made["References"]
    assert made["Auto-Submitted"] == "auto-generated"
    plain, rich = parts(made)
    assert "Where: shop-photos" in plain
    assert "<code>shop-photos</code>" in rich


def test_no_hostile_text_makes_a_header() -> None:
    given = Post()
    many = [
        message(
            *each.findings,
            title=f"x\r\nBcc: eve@example.com\n\n{each.findings[0].reason}",
            id=each.findings[0].reason,
        )
        for each in hostile_messages()
    ]
    mailed(given, *many)
    assert len(given.taken) == len(many)
    for _, to, made in given.taken:
        assert to == ["ann@example.com", "bob@example.com"]
        assert "Bcc" not in made
        assert len(made.get_all("Subject", [])) == 1
        assert "Where: " in parts(made)[0]


def test_a_text_of_one_s_own_is_the_only_one() -> None:
    given = Post()
    mailed(given, title="{{ finding.severity }}!", text="<b>{{ finding.reason }}</b>")
    [(_, _, made)] = given.taken
    assert made["Subject"] == "critical!"
    assert parts(made)[0].strip() == "<b>everybody may read it</b>"
    assert parts(made)[1] == ""


def test_the_connection_is_secured_as_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, client = certificate(tmp_path)
    monkeypatch.setenv("PASSWORD", "hunter2-hunter2")
    signed_in: list[str] = []

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        signed_in.append(given.login.decode())
        return AuthResult(success=given.password == b"hunter2-hunter2", handled=False)

    given = Post()
    account = {"user": "audit", "password": "env:PASSWORD", "trusted": client}
    demanding = {"authenticator": check, "auth_required": True, "tls_context": server}
    mailed(given, server=demanding, security="starttls", **account)
    monkeypatch.setenv("PASSWORD", "wrong-wrong")
    error = not_mailed(given, server=demanding, security="starttls", **account)
    assert "does not let audit in" in str(error)
    assert "wrong-wrong" not in str(error)
    assert not error.permanent
    monkeypatch.setenv("PASSWORD", "hunter2-hunter2")
    wrapped = {"authenticator": check, "auth_require_tls": False, "ssl_context": server}
    mailed(given, server=wrapped, security="tls", **account)
    assert len(given.taken) == 2
    assert set(signed_in) == {"audit"}


def test_a_server_that_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    given = Post()
    error = not_mailed(given, server={"tls_context": server}, security="starttls")
    assert "localhost" in str(error)
    assert "certificate" in str(error).lower()
    assert not given.taken


def test_a_server_without_starttls_is_told_nothing() -> None:
    given = Post()
    error = not_mailed(given, security="starttls")
    assert not given.taken
    assert "STARTTLS" in str(error)


def test_recipients_that_are_refused() -> None:
    given = Post(refuses={"bob@example.com": "550 nobody here\x1b"})
    came = mailed(given)
    assert isinstance(came, Sent)
    assert "bob@example.com (550 nobody here" in came.note
    assert [to for _, to, _ in given.taken] == [["ann@example.com"]]
    given.refuses["ann@example.com"] = "450 later"
    assert not not_mailed(given).permanent
    given.refuses["ann@example.com"] = "550 gone"
    assert not_mailed(given).permanent


@pytest.mark.parametrize(("answer", "permanent"), [("451 busy", False), ("554 no spam", True)])
def test_what_a_mail_server_says(answer: str, permanent: bool) -> None:
    error = not_mailed(Post(broken=answer))
    assert error.permanent == permanent
    assert answer[4:] in str(error)


def test_a_mail_server_that_is_private_stalls_or_is_not_there() -> None:
    assert "in time" in str(not_mailed(Post(stalls=True), patience=0.3))
    assert "allow" in str(not_mailed(Post(), allow=()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert not not_mailed(Post(), port=free.getsockname()[1]).permanent
