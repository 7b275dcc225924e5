"""What channels over HTTP share: a secret address or key, a guarded way, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from liveaudit.deliver.channels.interface import ChannelError, unseen
from liveaudit.deliver.channels.proxy import proxy_of
from liveaudit.deliver.channels.secrets import Secrets
from liveaudit.deliver.channels.web import Answer, Web
from liveaudit.deliver.shapes import as_json

_ADDRESSES = ("https://", "http://")
JSON = {"Content-Type": "application/json"}


def place(given: str) -> str:
    """Where an address leads, as far as that is no secret: of an address its host, else where it is kept."""
    if not given.startswith(_ADDRESSES):
        return unseen(given)
    parts = urlsplit(given)
    host = parts.netloc.rpartition("@")[2]
    return (
        f"{parts.scheme}://{host}/***" if parts.path.strip("/") or parts.query else f"{parts.scheme}://{host}"
    )


class Poster:
    """Posts to where a reference leads, by a proxy if one is given (or where it stands). Close it when done."""

    def __init__(
        self,
        allow: Iterable[str] = (),
        proxy: str = "",
        *,
        web: Web | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        self.proxy = proxy
        self.web = web or Web(allow)
        self.secrets = secrets or Secrets()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.web.aclose()
        await self.secrets.aclose()

    async def address(self, given: str) -> str:
        """An address: as given, or where its reference leads. Raises ChannelError."""
        if given.startswith(_ADDRESSES):
            return given
        return await self.secrets.get(given)

    async def post(
        self, given: str, body: bytes, headers: Mapping[str, str], *, hidden: Sequence[str] = ()
    ) -> Answer:
        """Post to an address or where its reference leads. Raises ChannelError."""
        url = await self.address(given)
        through = proxy_of(await self.address(self.proxy), self.proxy) if self.proxy else None
        try:
            return await self.web.post(url, body, headers, hidden=hidden, through=through)
        except ChannelError:
            # they may have been changed where they are kept
            self.secrets.forget(given)
            self.secrets.forget(self.proxy)
            raise

    async def post_json(self, given: str, value: Mapping[str, Any]) -> Answer:
        """Post JSON, the same way."""
        return await self.post(given, as_json(value), JSON)
