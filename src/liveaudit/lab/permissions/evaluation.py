"""Whether a request is allowed by the policies that apply to it. Pure.

Source: IAM User Guide, "Policy evaluation logic", "Policy evaluation for requests within a single account",
"Cross-account policy evaluation logic". Organization policies (SCP, RCP) are not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from liveaudit.lab.permissions import principals
from liveaudit.lab.permissions.conditions import UnclearError, holds
from liveaudit.lab.permissions.documents import Actions, Document, Effect, Resources, Statement
from liveaudit.lab.permissions.patterns import Context, UnresolvedError, arn_like, like, widened
from liveaudit.lab.permissions.principals import Match, Principal


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what. ``action``: ``sqs:DeleteMessage``.

    ``resource``: its ARN; ``*`` for an action on nothing in particular; None where it is not known.
    """

    principal: Principal
    action: str
    resource: str | None
    context: Context = field(default_factory=dict)


class Kind(StrEnum):
    """The kinds of policies, as AWS's refusals name them."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"


@dataclass(frozen=True, slots=True)
class Policy:
    """A document with where it comes from; ``id`` and ``source`` as SimulatePrincipalPolicy tells them."""

    document: Document
    kind: Kind = Kind.IDENTITY
    id: str = ""
    source: str = "none"


@dataclass(frozen=True, slots=True)
class Policies:
    """What limits and allows a principal. No ``boundary`` or ``session``: nothing limits it there."""

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Sequence[Policy] | None = None

    def keys(self, resource_policy: Policy | None) -> frozenset[str]:
        """Every key of the context that the policies, and the resource's, ask about."""
        used = (*self.identity, *(self.session or ()), *_all(self.boundary), *_all(resource_policy))
        return frozenset().union(*(policy.document.keys for policy in used))


