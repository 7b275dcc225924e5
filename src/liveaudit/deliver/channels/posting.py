"""What channels over HTTP share: a secret address or key, a guarded way, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from liveaudit.deliver.channels.interface import ChannelError, unseen
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
    """Posts to where a reference leads. Close it when done."""

    def __init__(
        self, allow: Iterable[str] = (), *, web: Web | None = None, secrets: Secrets | None = None
    ) -> None:
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

    async def post_json(self, given: str, value: Mapping[str, Any]) -> Answer:
        """Post JSON to an address or where its reference leads. Raises ChannelError."""
        url = await self.address(given)
        try:
            return await self.web.post(url, as_json(value), JSON)
        except ChannelError:
            # it may have been changed where it is kept
            self.secrets.forget(given)
            raise
