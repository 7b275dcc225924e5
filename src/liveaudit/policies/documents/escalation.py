"""Privilege escalation: permissions by which an identity can give itself those of a stronger one.

The table is ``escalation_paths``. How far the resources of a grant must reach for it to count:

- an IAM action (and sts:AssumeRole): all roles (users, groups, policies) of an account: ``*``,
  ``arn:aws:iam::123456789012:role/*``. A name, or a part of one, scopes it, so it does not count. For the actions on
  oneself (attach a policy to me), ``user/${aws:username}`` counts as well.
- what works on things that exist already (a function and its role): all of the kind.
- what makes something new, or runs what was just made: whatever the resources, it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from liveaudit.policies.documents.conditions import requires
from liveaudit.policies.documents.cover import ALL, Part, denies_resource
from liveaudit.policies.documents.escalation_paths import (
    IAM_KIND,
    NEEDED,
    NEW,
    ON_ONESELF,
    PASS_ROLE,
    SCOPING_KEYS,
    STEPS,
    Path,
)
from liveaudit.policies.documents.identity import every_resource, holds_every_resource
from liveaudit.policies.documents.model import Condition, Document, Statement
from liveaudit.policies.documents.patterns import covers, is_wild, overlaps


@dataclass(frozen=True, slots=True)
class Escalation:
    """A path that stands open. ``statements``: (document, statement) positions of the grants found.

    ``conditional``: at least one of the actions is granted only under conditions.
    """

    name: str
    actions: tuple[str, ...]
    statements: tuple[tuple[int, int], ...]
    conditional: bool = False


@lru_cache(maxsize=4096)
def _steps_of(pattern: str) -> frozenset[str]:
    if not is_wild(pattern):
        return frozenset((pattern,)) if pattern in STEPS else frozenset()
    return frozenset(step for step in STEPS if covers(pattern, step))


def _steps(statement: Statement) -> frozenset[str]:
    if len(statement.action_patterns) == 1:
        found = _steps_of(statement.action_patterns[0])
    else:
        found = frozenset().union(*map(_steps_of, statement.action_patterns))
    return frozenset(STEPS) - found if statement.not_action else found


@lru_cache(maxsize=4096)
def _reach(resource: str, kind: str) -> bool:
    """Whether a resource pattern holds all IAM things of a kind."""
    if every_resource(resource):
        return True
    fields = resource.split(":", 5)
    return (
        len(fields) == 6
        and covers(fields[2], "iam")
        and covers(fields[3], "")
        and covers(fields[5], f"{kind}/*")
    )


@lru_cache(maxsize=4096)
def _reach_existing(resource: str, service: str) -> bool:
    """Whether a resource pattern holds all things of a service, or all of one kind in it."""
    if every_resource(resource):
        return True
    fields = resource.split(":", 5)
    if len(fields) != 6 or not covers(fields[2], service):
        return False
    name = fields[5]
    literal = name.rstrip("*")
    return (
        name != literal
        and not is_wild(literal)
        and (not literal or (literal[-1] in ":/" and literal.count(literal[-1]) == 1))
    )


def _counts(allow: Statement, step: str, everything: bool) -> bool:
    if everything or step in NEW:
        return True
    if allow.not_resource:
        kind = IAM_KIND.get(step, "user")
        return not any(overlaps(r, f"arn:*:iam::*:{kind}/*") for r in allow.resources)
    if step.startswith("iam:") or step == "sts:assumerole":
        kind = IAM_KIND.get(step, "user")
        return any(_reach(r, kind) or (step in ON_ONESELF and _is_oneself(r, allow)) for r in allow.resources)
    service = step.split(":", 1)[0]
    # SSM and EC2 Instance Connect take instances, SendCommand takes its document beside them.
    services = ("ec2", "ssm") if service in ("ssm", "ec2-instance-connect") else (service,)
    return any(_reach_existing(r, name) for r in allow.resources for name in services)


def _is_oneself(resource: str, allow: Statement) -> bool:
    return allow.variables and resource.lower().endswith("user/${aws:username}")


def _scopes(condition: Condition) -> bool:
    return condition.name in SCOPING_KEYS and requires(condition) and not any(map(is_wild, condition.values))


def _passes_to(allow: Statement, service: str) -> bool:
    """Whether the conditions of a PassRole grant let a role be passed to the service."""
    for condition in allow.conditions:
        if condition.name != "iam:passedtoservice" or not requires(condition):
            continue
        wild = condition.op.base == "stringlike"
        values = [value.lower() for value in condition.values]
        if not any(covers(v, service) if wild else v == service for v in values):
            return False
    return True


def privilege_escalations(docs: Sequence[Document]) -> tuple[Escalation, ...]:
    """The paths that the policies of one identity, taken together, leave open; in the table's order.

    The rule for resources is the module's. A Deny without further condition of an action (for all roles, users ...)
    takes it away. Fixed iam:PolicyARN, iam:PermissionsBoundary and iam:PassedToService scope a grant; other
    conditions only mark the escalation as ``conditional``. An administrator has every path open: ask
    ``is_administrator`` first if that is not wanted.
    """
    found: dict[str, list[tuple[int, Statement]]] = {}
    denied = _denied_steps(docs)
    for position, doc in enumerate(docs):
        for allow in doc.allows:
            steps = _steps(allow) - denied
            if not steps or any(map(_scopes, allow.conditions)):
                continue
            everything = holds_every_resource(allow)
            for step in steps:
                if _counts(allow, step, everything):
                    found.setdefault(step, []).append((position, allow))
    if not found:
        return ()
    return tuple(
        escalation for path, steps in NEEDED if steps <= found.keys() for escalation in _open(path, found)
    )


def _open(path: Path, found: dict[str, list[tuple[int, Statement]]]) -> Iterator[Escalation]:
    statements: set[tuple[int, int]] = set()
    conditional = False
    for action in path.actions:
        grants = found.get(action.lower(), ())
        if action == PASS_ROLE:
            grants = [item for item in grants if _passes_to(item[1], path.service)]
        if not grants:
            return
        statements.update((position, allow.index) for position, allow in grants)
        conditional = conditional or all(allow.conditions for _, allow in grants)
    yield Escalation(path.name, path.actions, tuple(sorted(statements)), conditional)


def _denied_steps(docs: Sequence[Document]) -> frozenset[str]:
    """The steps that a Deny without condition takes away."""
    found: set[str] = set()
    for deny in (deny for doc in docs for deny in doc.denies if not deny.conditions):
        for step in _steps(deny):
            kind = IAM_KIND.get(step, "user") if step.startswith("iam:") or step == "sts:assumerole" else ""
            resource = f"arn:*:iam::*:{kind}/*" if kind else ALL
            if step not in found and denies_resource(deny, Part(resource, ALL, resource)):
                found.add(step)
    return frozenset(found)