class Outcome(StrEnum):
    """How a request ends, in SimulatePrincipalPolicy's words."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Matched:
    """A statement that decided."""

    policy: Policy
    statement: Statement


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a request ends. ``kind``: which kind of policy refuses it. ``matched``: the statements that decided."""

    outcome: Outcome
    kind: Kind | None = None
    matched: tuple[Matched, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the call is let through."""
        return self.outcome is Outcome.ALLOWED

    def why(self, action: str) -> str:
        """The end of AWS's refusal, empty when allowed."""
        if self.outcome is Outcome.EXPLICIT_DENY:
            article = "an" if self.kind is Kind.IDENTITY else "a"
            return f"with an explicit deny in {article} {self.kind}"
        if self.outcome is Outcome.IMPLICIT_DENY:
            return f"because no {self.kind} allows the {action} action"
        return ""


def decide(
    request: Request,
    policies: Policies,
    resource_policy: Policy | None = None,
    *,
    owner: str,
    trust_needed: bool = False,
) -> Ruling:
    """The ruling on ``request``. ``owner``: the account that the resource belongs to.

    Within one account the identity's or the resource's policy is enough, across accounts it takes both.
    ``trust_needed``: the resource's policy must allow it in any case, as a role's trust policy must.
    """
    granted = _judge(_all(resource_policy), request)
    held = _judge(policies.identity, request)
    bounded = _judge(_all(policies.boundary), request)
    in_session = _judge(policies.session or (), request)
    for verdict in (held, bounded, in_session, granted):
        if verdict.denied is not None:
            return Ruling(Outcome.EXPLICIT_DENY, verdict.denied.policy.kind, (verdict.denied,))
    resource_says = (granted.allowed,) if granted.allowed is not None else ()
    if not request.principal.account:
        return _ruled(granted.allowed is not None, Kind.RESOURCE, resource_says)
    if owner == request.principal.account and _is_enough(granted, policies, bounded, in_session):
        return Ruling(Outcome.ALLOWED, matched=resource_says)
    if (owner != request.principal.account or trust_needed) and granted.allowed is None:
        refused_by = Kind.IDENTITY if held.allowed is None and not trust_needed else Kind.RESOURCE
        return Ruling(Outcome.IMPLICIT_DENY, refused_by)
    if held.allowed is None:
        return Ruling(Outcome.IMPLICIT_DENY, Kind.IDENTITY)
    if policies.boundary is not None and bounded.allowed is None:
        return Ruling(Outcome.IMPLICIT_DENY, Kind.BOUNDARY)
    if policies.session is not None and in_session.allowed is None:
        return Ruling(Outcome.IMPLICIT_DENY, Kind.SESSION)
    return Ruling(Outcome.ALLOWED, matched=(held.allowed, *resource_says))


def _ruled(allowed: bool, kind: Kind, matched: tuple[Matched, ...]) -> Ruling:
    return Ruling(Outcome.ALLOWED, matched=matched) if allowed else Ruling(Outcome.IMPLICIT_DENY, kind)


def _all(policy: Policy | None) -> tuple[Policy, ...]:
    return () if policy is None else (policy,)


@dataclass(frozen=True, slots=True)
class _Verdict:
    denied: Matched | None = None
    allowed: Matched | None = None
    match: Match = Match.NO


def _is_enough(granted: _Verdict, policies: Policies, bounded: _Verdict, in_session: _Verdict) -> bool:
    """Whether the resource's policy alone lets a principal of the same account through.

    Naming the account leaves it to the account's policies. Naming the role is still limited by its boundary and the
    session's policies, naming the user or the session is not.
    """
    if granted.match is Match.OWN:
        return True
    return granted.match is Match.ROLE and not (
        (policies.boundary is not None and bounded.allowed is None)
        or (policies.session is not None and in_session.allowed is None)
    )


def _judge(policies: Iterable[Policy], request: Request) -> _Verdict:
    allowed: Matched | None = None
    best = Match.NO
    action = request.action.lower()
    for policy in policies:
        of_resource = policy.kind is Kind.RESOURCE
        for statement in policy.document.statements:
            if statement.actions is not None and not _has_action(statement.actions, action):
                continue
            matched = _applies(statement, request, of_resource)
            if matched is Match.NO:
                continue
            if statement.effect is Effect.DENY:
                return _Verdict(denied=Matched(policy, statement))
            if matched > best:
                allowed, best = Matched(policy, statement), matched
    return _Verdict(None, allowed, best)


def _applies(statement: Statement, request: Request, of_resource: bool) -> Match:
    """Whether a statement on the action speaks of ``request``. What is not understood: a Deny does, an Allow does not."""
    denies = statement.effect is Effect.DENY
    if statement.unclear and not denies:
        return Match.NO
    matched = _principal(statement, request.principal, denies) if of_resource else Match.OWN
    if matched is Match.NO:
        return Match.NO
    if not _has_resource(statement.resources, request, denies, of_resource):
        return Match.NO
    for condition in statement.conditions:
        try:
            fulfilled = holds(condition, request.context)
        except UnclearError:
            fulfilled = denies
        if not fulfilled:
            return Match.NO
    return matched


def _principal(statement: Statement, principal: Principal, denies: bool) -> Match:
    if statement.principal is not None:
        return principals.match(statement.principal, principal)
    if statement.not_principal is not None:
        return Match.NO if principals.is_excepted(statement.not_principal, principal) else Match.OWN
    return Match.OWN if denies else Match.NO


def _has_action(actions: Actions, action: str) -> bool:
    found = action in actions.names
    if not found and actions.patterns:
        found = any(like(pattern, action) for pattern in actions.patterns)
    return found != actions.negated


def _has_resource(resources: Resources | None, request: Request, denies: bool, of_resource: bool) -> bool:
    if resources is None:
        return of_resource or denies
    if request.resource is None:
        everything = not resources.negated and any(not pattern.strip("*") for pattern in resources.patterns)
        return everything or denies
    found = False
    for pattern in resources.patterns:
        try:
            found = arn_like(pattern, request.resource, request.context)
        except UnresolvedError:
            if resources.negated and arn_like(widened(pattern), request.resource):
                return denies
        if found:
            break
    return found != resources.negated
