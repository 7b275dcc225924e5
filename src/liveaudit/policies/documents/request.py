"""One request put to a document that names principals: is it let in, kept out, or can that not be said?

The other questions of the judge ask what a document lets happen at all; this one asks whether it lets happen what has
to: may this service assume this role. What is not known of the request, and what is not understood of the document,
makes the answer UNSURE, never a yes. Sources: IAM User Guide, "Policy evaluation logic", "Condition operators".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from liveaudit.policies.documents.cover import ALL
from liveaudit.policies.documents.model import Condition, Document, Principal, PrincipalKind, Statement
from liveaudit.policies.documents.patterns import covers, is_wild, overlaps
from liveaudit.policies.documents.principals import is_account


class Decision(StrEnum):
    """What the document says to the request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what.

    ``principal``: an ARN of a role or user, an account's number, or the name of a service. ``context``: what is known
    of the request, by condition key in lower case; a value with wildcards stands for all that it matches. ``absent``:
    keys that it surely does not have. Of every other key nothing is known.
    """

    action: str
    principal: str
    resource: str = ALL
    context: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    @property
    def account(self) -> str:
        """The account of the principal, empty for a service."""
        if is_account(self.principal):
            return self.principal
        fields = self.principal.split(":", 5)
        return fields[4] if len(fields) == 6 else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision and what stands in the way, empty when nothing does."""

    decision: Decision
    reason: str = ""


def decide(doc: Document, request: Request) -> Answer:
    """What ``doc`` says to ``request``, for the document alone: whoever asks may need permissions of his own besides."""
    for deny in doc.denies:
        hit = _applies(deny, request)
        if hit is not False:
            what = f"{_name(deny)} denies it" + ("" if hit else ", perhaps")
            return Answer(Decision.DENIED if hit else Decision.UNSURE, what)
    unsure = ""
    for allow in doc.allows:
        hit = _applies(allow, request)
        if hit:
            return Answer(Decision.ALLOWED)
        if hit is None:
            unsure = unsure or f"{_name(allow)} allows it perhaps: {_in_the_way(allow, request, None)}"
    if unsure:
        return Answer(Decision.UNSURE, unsure)
    return Answer(Decision.DENIED, _missing(doc, request))


def _name(statement: Statement) -> str:
    return f"statement {statement.index}" + (f" ({statement.sid})" if statement.sid else "")


def _missing(doc: Document, request: Request) -> str:
    """Which Allow comes nearest, and what keeps it from holding."""
    speaking = [allow for allow in doc.allows if _named(allow, request) is not False]
    acting = [allow for allow in speaking if _on(allow, request)]
    if acting:
        return f"{_name(acting[0])} would allow it, but {_in_the_way(acting[0], request, False)}"
    if speaking:
        return (
            f"{_name(speaking[0])} names {request.principal}, but not {request.action} on {request.resource}"
        )
    named = [principal.value for allow in doc.allows for principal in allow.principals or ()]
    shown = ", ".join(dict.fromkeys(named[:5])) or "nobody"
    gone = any(p.kind is PrincipalKind.GONE for allow in doc.allows for p in allow.principals or ())
    return f"it names {shown}, not {request.principal}" + (
        "; an id in place of an ARN is a principal that was deleted" if gone else ""
    )


def _in_the_way(allow: Statement, request: Request, state: bool | None) -> str:
    for condition in allow.conditions:
        if _holds(condition, request, allow.variables) is state:
            known = request.context.get(condition.name)
            told = "is not known of it" if known is None else f"it has {known!r}"
            told = "it does not have that" if condition.name in request.absent else told
            return f"asks for {condition}, and {told}"
    return f"{request.principal} is named in a way that is not certain"


def _applies(statement: Statement, request: Request) -> bool | None:
    """Whether the statement speaks of the request; None where that is not certain."""
    if not _on(statement, request):
        return False
    return _every(
        (
            _named(statement, request),
            *(_holds(condition, request, statement.variables) for condition in statement.conditions),
        )
    )


def _on(statement: Statement, request: Request) -> bool:
    action = any(covers(pattern, request.action.lower()) for pattern in statement.action_patterns)
    resource = any(covers(pattern, request.resource) for pattern in statement.resources)
    return action != statement.not_action and resource != statement.not_resource


def _named(statement: Statement, request: Request) -> bool | None:
    if statement.principals is None:
        return True
    found = _some(_is(principal, request) for principal in statement.principals)
    if statement.not_principal:
        return None if found is None else not found
    return found


def _is(principal: Principal, request: Request) -> bool | None:
    if principal.kind is PrincipalKind.ANYONE:
        return None if principal.odd else True
    if principal.kind is PrincipalKind.SERVICE:
        return principal.value == request.principal.lower()
    if principal.kind is PrincipalKind.ACCOUNT:
        return bool(request.account) and principal.account == request.account
    if principal.kind is PrincipalKind.IDENTITY:
        return principal.value == request.principal
    return None if principal.kind is PrincipalKind.UNKNOWN else False


def _holds(condition: Condition, request: Request, variables: bool) -> bool | None:
    op = condition.op
    known = request.context.get(condition.name)
    if not op.known or not condition.values:
        return None
    if op.base == "null":
        if known is None and condition.name not in request.absent:
            return None
        return any(value.lower() == str(known is None).lower() for value in condition.values)
    if condition.name in request.absent:
        return op.holds_when_missing
    if known is None or (variables and any("${" in value for value in condition.values)):
        return None
    found = _some(_matches(op.base, wanted, known) for wanted in condition.values)
    return found if found is None or not op.negated else not found


def _matches(base: str, wanted: str, known: str) -> bool | None:
    if base in ("stringequalsignorecase", "bool"):
        wanted, known = wanted.lower(), known.lower()
    if base in ("stringequals", "stringequalsignorecase", "bool"):
        if not is_wild(known):
            return wanted == known
        return None if covers(known, wanted) else False
    if base == "stringlike":
        return _like(wanted, known)
    if base in ("arnequals", "arnlike"):
        fields, given = wanted.split(":", 5), known.split(":", 5)
        if len(fields) != len(given):
            return _like(wanted, known) if wanted == ALL else False
        return _every(_like(one, other) for one, other in zip(fields, given, strict=True))
    return None


def _like(pattern: str, known: str) -> bool | None:
    if covers(pattern, known):
        return True
    return None if overlaps(pattern, known) and is_wild(known) else False


def _every(found: Iterable[bool | None]) -> bool | None:
    answers = list(found)
    return False if False in answers else (None if None in answers else True)


def _some(found: Iterable[bool | None]) -> bool | None:
    answers = list(found)
    return True if True in answers else (None if None in answers else False)
