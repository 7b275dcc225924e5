"""HTTP to the outside: guarded addresses, no way to other hosts, an end to everything, and no secret in what is told."""

from __future__ import annotations

import email.utils
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp

from liveaudit import __version__
from liveaudit.deliver.channels.guard import RefusedError, literal, refusal
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.deliver.channels.proxy import Proxy
from liveaudit.text import shown

USER_AGENT = f"liveaudit/{__version__}"
_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10, sock_read=20)
MOST = 64 * 1024
"""Bytes of an answer that are read."""
LONGEST_WAIT = 86_400.0
"""Seconds that a receiver may have us wait."""
_REDIRECTS = 3
_PROXY = "the proxy"
_SAME_METHOD = frozenset({307, 308})
_UNFIT = frozenset({400, 405, 406, 411, 413, 414, 415, 422})
"""Answers to a message that is not as the receiver wants it: the same again would get the same."""
_STRANGE = frozenset({401, 403, 404, 407, 410})
"""Answers to an address or a secret that does not hold (any more): it may be set right."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers``: in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Web:
    """Sends requests. ``allow``: hosts that may be private or without TLS. One per event loop; close it when done.

    ``trusted``: who vouches for certificates; None: the usual authorities.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
        clock: Callable[[], float] = time.time,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = frozenset(each.lower() for each in allow)
        self._timeout = timeout
        self._clock = clock
        self._trusted = trusted
        self._sessions: dict[tuple[str, Proxy | None], aiohttp.ClientSession] = {}

    async def aclose(self) -> None:
        """Let go of all connections."""
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.close()

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        hidden: Sequence[str] = (),
        through: Proxy | None = None,
    ) -> Answer:
        """The answer to a POST, if it says that the message was taken. ``hidden``: secrets in it, which the answer may
        repeat. ``through``: a proxy, which then finds the host's address. Raises ChannelError.
        """
        first = _host(url)
        self._check(url, through)
        for _ in range(_REDIRECTS + 1):
            answer = await self._once(url, body, headers, through)
            if answer.status not in _SAME_METHOD:
                break
            onward = urljoin(url, answer.headers.get("location", ""))
            if _origin(onward) != _origin(url):
                raise ChannelError(
                    f"{first} sends on to another host, {shown(_host(onward))}, which is not followed: "
                    "give the address where it ends"
                )
            url = onward
        self._judge(url, answer, hidden)
        return answer

    def _check(self, url: str, through: Proxy | None) -> None:
        parts = urlsplit(url)
        host = _host(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ChannelError(
                "the address is no http:// or https:// address: see where the settings say it is"
            )
        if parts.scheme == "http" and host not in self._allowed:
            raise ChannelError(
                f"{shown(host)} would be told without TLS: take https://, or name the host in the channel's allow"
            )
        address = literal(host) if through else ""
        if address and (reason := refusal(address, host, self._allowed)):
            raise ChannelError(f"{shown(host)} is not reached: {reason}")

    async def _once(self, url: str, body: bytes, headers: Mapping[str, str], through: Proxy | None) -> Answer:
        host = _host(url)
        given = {**headers, "Accept-Encoding": "identity"}
        if through and url.startswith("http:"):
            # there is no tunnel: the proxy reads the request itself
            given.update(through.headers)
        try:
            async with self._session(host, through).post(
                url,
                data=body,
                headers=given,
                allow_redirects=False,
                proxy=through.url if through else None,
                proxy_headers=through.headers if through else None,
            ) as response:
                told = bytearray()
                while len(told) < MOST and (part := await response.content.read(MOST - len(told))):
                    told += part
                given = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, given, bytes(told))
        except TimeoutError as error:
            raise ChannelError(f"{shown(host)} does not answer in time") from error
        except aiohttp.ClientHttpProxyError as error:
            raise ChannelError(_not_let_through(host, through, error.status)) from None
        except aiohttp.ClientProxyConnectionError as error:
            proxy = f"the proxy {through.host}" if through else "the proxy"
            raise ChannelError(_unreached(proxy, error.os_error)) from error
        except aiohttp.ClientConnectorError as error:
            raise ChannelError(_unreached(host, error.os_error)) from error
        except (aiohttp.ClientError, ValueError) as error:
            # the text of the library's errors holds the address, which may be a secret
            raise ChannelError(f"{shown(host)} cannot be reached: {type(error).__name__}") from None

    def _session(self, host: str, through: Proxy | None) -> aiohttp.ClientSession:
        key = (host, through)
        if key not in self._sessions:
            # a proxy is meant, wherever it is; but not on the machine's own link, unless its address is allowed
            reached = _PROXY if through else host
            allowed = self._allowed | {_PROXY} if through else self._allowed
            connector = aiohttp.TCPConnector(
                limit=4,
                socket_factory=partial(_socket, reached, allowed),
                ttl_dns_cache=60,
                ssl=self._trusted or True,
            )
            self._sessions[key] = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"User-Agent": USER_AGENT},
            )
        return self._sessions[key]

    def _judge(self, url: str, answer: Answer, hidden: Sequence[str]) -> None:
        """Raises ChannelError when the answer says that the message was not taken."""
        if 200 <= answer.status < 300:
            return
        host = shown(_host(url))
        words = excerpt(answer.body, url, *hidden)
        told = f"{host} answers {answer.status}" + (f": {words}" if words else "")
        if 300 <= answer.status < 400:
            raise ChannelError(
                f"{told}: it sends elsewhere, which is not followed: give the address where it ends"
            )
        if answer.status in _STRANGE:
            raise ChannelError(f"{told}: see whether the address and the secret of the channel still hold")
        wait = retry_after(answer.headers.get("retry-after", ""), self._clock())
        raise ChannelError(told, retry_after=wait, permanent=answer.status in _UNFIT)


def _socket(host: str, allowed: frozenset[str], info: Any) -> socket.socket:
    """A socket for an address, if that may be reached: called for each that is tried."""
    family, kind, protocol, _, place = info
    if reason := refusal(str(place[0]), host, allowed):
        raise RefusedError(reason)
    return socket.socket(family, kind, protocol)


def _not_let_through(host: str, through: Proxy | None, status: int) -> str:
    told = f"the proxy {shown(through.host) if through else ''} answers {status} when asked for {shown(host)}"
    if status == 407:
        return f"{told}: see whether the user and password in the proxy's address still hold"
    return f"{told}: see that it is allowed there"


def _unreached(host: str, error: OSError) -> str:
    if isinstance(error, RefusedError):
        return f"{shown(host)} is not reached: {error}"
    return f"{shown(host)} cannot be reached: {error.strerror or type(error).__name__}"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "the address").lower()
    except ValueError:
        return "the address"


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", "", None


def excerpt(body: bytes, url: str, *secrets: str) -> str:
    """The beginning of what a receiver says, for people; nothing of the address, which may be a secret, nor of secrets."""
    text = body[:2000].decode("utf-8", "replace")
    parts = urlsplit(url)
    hidden = {url, parts.path, parts.query, parts.password or "", *secrets}
    hidden.update(part for part in re.split("[/&=]", f"{parts.path}&{parts.query}") if len(part) > 4)
    hidden.update([unquote(each) for each in hidden])
    for each in sorted(hidden, key=len, reverse=True):
        if len(each) > 3:
            text = text.replace(each, "***")
    words = " ".join(text.split())
    return shown(words[:200])


def retry_after(value: str, now: float) -> float | None:
    """The seconds that a header Retry-After asks to wait: it has seconds, or a time."""
    if value.isdecimal():
        return min(float(value[:9]), LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, moment - now), LONGEST_WAIT)
