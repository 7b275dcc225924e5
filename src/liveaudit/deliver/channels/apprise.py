"""Whatever apprise reaches (chats, SMS, phones): needs ``liveaudit[apprise]``.

apprise makes its own requests: it is told to follow no redirects, and its host is held against the guard before; what the
name leads to between that and the request is not seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from liveaudit.deliver.channels.guard import refusal
from liveaudit.deliver.channels.interface import ChannelError, ChannelKind, Message, Sent
from liveaudit.deliver.channels.secrets import Secrets
from liveaudit.deliver.channels.templates import TEXT, Wording
from liveaudit.settings.shape_of_channel_kinds import AppriseSettings
from liveaudit.text import shown

_PATIENCE = 60.0


@dataclass(slots=True)
class AppriseChannel:
    """Sends to what one URL of apprise's means."""

    name: str
    url: str
    wording: Wording
    allow: Iterable[str] = ()
    secrets: Secrets = field(default_factory=Secrets)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        # its plugins are loaded at the first time, which takes seconds
        target = await asyncio.to_thread(self._target, await self.secrets.get(self.url))
        await self._guard(target)
        words = self.wording.of(message)
        try:
            async with asyncio.timeout(_PATIENCE):
                done = await asyncio.to_thread(target.notify, body=words.text, title=words.plain_title)
        except TimeoutError as error:
            raise ChannelError(f"{self.url}: apprise does not end in time") from error
        except Exception as error:  # noqa: BLE001 - of more than a hundred plugins
            # the text may hold the URL, which is a secret
            raise ChannelError(f"{self.url}: apprise fails: {type(error).__name__}") from None
        if not done:
            self.secrets.forget(self.url)
            raise ChannelError(
                f"{self.url}: apprise says that it was not taken, and not why: try the URL with apprise's own command"
            )
        return Sent(note=words.note)

    def _target(self, url: str) -> Any:
        try:
            import apprise
        except ImportError as error:
            raise ChannelError("apprise is not installed: install liveaudit[apprise]") from error
        asset = apprise.AppriseAsset(app_id="liveaudit", http_redirects=False, async_mode=False)
        made = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if made is None:
            raise ChannelError(f"{self.url}: apprise does not understand this URL: see its documentation")
        return made

    async def _guard(self, target: Any) -> None:
        """Raises ChannelError when the host of a URL is none that may be reached."""
        if not any("{host}" in str(each) for each in getattr(target, "templates", ())):
            return  # a service with addresses of its own; what stands in the place of a host is a secret
        host = str(getattr(target, "host", None) or "")
        allowed = frozenset(each.lower() for each in self.allow)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None)
        except OSError as error:
            raise ChannelError(f"{shown(host)} has no address: {error.strerror}") from error
        for each in found:
            if reason := refusal(str(each[4][0]), host, allowed):
                raise ChannelError(f"{shown(host)} is not reached: {reason}")

    async def aclose(self) -> None:
        """Nothing is kept open."""
        await self.secrets.aclose()


def _build(name: str, settings: AppriseSettings) -> AppriseChannel:
    return AppriseChannel(name, settings.url, Wording(TEXT, settings.title, settings.text), settings.allow)


KIND = ChannelKind("apprise", "whatever apprise reaches", _build)
