"""Principals: from the text in a statement to who is meant.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "... NotPrincipal".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from liveaudit.policies.documents.model import Principal, PrincipalKind, Statement

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{8,124}")
AWS_OWN = frozenset({"cloudfront", "aws"})
"""What stands in place of an account in ARNs of identities that AWS itself keeps (origin access identities)."""


def is_account(text: str) -> bool:
    """Whether the text is an account id."""
    return _ACCOUNT.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def principal_of(element: str, value: str) -> Principal:
    """Read one principal. ``element`` is the key it stood under: AWS, Service, Federated, CanonicalUser or ``*``."""
    if value == "*":
        odd = "" if element in ("AWS", "*") else f"{element} takes no wildcard, so it is read as anyone"
        return Principal(PrincipalKind.ANYONE, value, odd=odd)
    if element == "Service":
        odd = "a service principal takes no wildcard" if "*" in value or "?" in value else ""
        return Principal(PrincipalKind.SERVICE, value.lower(), odd=odd)
    if element == "CanonicalUser":
        return Principal(PrincipalKind.CANONICAL, value)
    if element == "Federated":
        return Principal(PrincipalKind.FEDERATED, value, account=_account_in(value))
    return _aws(value)


def _account_in(arn: str) -> str:
    fields = arn.split(":", 5)
    return fields[4] if len(fields) == 6 and fields[0] == "arn" and is_account(fields[4]) else ""


def _aws(value: str) -> Principal:
    if is_account(value):
        return Principal(PrincipalKind.ACCOUNT, value, value)
    fields = value.split(":", 5)
    if len(fields) == 6 and fields[0] == "arn" and fields[2] in ("iam", "sts"):
        account, name = fields[4], fields[5]
        if is_account(account):
            if name == "root":
                return Principal(PrincipalKind.ACCOUNT, value, account)
            odd = "a principal takes no wildcard" if "*" in name or "?" in name else ""
            return Principal(PrincipalKind.IDENTITY, value, account, odd)
        if account in AWS_OWN:
            return Principal(PrincipalKind.IDENTITY, value, account)
    if _UNIQUE_ID.fullmatch(value):
        return Principal(PrincipalKind.GONE, value)
    if "*" in value or "?" in value:
        return Principal(
            PrincipalKind.ANYONE, value, odd="a principal takes no wildcard, so it is read as anyone"
        )
    return Principal(PrincipalKind.UNKNOWN, value, odd="no known form of a principal")


def anyone(statement: Statement) -> bool:
    """Whether an Allow statement speaks of everybody: ``*``, or all but the named ones."""
    if statement.principals is None:
        return False
    return statement.not_principal or any(p.kind is PrincipalKind.ANYONE for p in statement.principals)


def denies_the_public(deny: Statement) -> bool:
    """Whether a Deny statement speaks of everybody, or of everybody but some fixed principals."""
    if deny.principals is None:
        return True
    everyone = any(p.kind is PrincipalKind.ANYONE for p in deny.principals)
    return not everyone if deny.not_principal else any(p.value == "*" and not p.odd for p in deny.principals)


def denies_everyone(deny: Statement) -> bool:
    """Whether a Deny statement speaks of everybody without any exception."""
    if deny.principals is None:
        return True
    return not deny.not_principal and any(p.value == "*" and not p.odd for p in deny.principals)


def denies_principal(deny: Statement, principal: Principal) -> bool:
    """Whether a Deny statement surely speaks of this principal and, if it is an account, of all in it."""
    if deny.principals is None:
        return True
    if not deny.not_principal:
        return denies_everyone(deny) or _named(principal, deny.principals)
    if principal.kind is PrincipalKind.ANYONE:
        return False
    return not any(_may_be(principal, exempt) for exempt in deny.principals)


def _named(principal: Principal, among: Iterable[Principal]) -> bool:
    return any(
        other == principal
        or (
            other.kind is PrincipalKind.ACCOUNT
            and other.account == principal.account
            and principal.kind in (PrincipalKind.ACCOUNT, PrincipalKind.IDENTITY)
        )
        for other in among
    )


def _may_be(principal: Principal, exempt: Principal) -> bool:
    """Whether the exempt one can be the principal, or someone of its account."""
    kinds = (principal.kind, exempt.kind)
    if exempt.kind is PrincipalKind.GONE:
        return False
    if PrincipalKind.ANYONE in kinds:
        return True
    if PrincipalKind.SERVICE in kinds:
        return principal == exempt
    if principal.account and exempt.account:
        return principal.account == exempt.account
    return True
