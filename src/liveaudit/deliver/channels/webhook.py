"""A webhook of one's own: JSON, signed as Standard Webhooks says (standardwebhooks.com).

The signature is over the id, the time and the body, so that a receiver knows who sent it, refuses what is old, and knows
by the id what it has had already.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from liveaudit.deliver.channels.file import plain
from liveaudit.deliver.channels.interface import ChannelError, ChannelKind, Message, Request, Sent
from liveaudit.deliver.channels.posting import JSON, Poster, place
from liveaudit.deliver.shapes import as_json
from liveaudit.settings.shape_of_channel_kinds import WebhookSettings

_PREFIX = "whsec_"
_LEAST = 24
"""Characters of a secret: the least that Standard Webhooks has."""


@dataclass(slots=True)
class WebhookChannel:
    """Posts to one address. ``clock``: Unix seconds."""

    name: str
    url: str
    secret: str
    poster: Poster = field(default_factory=Poster)
    clock: Callable[[], float] = time.time

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        key = _key(await self.poster.secrets.get(self.secret), self.secret)
        body = as_json(payload(message))
        moment = int(self.clock())
        signed = signature(key, message.id, moment, body)
        try:
            await self.poster.post(self.url, body, headers(message, moment, signed))
        except ChannelError:
            self.poster.secrets.forget(self.secret)
            raise
        return Sent()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.poster.aclose()


def payload(message: Message) -> dict[str, Any]:
    """The body: what happened, when, and the message with its findings."""
    data = plain(message)
    return {"type": f"findings.{message.kind.value}", "timestamp": data["made_at"], "data": data}


def headers(message: Message, moment: int, signed: str) -> dict[str, str]:
    """What tells who sent it, and when."""
    return {
        **JSON,
        "webhook-id": message.id,
        "webhook-timestamp": str(moment),
        "webhook-signature": signed,
    }


def signature(key: bytes, identity: str, moment: int, body: bytes) -> str:
    """The value of the header ``webhook-signature``."""
    signed = f"{identity}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _key(secret: str, reference: str) -> bytes:
    """The bytes of a secret: base64 after ``whsec_``, else the text itself. Raises ChannelError."""
    if len(secret) < _LEAST:
        raise ChannelError(
            f"{reference}: the secret is shorter than {_LEAST} characters: take a long random one"
        )
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ChannelError(f"{reference}: what follows {_PREFIX} is no base64") from error


def _build(name: str, settings: WebhookSettings) -> WebhookChannel:
    return WebhookChannel(name, settings.url, settings.secret, Poster(settings.allow, settings.proxy))


def _requests(channel: WebhookChannel, message: Message) -> list[Request]:
    signed = f"v1,<signed with what {channel.secret} holds>"
    made = headers(message, int(channel.clock()), signed)
    return [Request(f"POST {place(channel.url)}", payload(message), made)]


KIND = ChannelKind("webhook", "a webhook of your own", _build, whole=True, most=100, requests=_requests)
