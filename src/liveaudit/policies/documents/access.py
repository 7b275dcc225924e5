"""Resource policies: who of the public, of other accounts, of AWS services is let in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from liveaudit.policies.documents.conditions import SELF, Pin, Side, pins, pins_of
from liveaudit.policies.documents.cover import (
    Part,
    actions_in_question,
    grant,
    left_over,
    pinned,
    resources_in_question,
    surely_applies,
)
from liveaudit.policies.documents.model import (
    Condition,
    Document,
    Grant,
    Principal,
    PrincipalKind,
    Statement,
    Uncertainty,
    operator_of,
)
from liveaudit.policies.documents.principals import (
    AWS_OWN,
    anyone,
    denies_principal,
    denies_the_public,
)

S3_WRITE_ACTIONS: Final = (
    "s3:AbortMultipartUpload",
    "s3:BypassGovernanceRetention",
    "s3:Create*",
    "s3:Delete*",
    "s3:InitiateReplication",
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:PauseReplication",
    "s3:Put*",
    "s3:Replicate*",
    "s3:RestoreObject",
    "s3:TagResource",
    "s3:UntagResource",
    "s3:Update*",
)
"""What changes a bucket or its objects, for ``public_grants(actions=...)``."""

SERVICES_WITHOUT_SOURCE: Final = frozenset({"ec2.amazonaws.com", "ec2.amazonaws.com.cn"})
"""Services that assume a role without naming a source: the role is fetched by the instance itself."""

Narrow = Callable[[Sequence[Condition]], bool]
Left = tuple[list[Part], list[Part]]


def _questions(actions: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if actions is None else tuple(action.lower() for action in actions)


class _Scope:
    """What of an Allow statement is in question, with the Denies that surely apply beside it."""

    __slots__ = ("_actions", "_denies", "_known", "_resources")

    def __init__(
        self,
        doc: Document,
        allow: Statement,
        asked: tuple[str, ...] | None,
        resource: str | None,
        narrow: Narrow,
    ) -> None:
        self._actions = actions_in_question(allow, asked)
        self._resources = resources_in_question(allow, resource) if self._actions else []
        self._denies = [d for d in doc.denies if surely_applies(d, allow, narrow)] if self._resources else []
        self._known: dict[tuple[int, ...], Left] = {}

    def left(self, applies_to: Callable[[Statement], bool]) -> Left:
        """What the Denies that ``applies_to`` accepts leave."""
        denies = tuple(deny for deny in self._denies if applies_to(deny))
        key = tuple(deny.index for deny in denies)
        if key not in self._known:
            self._known[key] = left_over(self._actions, self._resources, denies)
        return self._known[key]


def _odd(found: Grant, principals: Sequence[Principal]) -> Grant:
    doubts = tuple(Uncertainty(p.value, p.odd) for p in principals if p.odd)
    return replace(found, uncertain=found.uncertain + doubts) if doubts else found


def public_grants(
    doc: Document, *, actions: Sequence[str] | None = None, resource: str | None = None
) -> tuple[Grant, ...]:
    """The Allow statements by which anyone, of any account or of none, may do something. Empty: not public.

    ``actions``: patterns of which at least one must be reached (any action, if None). ``resource``: an ARN or pattern
    that must be reached. A statement whose conditions pin callers, sources, networks or organizations is not
    public; the Grant's ``conditions`` are then only such as pin nobody. Denies that speak of everybody (but some
    fixed principals) are subtracted; a Deny unless a pin holds is one too. An unknown operator pins nothing and
    is noted in ``uncertain``. Source: Amazon S3 User Guide, "The meaning of public".
    """
    asked = _questions(actions)
    found = []
    for allow in doc.allows:
        if not anyone(allow) or pins(allow):
            continue
        left = _Scope(doc, allow, asked, resource, pinned(allow.variables)).left(denies_the_public)
        if left[0]:
            found.append(_odd(grant(allow, *left), allow.principals or ()))
    return tuple(found)


class _Home:
    """Which accounts and organizations are not foreign."""

    __slots__ = ("_accounts", "_orgs")

    def __init__(self, accounts: frozenset[str], orgs: frozenset[str] | None) -> None:
        self._accounts = accounts | {SELF}
        self._orgs = orgs

    def holds(self, account: str) -> bool:
        return account in self._accounts or account in AWS_OWN

    def pins(self, pin: Pin) -> bool:
        """Whether the condition lets in none but ours."""
        if pin.orgs and pin.placed:
            return self._orgs is None or pin.orgs <= self._orgs | {SELF}
        return pin.placed and bool(pin.accounts) and pin.accounts <= self._accounts

    def narrow(self, variables: bool, *, everyone: bool) -> Narrow:
        def narrow(conditions: Sequence[Condition]) -> bool:
            found = pins_of(conditions, variables)
            return any(self.pins(pin) for pin in found) or (everyone and _lets_in_no_account(found))

        return narrow


def foreign_grants(
    doc: Document,
    *,
    own_accounts: frozenset[str],
    trusted: frozenset[str],
    actions: Sequence[str] | None = None,
    resource: str | None = None,
    own_orgs: frozenset[str] | None = None,
) -> tuple[Grant, ...]:
    """The Allow statements by which principals of accounts that are neither own nor trusted get in.

    Public grants are among them. The Grant names only the foreign principals. A condition that pins to own or
    trusted accounts clears a statement, and so does one that pins to an organization: to any, when ``own_orgs`` is
    None, for a document names hardly another than its owner's. For ``*``, a pin to networks or AWS services clears
    too, for then no account is let in as such. Service principals are not foreign (``service_grants_without_source``),
    deleted ones nobody. Canonical user ids and sources without account in their ARN (buckets) cannot be placed: such
    a Grant says so in ``uncertain``.
    """
    home = _Home(own_accounts | trusted, own_orgs)
    asked = _questions(actions)
    found = []
    for allow in doc.allows:
        if allow.principals is None:
            continue
        narrowing = pins(allow)
        if any(home.pins(pin) for pin in narrowing):
            continue
        everyone = anyone(allow)
        outside = _everyone(allow, narrowing) if everyone else _foreigners(allow, home)
        if not outside:
            continue
        scope = _Scope(doc, allow, asked, resource, home.narrow(allow.variables, everyone=everyone))
        for principal in outside:
            left = scope.left(_denier(principal, everyone, home))
            if left[0]:
                found.append(_foreign(allow, principal, narrowing, left, whole=everyone))
    return _merged(found)


def _lets_in_no_account(narrowing: Sequence[Pin]) -> bool:
    """Whether ``*`` is narrowed to networks or services while no condition names an account or organization."""
    return any(pin.side in (Side.NETWORK, Side.SERVICE) for pin in narrowing) and not any(
        pin.placed for pin in narrowing
    )


def _everyone(allow: Statement, narrowing: tuple[Pin, ...]) -> tuple[Principal, ...] | None:
    if _lets_in_no_account(narrowing):
        return None
    everyone = tuple(p for p in allow.principals or () if p.kind is PrincipalKind.ANYONE)
    return everyone[:1] if everyone and not allow.not_principal else (Principal(PrincipalKind.ANYONE, "*"),)


def _foreigners(allow: Statement, home: _Home) -> tuple[Principal, ...]:
    named = (PrincipalKind.ACCOUNT, PrincipalKind.IDENTITY, PrincipalKind.FEDERATED)
    unplaced = (PrincipalKind.CANONICAL, PrincipalKind.UNKNOWN)
    return tuple(
        p
        for p in allow.principals or ()
        if (p.kind in named and p.account and not home.holds(p.account)) or p.kind in unplaced
    )


def _denier(principal: Principal, everyone: bool, home: _Home) -> Callable[[Statement], bool]:
    def applies(deny: Statement) -> bool:
        if not everyone:
            return denies_principal(deny, principal)
        if not denies_the_public(deny):
            return False
        return not deny.not_principal or not any(_outside(p, home) for p in deny.principals or ())

    return applies


def _outside(exempt: Principal, home: _Home) -> bool:
    if exempt.kind in (PrincipalKind.GONE, PrincipalKind.SERVICE):
        return False
    return not exempt.account or not home.holds(exempt.account)


def _foreign(
    allow: Statement,
    principal: Principal,
    narrowing: tuple[Pin, ...],
    left: Left,
    *,
    whole: bool,
) -> Grant:
    if whole and allow.not_principal:
        return _odd(grant(allow, *left), allow.principals or ())
    found = _odd(grant(allow, *left, principals=(principal.value,)), (principal,))
    doubt = None
    if principal.kind is PrincipalKind.CANONICAL:
        doubt = Uncertainty(principal.value[:80], "a canonical user id does not tell its account")
    elif whole and narrowing and not any(pin.placed for pin in narrowing):
        pin = narrowing[0]
        doubt = Uncertainty(
            f"{pin.condition.operator} {pin.condition.key}", "names no account, so its owner is unknown"
        )
    return replace(found, uncertain=(*found.uncertain, doubt)) if doubt else found


def _merged(grants: list[Grant]) -> tuple[Grant, ...]:
    """Grants of one statement that differ only in the principal, as one."""
    found: dict[Grant, list[Grant]] = {}
    for item in grants:
        found.setdefault(replace(item, principals=(), uncertain=()), []).append(item)
    return tuple(
        replace(
            key,
            principals=tuple(dict.fromkeys(p for item in items for p in item.principals)),
            uncertain=tuple(dict.fromkeys(doubt for item in items for doubt in item.uncertain)),
        )
        for key, items in found.items()
    )


_SOURCE_TOKEN = "lambda:eventsourcetoken"  # noqa: S105 - a condition key
_FOR_SERVICES = (Side.SOURCE, Side.VIA)
_EXACT = operator_of("StringEquals")


def service_grants_without_source(
    doc: Document,
    *,
    actions: Sequence[str] | None = None,
    resource: str | None = None,
    skip: frozenset[str] = frozenset(),
) -> tuple[Grant, ...]:
    """The Allow statements by which an AWS service gets in on whosesoever behalf (the confused deputy).

    Narrow are fixed aws:SourceArn, aws:SourceAccount, aws:SourceOwner, aws:SourceOrgID, aws:SourceOrgPaths, an
    access point's account, and Lambda's event source token. ``skip``: service principals not to judge. Source: IAM User
    Guide, "The confused deputy problem".
    """
    asked = _questions(actions)
    found = []
    for allow in doc.allows:
        if allow.principals is None or allow.not_principal:
            continue
        services = [p for p in allow.principals if p.kind is PrincipalKind.SERVICE and p.value not in skip]
        if not services or _names_source(allow.conditions, allow.variables):
            continue
        scope = _Scope(doc, allow, asked, resource, _narrow_for_services(allow.variables))
        for service in services:
            left = scope.left(_denies(service))
            if left[0]:
                found.append(_odd(grant(allow, *left, principals=(service.value,)), (service,)))
    return _merged(found)


def _denies(principal: Principal) -> Callable[[Statement], bool]:
    return lambda deny: denies_principal(deny, principal)


def _names_source(conditions: Sequence[Condition], variables: bool) -> bool:
    return any(pin.side in _FOR_SERVICES for pin in pins_of(conditions, variables)) or any(
        c.name == _SOURCE_TOKEN and c.op == _EXACT and c.values for c in conditions
    )


def _narrow_for_services(variables: bool) -> Narrow:
    def narrow(conditions: Sequence[Condition]) -> bool:
        # "Deny if a service": what such a Deny leaves are no services at all.
        return _names_source(conditions, variables) or any(
            c.name == "aws:principalisawsservice" and c.op.base == "bool" and c.values == ("false",)
            for c in conditions
        )

    return narrow
