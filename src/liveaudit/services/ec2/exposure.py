"""Which ports a security group opens to the whole internet.

Sources: EC2 API reference, ``IpPermission``; VPC user guide, "Security group rules" and "Managed prefix lists".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, whole_number
from liveaudit.services.ec2.addresses import (
    Span,
    is_everywhere,
    may_be_everywhere,
    merged,
    spanned,
)

HIGHEST_PORT = 65535
NUMBERS = {"tcp": "6", "udp": "17"}
"""IANA's protocol numbers, which the API takes and gives as well as the names."""
ALL_PROTOCOLS = "-1"

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Opening:
    """Ports from ``first`` to ``last`` are open to every public address of one IP version, by these rules."""

    version: int
    first: int
    last: int
    rules: tuple[Rule, ...]

    def has(self, ports: Iterable[int]) -> bool:
        """Whether any of the ports is open."""
        return any(self.first <= port <= self.last for port in ports)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is open, and the ports of rules whose prefix list could not be read."""

    openings: tuple[Opening, ...]
    unread: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """One source of one rule: some addresses, some ports."""

    version: int
    first: int
    last: int
    spans: tuple[Span, ...]
    rule: Rule


def exposure(
    group: Any, prefix_lists: Any, protocol: str, only: tuple[int, int] = (0, HIGHEST_PORT)
) -> Exposure:
    """What ``group`` (an item of DescribeSecurityGroups) lets in from anywhere over ``tcp`` or ``udp``.

    ``only``: first and last port that matter; rules for other ports are passed over, which is most of the work.

    Rules that only together cover the internet (two halves, the entries of a prefix list) count like one for
    ``0.0.0.0/0`` on the ports they share. A rule for another group is not the internet. Raises
    UnexpectedShapeError.
    """
    lists = mapping({} if prefix_lists is None else prefix_lists, "the prefix lists")
    pieces: list[_Piece] = []
    unread: list[Opening] = []
    for permission in mappings(mapping(group, "the group").get("IpPermissions"), "IpPermissions"):
        ports = _ports(permission, protocol)
        if ports is None or ports[0] > only[1] or only[0] > ports[1]:
            continue
        for rule, cidrs in _sources(permission, lists):
            if cidrs is None:
                unread.append(Opening(0, *ports, (rule,)))
            else:
                pieces.extend(_pieces(rule, ports, cidrs))
    return Exposure(tuple(_openings(pieces)), tuple(unread))


def _ports(permission: Mapping[str, Any], protocol: str) -> tuple[int, int] | None:
    """The ports that the permission lets ``protocol`` use, None for none."""
    given = permission.get("IpProtocol")
    if not isinstance(given, str | int):
        raise UnexpectedShapeError(f"IpProtocol is {given!r}")
    if str(given) == ALL_PROTOCOLS:
        return (0, HIGHEST_PORT)
    if str(given).lower() not in (protocol, NUMBERS[protocol]):
        return None
    first = whole_number(permission.get("FromPort", -1), "FromPort")
    last = whole_number(permission.get("ToPort", -1), "ToPort")
    return (max(first, 0), HIGHEST_PORT if last == -1 else last)


def _sources(
    permission: Mapping[str, Any], lists: Mapping[str, Any]
) -> Iterator[tuple[Rule, list[str] | None]]:
    """Each source of a permission as it is shown in evidence, with its ranges. None: not known."""
    ports = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
    for ranges, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for each in mappings(permission.get(ranges, ()), ranges):
            cidr = each.get(key)
            yield {**ports, key: cidr}, [str(cidr)]
    for each in mappings(permission.get("PrefixListIds", ()), "PrefixListIds"):
        list_id = each.get("PrefixListId")
        entries = lists.get(str(list_id))
        yield (
            {**ports, "PrefixListId": list_id},
            None
            if entries is None
            else [str(entry.get("Cidr")) for entry in mappings(entries, f"the entries of {list_id}")],
        )


def _pieces(rule: Rule, ports: tuple[int, int], cidrs: Iterable[str]) -> Iterator[_Piece]:
    spans: dict[int, list[Span]] = {}
    for cidr in cidrs:
        version, span = spanned(cidr)
        spans.setdefault(version, []).append(span)
    for version, each in spans.items():
        yield _Piece(version, *ports, tuple(merged(each)), rule)


def _openings(pieces: Iterable[_Piece]) -> Iterator[Opening]:
    parts: dict[int, list[_Piece]] = {}
    for piece in pieces:
        if is_everywhere(piece.version, piece.spans):
            yield Opening(piece.version, piece.first, piece.last, (piece.rule,))
        else:
            parts.setdefault(piece.version, []).append(piece)
    for version, some in parts.items():
        if may_be_everywhere(version, [span for piece in some for span in piece.spans]):
            yield from _together(version, some)


def _together(version: int, pieces: list[_Piece]) -> Iterator[Opening]:
    """Where pieces that are less than the internet cover it together: port by port, between their edges."""
    edges = sorted({piece.first for piece in pieces} | {piece.last + 1 for piece in pieces})
    for first, after in pairwise(edges):
        here = [piece for piece in pieces if piece.first <= first and after - 1 <= piece.last]
        if is_everywhere(version, merged(span for piece in here for span in piece.spans)):
            yield Opening(version, first, after - 1, tuple(piece.rule for piece in here))
