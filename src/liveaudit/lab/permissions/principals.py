"""Who asks, and whether a resource policy's Principal element means them. Pure.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from liveaudit.lab.permissions.conditions import UnclearError, as_list

_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root")
_ACCOUNT = re.compile(r"\d{12}")
_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a service by its name, or a user, root or role session with its account and ARN.

    ``role_arn``: the role of a session. Nobody at all (an unsigned call): all empty.
    """

    account: str = ""
    arn: str = ""
    role_arn: str = ""
    service: str = ""

    @property
    def identity_arn(self) -> str:
        """The ARN of the user or role, which is what ``aws:PrincipalArn`` holds."""
        return self.role_arn or self.arn

    @property
    def is_root(self) -> bool:
        """The account's own root, or the account as such."""
        return _ROOT.fullmatch(self.arn) is not None


class Match(IntEnum):
    """How a Principal element means somebody."""

    NO = 0
    ACCOUNT = 1
    """By the account, which leaves it to the account's own policies whom it lets."""
    ROLE = 2
    """By the role of the session."""
    OWN = 3
    """By the very user, session or service, or as anybody."""


def session_of(role_arn: str, session: str) -> Principal:
    """The session ``session`` of a role."""
    partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
    name = role_arn.rsplit("/", 1)[-1]
    return Principal(account, f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}", role_arn)


Element = Mapping[str, tuple[str, ...]]
"""A Principal element, every kind with its names; ``{"AWS": ("*",)}`` for anybody."""


def parse(element: Any) -> Element:
    """Raises UnclearError."""
    if element == "*":
        return {"AWS": ("*",)}
    if not isinstance(element, Mapping) or not element or not element.keys() <= _KINDS:
        raise UnclearError("Principal is neither * nor an object of known kinds")
    found = {kind: tuple(as_list(names)) for kind, names in element.items()}
    if not all(isinstance(name, str) for names in found.values() for name in names):
        raise UnclearError("a principal is no text")
    return found


def match(element: Element, principal: Principal) -> Match:
    """How ``element`` means ``principal``."""
    if "*" in element.get("AWS", ()):
        return Match.OWN
    if principal.service:
        return Match.OWN if principal.service in element.get("Service", ()) else Match.NO
    best = Match.NO
    for name in element.get("AWS", ()):
        if name in (principal.account, principal.arn, principal.role_arn) or _ROOT.fullmatch(name):
            best = max(best, _match_name(name, principal))
    return best


def _match_name(name: str, principal: Principal) -> Match:
    if not principal.arn:
        return Match.NO
    if name == principal.arn:
        return Match.OWN
    if name == principal.role_arn:
        return Match.ROLE
    if account_of(name) != principal.account:
        return Match.NO
    return Match.OWN if principal.is_root else Match.ACCOUNT


def account_of(name: str) -> str:
    """The account that a principal's name means as a whole, empty when it means something in an account."""
    if _ACCOUNT.fullmatch(name):
        return name
    found = _ROOT.fullmatch(name)
    return found[1] if found else ""


def is_excepted(element: Element, principal: Principal) -> bool:
    """Whether a NotPrincipal element leaves ``principal`` out. It must name the account, the role and the session."""
    if principal.service:
        return principal.service in element.get("Service", ())
    names = element.get("AWS", ())
    accounts = {account_of(name) for name in names}
    wanted = {each for each in (principal.arn, principal.role_arn) if each and not principal.is_root}
    return bool(principal.arn) and principal.account in accounts and wanted <= set(names)
