"""Sets of IP addresses as spans of numbers: whether rules together let the whole internet in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_network

from liveaudit.policies.shapes import UnexpectedShapeError

Span = tuple[int, int]
"""First and last address, both included."""

_NOT_PUBLIC = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
"""IANA's IPv4 special-purpose address registry, and what is above the unicast addresses."""


@lru_cache(maxsize=65536)
def spanned(cidr: str) -> tuple[int, Span]:
    """IP version and span of a CIDR; bits beyond the prefix do not count. Raises UnexpectedShapeError."""
    try:
        network = ip_network(cidr, strict=False)
    except ValueError as error:
        raise UnexpectedShapeError(f"{cidr!r} is no range of addresses") from error
    return network.version, (int(network.network_address), int(network.broadcast_address))


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same addresses as sorted spans that neither overlap nor touch."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of ``spans`` when the addresses of ``taken`` are gone."""
    left = merged(spans)
    for low, high in merged(taken):
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, low - 1)), (max(first, high + 1), last))
            if piece[0] <= piece[1]
        ]
    return left


def size(spans: Iterable[Span]) -> int:
    """How many addresses these spans have, counted once for each span."""
    return sum(last - first + 1 for first, last in spans)


INTERNET: dict[int, Sequence[Span]] = {
    4: without([spanned("0.0.0.0/0")[1]], [spanned(cidr)[1] for cidr in _NOT_PUBLIC]),
    6: [spanned("2000::/3")[1]],
}
"""The public addresses, by IP version. For IPv6 the global unicast block (RFC 4291)."""

_INTERNET_SIZE = {version: size(spans) for version, spans in INTERNET.items()}


def may_be_everywhere(version: int, spans: Sequence[Span]) -> bool:
    """A cheap no: spans with fewer addresses than the internet cannot cover it."""
    return size(spans) >= _INTERNET_SIZE[version]


def is_everywhere(version: int, spans: Sequence[Span]) -> bool:
    """Whether every public address is in the merged ``spans``: ``0.0.0.0/0``, or pieces that come to the same."""
    return may_be_everywhere(version, spans) and all(
        any(first <= low and high <= last for first, last in spans) for low, high in INTERNET[version]
    )


def has_public(version: int, spans: Iterable[Span]) -> bool:
    """Whether any public address is in ``spans``."""
    return any(first <= high and low <= last for first, last in spans for low, high in INTERNET[version])


def let_in_everybody(cidrs: Iterable[str]) -> bool:
    """Whether the ranges come to the whole internet, of IPv4 or IPv6. Raises UnexpectedShapeError."""
    spans: dict[int, list[Span]] = {}
    for cidr in cidrs:
        version, span = spanned(cidr)
        spans.setdefault(version, []).append(span)
    return any(is_everywhere(version, merged(each)) for version, each in spans.items())
