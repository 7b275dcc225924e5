"""Do two documents say the same? In meaning: order, one value or a list of one, and a statement's name do not count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from liveaudit.policies.documents.model import Document, Operator, Principal, PrincipalKind, Statement


class _Meaning(NamedTuple):
    """A statement with everything left out that does not count."""

    allow: bool
    principals: frozenset[tuple[str, str]] | None
    not_principal: bool
    actions: frozenset[str]
    not_action: bool
    resources: frozenset[str]
    not_resource: bool
    conditions: frozenset[tuple[Operator, str, frozenset[str]]]
    variables: bool


def differences(actual: Document, expected: Document) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements of ``expected`` that ``actual`` lacks, and those of ``actual`` that are not expected.

    Both empty: the documents say the same. Statements are compared one by one, so the same permissions cut into
    other statements are a difference.
    """
    return _without(expected, actual), _without(actual, expected)


def _without(one: Document, other: Document) -> tuple[Statement, ...]:
    there = Counter(_meaning(statement) for statement in other.statements)
    left = []
    for statement in one.statements:
        meaning = _meaning(statement)
        if there[meaning]:
            there[meaning] -= 1
        else:
            left.append(statement)
    return tuple(left)


def _meaning(statement: Statement) -> _Meaning:
    principals = statement.principals
    return _Meaning(
        statement.allow,
        None if principals is None else frozenset(_principal(each) for each in principals),
        statement.not_principal,
        frozenset(statement.action_patterns),
        statement.not_action,
        frozenset(statement.resources),
        statement.not_resource,
        frozenset((each.op, each.name, frozenset(each.values)) for each in statement.conditions),
        statement.variables and _has_variables(statement),
    )


def _principal(principal: Principal) -> tuple[str, str]:
    """An account is the same as its number and as its root's ARN; AWS writes the one for the other."""
    if principal.kind is PrincipalKind.ACCOUNT:
        return (principal.kind, principal.account)
    return (principal.kind, principal.value)


def _has_variables(statement: Statement) -> bool:
    values = [value for condition in statement.conditions for value in condition.values]
    return any("${" in text for text in (*statement.resources, *values))


def told(statement: Statement) -> str:
    """A statement in one line, short."""
    parts = [statement.sid or f"statement {statement.index}", "allows" if statement.allow else "denies"]
    if statement.principals is not None:
        parts.append(
            ("all but " if statement.not_principal else "") + _short(p.value for p in statement.principals)
        )
    parts.append(("all but " if statement.not_action else "") + _short(statement.actions))
    if statement.resources != ("*",):
        parts.append("on " + ("all but " if statement.not_resource else "") + _short(statement.resources))
    if statement.conditions:
        parts.append("if " + " and ".join(str(each) for each in statement.conditions))
    return " ".join(parts)[:400]


def _short(values: Iterable[str]) -> str:
    listed = list(values)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
