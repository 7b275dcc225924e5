"""A proxy of HTTP: where nothing else lets requests out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from liveaudit.deliver.channels.interface import ChannelError


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it is. ``headers``: who asks it, which is a secret."""

    url: str
    host: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


def proxy_of(address: str, given: str) -> Proxy:
    """The proxy at an address, as ``http://USER:PASSWORD@proxy.internal:3128``. Raises ChannelError, which tells ``given``."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.query:
        raise ChannelError(
            f"{given}: the proxy's address is not as http://proxy.internal:3128, with USER:PASSWORD@ before the host "
            "where it asks who one is"
        )
    shown_host = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{shown_host}" + (f":{port}" if port else "")
    if parts.username is None:
        return Proxy(url, host)
    who = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return Proxy(url, host, {"Proxy-Authorization": f"Basic {base64.b64encode(who).decode()}"})
