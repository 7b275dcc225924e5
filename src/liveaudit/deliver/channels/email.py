"""E-mail by SMTP: text and HTML, over TLS unless it is said otherwise, to a server whose address is guarded."""

from __future__ import annotations

import asyncio
import email.policy
import email.utils
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

import aiosmtplib

from liveaudit.deliver.channels.guard import RefusedError, connect
from liveaudit.deliver.channels.interface import ChannelError, ChannelKind, Message, Sent
from liveaudit.deliver.channels.secrets import Secrets
from liveaudit.deliver.channels.templates import HTML, TEXT, Wording
from liveaudit.settings.shape_of_channel_kinds import EmailSettings
from liveaudit.text import shown

_PATIENCE = 45.0
"""Seconds for all of a message."""
_GOING = 5.0
_HERE = "liveaudit"


@dataclass(slots=True)
class EmailChannel:
    """Sends to some addresses by one server. ``trusted``: who vouches for its certificate; None: the usual authorities."""

    name: str
    settings: EmailSettings
    secrets: Secrets = field(default_factory=Secrets)
    trusted: ssl.SSLContext | None = None
    patience: float = _PATIENCE
    clock: Callable[[], float] = time.time

    @property
    def wording(self) -> Wording:
        """What it says in plain text."""
        return Wording(TEXT, self.settings.title, self.settings.text)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        made, note = self.mail(message)
        password = await self.secrets.get(self.settings.password) if self.settings.password else ""
        server = f"{self.settings.host}:{self.settings.port}"
        try:
            async with asyncio.timeout(self.patience):
                refused = await self._hand_over(made, password)
        except TimeoutError as error:
            raise ChannelError(f"{server} does not answer in time") from error
        except RefusedError as error:
            raise ChannelError(f"{server} is not reached: {error}") from error
        except aiosmtplib.SMTPAuthenticationError as error:
            self.secrets.forget(self.settings.password)
            raise ChannelError(
                f"{server} does not let {shown(self.settings.user)} in ({error.code}): see whether user and password still hold"
            ) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            told = _refusals({each.recipient: (each.code, each.message) for each in error.recipients})
            raise ChannelError(
                f"{server} takes no recipient: {told}",
                permanent=all(each.code >= 500 for each in error.recipients),
            ) from error
        except aiosmtplib.SMTPResponseException as error:
            raise ChannelError(
                f"{server} answers {error.code}: {shown(error.message[:200])}", permanent=error.code >= 500
            ) from error
        except ssl.SSLError as error:
            raise ChannelError(
                f"{server}: no TLS: {error.reason or error}: see the certificate, or the port"
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChannelError(
                f"{server} cannot be told: {shown(str(error)[:200]) or type(error).__name__}"
            ) from error
        return Sent(receipt=str(made["Message-ID"]), note=note if not refused else f"not taken: {refused}")

    async def _hand_over(self, made: EmailMessage, password: str) -> str:
        """Hand a mail to the server; the recipients that it did not take, in words."""
        settings = self.settings
        connection = await connect(settings.host, settings.port, frozenset(settings.allow))
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            sock=connection,
            use_tls=settings.security == "tls",
            # never only if the server offers it: who is in between would say that it does not
            start_tls=settings.security == "starttls",
            tls_context=self._context(),
            username=settings.user or None,
            password=password or None,
            local_hostname=_HERE,
            timeout=self.patience,
        )
        try:
            await client.connect()
            errors, _ = await client.send_message(made, sender=settings.sender, recipients=list(settings.to))
            # it is taken, whatever the server makes of our going
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_GOING)
        finally:
            transport = client.transport
            client.close()
            if isinstance(transport, asyncio.Transport):
                # TLS would wait for the other side's farewell
                transport.abort()
        return _refusals({who: (each.code, each.message) for who, each in errors.items()})

    def _context(self) -> ssl.SSLContext | None:
        if self.trusted is None and self.settings.security != "none":
            # the usual authorities, which take a while to read: once
            self.trusted = ssl.create_default_context()
        return self.trusted

    def mail(self, message: Message) -> tuple[EmailMessage, str]:
        """The mail, and what was wrong with the channel's own templates. Mails on one finding are of one thread."""
        settings = self.settings
        words = self.wording.of(message)
        made = EmailMessage(policy=email.policy.SMTP)
        made["From"] = settings.sender
        made["To"] = ", ".join(settings.to)
        made["Subject"] = words.plain_title
        made["Date"] = email.utils.formatdate(self.clock())
        domain = settings.sender.rpartition("@")[2]
        made["Message-ID"] = f"<{_word(message.id)}.liveaudit@{domain}>"
        if len(message.findings) == 1 and not message.more:
            made["References"] = f"<finding.{_word(message.findings[0].id)}.liveaudit@{domain}>"
        made["Auto-Submitted"] = "auto-generated"
        made["X-Liveaudit-Kind"] = message.kind.value
        made.set_content(words.text + "\n")
        if not settings.text:
            # a text of one's own is in one form only: its author has not written HTML
            made.add_alternative(_page(Wording(HTML).of(message).text), subtype="html")
        return made, words.note

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.secrets.aclose()


def _page(body: str) -> str:
    return f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body style="font-family: sans-serif">\n{body}\n</body></html>\n'


def _word(identity: str) -> str:
    """An id as it may stand in a header."""
    return "".join(
        each if each.isascii() and (each.isalnum() or each in "-_.") else "-" for each in identity
    )[:120]


def _refusals(refused: dict[str, tuple[int, str]]) -> str:
    return ", ".join(
        f"{shown(who)} ({code} {shown(text[:80])})" for who, (code, text) in sorted(refused.items())
    )


def _build(name: str, settings: EmailSettings) -> EmailChannel:
    return EmailChannel(name, settings)


KIND = ChannelKind("email", "e-mail", _build)
