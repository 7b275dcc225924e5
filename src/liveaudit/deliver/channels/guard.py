"""Which addresses may be reached: none of this machine, of the private network or of the cloud's own, unless it is named.

What is checked is the address that is connected to, at the moment it is: a name that leads elsewhere a second later leads
nowhere (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from contextlib import suppress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA = frozenset(
    ipaddress.ip_address(each)
    for each in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "100.100.100.200",
        "168.63.129.16",
    )
)
"""Where clouds hand out credentials: EC2's instance metadata, tasks of ECS and EKS; Alibaba's, Azure's."""
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedError(OSError):
    """An address that may not be reached."""


def refusal(address: str, host: str, allowed: Collection[str]) -> str:
    """Why an address may not be reached by this name; empty: it may. ``allowed``: names and addresses, in lower case."""
    try:
        found = _inner(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return f"{address[:60]!r} is no address"
    if str(found) in allowed:
        return ""
    if found in _METADATA or found.is_link_local:
        return f"{found} is an address of the machine's own link or of a cloud's metadata: only its address can be allowed"
    if host.lower() in allowed:
        return ""
    if found.is_multicast or found.is_unspecified or not found.is_global:
        return f"{found} is no public address: name {host} in the channel's allow if it is meant"
    return ""


def literal(host: str) -> str:
    """The address that a host is written as, in any of the ways in which one can be; empty: it is a name."""
    text = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if text == "localhost" or text.endswith(".localhost"):
        return "127.0.0.1"
    with suppress(ValueError):
        return str(ipaddress.ip_address(text))
    with suppress(OSError):
        # as 127.1, 2130706433 or 0x7f000001
        return str(ipaddress.IPv4Address(socket.inet_aton(text)))
    return ""


def _inner(address: _Address) -> _Address:
    """The IPv4 address that stands in an IPv6 one, where it does: that is the one that is reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def connect(host: str, port: int, allowed: Collection[str]) -> socket.socket:
    """A connection to a host, by the first of its addresses that may be reached and answers. Raises OSError."""
    loop = asyncio.get_running_loop()
    problem: OSError = RefusedError(f"{host} has no address")
    for family, kind, protocol, _, place in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if reason := refusal(str(place[0]), host, allowed):
            problem = RefusedError(reason)
            continue
        made = socket.socket(family, kind, protocol)
        try:
            made.setblocking(False)
            await loop.sock_connect(made, place)
        except OSError as error:
            made.close()
            problem = error
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise problem
