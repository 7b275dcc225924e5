"""Conditions: which of them pin who is calling, and to whom.

A condition pins when a request can only meet it if it comes from callers, networks or sources that the document names.
Everything else (transport, dates, tags, a user's name, a header that the caller writes) pins nobody. Sources: IAM User
Guide, "AWS global condition context keys", "Condition operators", "Single-valued vs. multivalued context keys"; Amazon
S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of public".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from liveaudit.policies.documents.model import Condition, Operator, Statement, Uncertainty
from liveaudit.policies.documents.patterns import is_wild
from liveaudit.policies.documents.principals import is_account

SELF: Final = "the resource's own"
"""Stands among accounts and organizations for those of the resource itself (``${aws:ResourceAccount}``)."""


class Side(StrEnum):
    """What a pinned key speaks of."""

    CALLER = "caller"
    SOURCE = "source"
    """The resource or account on whose behalf an AWS service calls."""
    NETWORK = "network"
    VIA = "via"
    """Something the request must pass through, which has an owner: an access point, a key."""
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Pin:
    """A condition that narrows. ``accounts`` and ``orgs`` are those it names; ``placed`` says that these are all."""

    condition: Condition
    side: Side
    accounts: frozenset[str] = frozenset()
    orgs: frozenset[str] = frozenset()
    placed: bool = False


_KEYS: Final[dict[str, tuple[Side, str]]] = {
    "aws:principalaccount": (Side.CALLER, "account"),
    "kms:calleraccount": (Side.CALLER, "account"),
    "aws:principalorgid": (Side.CALLER, "org"),
    "aws:principalorgpaths": (Side.CALLER, "orgpath"),
    "aws:principalarn": (Side.CALLER, "arn"),
    "aws:userid": (Side.CALLER, "userid"),
    "aws:federatedprovider": (Side.CALLER, "arn"),
    "ec2:sourceinstancearn": (Side.CALLER, "arn"),
    "lambda:sourcefunctionarn": (Side.CALLER, "arn"),
    "aws:sourceaccount": (Side.SOURCE, "account"),
    "aws:sourceowner": (Side.SOURCE, "account"),
    "aws:sourcearn": (Side.SOURCE, "arn"),
    "aws:sourceorgid": (Side.SOURCE, "org"),
    "aws:sourceorgpaths": (Side.SOURCE, "orgpath"),
    "aws:sourceip": (Side.NETWORK, "ip"),
    "aws:sourcevpc": (Side.NETWORK, "id"),
    "aws:sourcevpce": (Side.NETWORK, "id"),
    "aws:sourcevpcarn": (Side.NETWORK, "arn"),
    "aws:ec2instancesourcevpc": (Side.NETWORK, "id"),
    "aws:vpceaccount": (Side.NETWORK, "account"),
    "aws:vpceorgid": (Side.NETWORK, "org"),
    "aws:vpceorgpaths": (Side.NETWORK, "orgpath"),
    "elasticfilesystem:accessedviamounttarget": (Side.NETWORK, "true"),
    "elasticfilesystem:accesspointarn": (Side.VIA, "arn"),
    "s3:dataaccesspointaccount": (Side.VIA, "account"),
    "s3:dataaccesspointarn": (Side.VIA, "arn"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": (Side.VIA, "arn"),
    "aws:principalisawsservice": (Side.SERVICE, "true"),
    "aws:principalservicename": (Side.SERVICE, "id"),
    "aws:principalservicenameslist": (Side.SERVICE, "id"),
}

_STRING = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})
_ARN = frozenset({"arnequals", "arnlike"})
_FITTING = {"arn": _STRING | _ARN, "true": frozenset({"bool"}), "ip": _STRING | {"ipaddress"}}
_OWN_ACCOUNT = "${aws:resourceaccount}"
_OWN_ORG = "${aws:resourceorgid}"
_ORG_ID = re.compile(r"o-[a-z0-9]{10,32}/")
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{8,124}")
_HALF_OF_IPV4 = 1 << 31
_HALF_OF_IPV6 = 1 << 127


def pins(statement: Statement) -> tuple[Pin, ...]:
    """The conditions of a statement that narrow it, in order."""
    return pins_of(statement.conditions, statement.variables) if statement.conditions else ()


def pins_of(conditions: Sequence[Condition], variables: bool) -> tuple[Pin, ...]:
    """As ``pins``, of conditions that all must hold."""
    present = frozenset(c.name for c in conditions if _asks_presence(c))
    found = (_pin(condition, variables, condition.name in present) for condition in conditions)
    return tuple(pin for pin in found if pin is not None)


def _asks_presence(condition: Condition) -> bool:
    return (
        condition.op.base == "null"
        and condition.op.known
        and bool(condition.values)
        and all(value.lower() == "false" for value in condition.values)
    )


def requires(condition: Condition, *, present: bool = False) -> bool:
    """Whether the condition is met only by a request that has the key with one of the values."""
    op = condition.op
    if not op.known or op.negated or op.base == "null" or not condition.values:
        return False
    return present or not op.holds_when_missing


def fixed(value: str, op: Operator, variables: bool) -> bool:
    """Whether a value stands for itself alone: no wildcard where the operator knows them, no policy variable."""
    if variables and "${" in value:
        return False
    return not (op.base in ("stringlike", "arnlike", "arnequals") and is_wild(value))


def _pin(condition: Condition, variables: bool, present: bool) -> Pin | None:
    entry = _KEYS.get(condition.name)
    if entry is None or not requires(condition, present=present):
        return None
    side, shape = entry
    if condition.op.base not in _FITTING.get(shape, _STRING):
        return None
    pin = Pin(condition, side)
    if shape == "ip":
        return pin if _pins_network(condition, variables) else None
    if shape == "true":
        return pin if all(value.lower() == "true" for value in condition.values) else None
    accounts: set[str] = set()
    orgs: set[str] = set()
    placed = True
    for value in condition.values:
        place = _place(value, shape, condition.op, variables)
        if place is None:
            return None
        (orgs if shape in ("org", "orgpath") else accounts).add(place)
        placed = placed and bool(place)
    return Pin(condition, side, frozenset(accounts - {""}), frozenset(orgs - {""}), placed and shape != "id")


def _place(value: str, shape: str, op: Operator, variables: bool) -> str | None:
    """The account or organization that a value names, empty if it is fixed but names none, None if it is not fixed."""
    is_fixed = fixed(value, op, variables)
    if shape == "account":
        if variables and value.lower() == _OWN_ACCOUNT:
            return SELF
        return value if is_fixed else None
    if shape == "org":
        if variables and value.lower() == _OWN_ORG:
            return SELF
        return value if is_fixed else None
    if shape == "orgpath":
        match = _ORG_ID.match(value)
        return match[0][:-1] if match else ("" if is_fixed else None)
    if shape == "userid":
        literal = re.split(r"[*?]|\$\{", value, maxsplit=1)[0]
        if is_fixed:
            return value if is_account(value) else ""
        # "AROA...:*" is every session of one role: the id before the colon cannot be had by another.
        return "" if ":" in literal and _UNIQUE_ID.fullmatch(literal.split(":", 1)[0]) else None
    if shape == "arn":
        return _place_of_arn(value, op, is_fixed, variables)
    return "" if is_fixed else None


def _place_of_arn(value: str, op: Operator, is_fixed: bool, variables: bool) -> str | None:
    fields = value.split(":", 5)
    if len(fields) == 6:
        account = fields[4]
        if variables and account.lower() == _OWN_ACCOUNT and not any(map(is_wild, fields[:4])):
            return SELF
        # Under the Arn operators each field is compared by itself, under StringLike a wildcard crosses colons.
        settled = op.base in _ARN or is_fixed or not any(map(is_wild, fields[:4]))
        if settled and not ("${" in value and variables and any("${" in field for field in fields[:4])):
            if is_account(account):
                return account
            if fields[2] == "s3" and fixed(fields[5], op, variables) and op.base in _ARN:
                return ""
    return "" if is_fixed else None


def _pins_network(condition: Condition, variables: bool) -> bool:
    if condition.op.base in _STRING:
        return all(fixed(value, condition.op, variables) for value in condition.values)
    networks = [_network(value) for value in condition.values]
    public4: list[ipaddress.IPv4Network] = []
    public6: list[ipaddress.IPv6Network] = []
    for network in networks:
        if network is None:
            return False
        if _is_private(network):
            continue
        if isinstance(network, ipaddress.IPv4Network):
            if network.prefixlen < 8:
                return False
            public4.append(network)
        else:
            if network.prefixlen < 32:
                return False
            public6.append(network)
    return (
        sum(network.num_addresses for network in ipaddress.collapse_addresses(public4)) < _HALF_OF_IPV4
        and sum(network.num_addresses for network in ipaddress.collapse_addresses(public6)) < _HALF_OF_IPV6
    )


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


_PRIVATE4 = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_PRIVATE6 = (ipaddress.IPv6Network("fc00::/7"),)


def _is_private(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return any(network.subnet_of(private) for private in _PRIVATE4)
    return any(network.subnet_of(private) for private in _PRIVATE6)


def uncertainties(conditions: Iterable[Condition], variables: bool) -> tuple[Uncertainty, ...]:
    """What of the conditions cannot be understood: unknown operators, wrong operators for a key, unreadable values."""
    found = []
    for condition in conditions:
        why = _doubt(condition, variables)
        if why:
            found.append(Uncertainty(f"{condition.operator} {condition.key}", why))
    return tuple(found)


def _doubt(condition: Condition, variables: bool) -> str:
    op = condition.op
    if not op.known:
        return "unknown condition operator"
    if not condition.values:
        return "no value to compare with"
    entry = _KEYS.get(condition.name)
    if entry is None or op.base == "null":
        return ""
    shape = entry[1]
    if op.base not in _FITTING.get(shape, _STRING):
        return "the operator does not fit the key"
    if (
        shape == "ip"
        and op.base == "ipaddress"
        and any(_network(value) is None for value in condition.values if not (variables and "${" in value))
    ):
        return "an address that cannot be read"
    return ""


def complement(condition: Condition) -> Condition | None:
    """The condition that holds exactly for the requests for which this one does not, or None if there is no sure one.

    Used on Deny: what such a Deny leaves is what meets the complement.
    """
    op = condition.op
    if not op.known or not condition.values:
        return None
    if op.base == "null":
        return _flipped(condition)
    quantifier = {"": "", "foranyvalue": "forallvalues", "forallvalues": "foranyvalue"}[op.quantifier]
    if op.base == "bool":
        flipped = _flipped(condition)
        if flipped is None:
            return None
        return replace(flipped, op=Operator("bool", False, not op.holds_when_missing, quantifier))
    # Where the negated form also lets a missing key through, the answer is wider than exact, never narrower.
    return replace(condition, op=Operator(op.base, not op.negated, False, quantifier))


def _flipped(condition: Condition) -> Condition | None:
    values = {value.lower() for value in condition.values}
    if len(values) != 1 or not values <= {"true", "false"}:
        return None
    return replace(condition, values=("false",) if "true" in values else ("true",))
