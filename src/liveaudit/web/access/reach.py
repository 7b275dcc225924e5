"""From where the console is reached: its own address, proxies before it, and what a request claims of both."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from liveaudit.model import LiveauditError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_MOST_HOPS = 20


class ReachError(LiveauditError):
    """An option that says how the console is reached is wrong, or it would be open to all."""


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an address, as browsers tell it; None for what is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    name = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + ("" if port in (None, usual) else f":{port}")


def host_name(host: str) -> str | None:
    """The name in a Host header, without port; None for what is none."""
    if not host or len(host) > 260 or any(each in host for each in "/\\@?#, \t"):
        return None
    try:
        parts = urlsplit(f"//{host}")
        # asks for the port, so that a wrong one is found
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname


def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.strip().split("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped if isinstance(mapped, ipaddress.IPv4Address) else found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach this host."""
    found = _address(host)
    return host == "localhost" or (found is not None and found.is_loopback)


@dataclass(frozen=True, slots=True)
class Reach:
    """How the console is reached. ``url``: from outside, where a proxy stands before it; ``proxies``: whom it believes."""

    url: str = ""
    proxies: tuple[Network, ...] = LOOPBACK

    @property
    def origin(self) -> str:
        """The origin from outside; empty without a proxy."""
        return (origin_of(self.url) or "") if self.url else ""

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS."""
        return self.url.startswith("https:")

    def knows_host(self, host: str) -> bool:
        """Whether a Host header is one of ours: else a page elsewhere could have its own name lead to us.

        An address cannot be led anywhere else than where it leads.
        """
        name = host_name(host)
        if name is None:
            return False
        if name == "localhost" or _address(name) is not None:
            return True
        return bool(self.url) and name == urlsplit(self.url).hostname

    def own_origin(self, host: str) -> str:
        """The origin under which a browser knows us, by the Host header of its request."""
        return self.origin or (origin_of(f"http://{host}") or "")

    def same_origin(self, origin: str, host: str) -> bool:
        """Whether a request's Origin is a page of ours."""
        found = origin_of(origin)
        return found is not None and found in {self.origin, origin_of(f"http://{host}")}

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """The address of who asks: the last in X-Forwarded-For that no proxy of ours has, else the peer itself.

        What stands before that in the header anybody may have written, so it is not looked at.
        """
        here = _address(peer)
        if not self.url or here is None or not self._is_proxy(here):
            return peer[:64] if here is None else str(here)
        hops = [each for line in forwarded for each in line.split(",")][-_MOST_HOPS:]
        for hop in reversed(hops):
            told = _address(hop)
            if told is None:
                break
            here = told
            if not self._is_proxy(told):
                break
        return str(here)

    def _is_proxy(self, address: Address) -> bool:
        return any(address in each for each in self.proxies if each.version == address.version)


def who_tries(address: str) -> str:
    """The address whose tries are counted together: IPv6 hands out whole networks to one household."""
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def make_reach(url: str, proxies: Sequence[str]) -> Reach:
    """What the options say. Raises ReachError."""
    if not url:
        if proxies:
            raise ReachError("--trusted-proxy: says whom to believe, but there is no --behind-proxy URL")
        return Reach()
    parts = urlsplit(url)
    origin = origin_of(url)
    if origin is None or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ReachError(f"--behind-proxy: {url!r} is no address; write https://audit.example.com")
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ReachError(
            "--behind-proxy: passwords and cookies would travel in clear text; write the https:// address that the "
            "proxy serves"
        )
    networks = []
    for each in proxies:
        try:
            networks.append(ipaddress.ip_network(each, strict=False))
        except ValueError as error:
            raise ReachError(f"--trusted-proxy: {each!r} is no address and no network") from error
    return Reach(origin, tuple(networks) or LOOPBACK)


def check_listening(host: str, reach: Reach, *, sign_in: bool) -> None:
    """Raise ReachError where others than this machine could reach a console that is not ready for them.

    ``sign_in``: whether anybody can sign in, other than by a one-time link.
    """
    if is_loopback(host):
        return
    missing = []
    if not sign_in:
        missing.append(
            "nobody can sign in: make an administrator (liveaudit users add NAME --role administrator), or name a "
            "provider in the settings (console.oidc)"
        )
    if not reach.secure:
        missing.append(
            "passwords and cookies would travel in clear text: put a proxy with TLS before it and say "
            "--behind-proxy https://NAME, with --trusted-proxy where the proxy is on another machine"
        )
    if missing:
        told = "".join(f"\n  - {each}" for each in missing)
        raise ReachError(
            f"REFUSED to listen on {host}: the console would be open to others than this machine, and{told}\n"
            "  or listen on 127.0.0.1, which needs neither"
        )
