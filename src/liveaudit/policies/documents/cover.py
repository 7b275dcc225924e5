"""What of an Allow statement is in question, and what Denies leave of it.

An explicit Deny wins over any Allow (IAM User Guide, "Policy evaluation logic"). A Deny is subtracted only where it
surely covers: a wrong subtraction would hide a grant, a missing one only shows a grant too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from liveaudit.policies.documents.conditions import complement, pins_of, uncertainties
from liveaudit.policies.documents.model import Condition, Grant, Statement
from liveaudit.policies.documents.patterns import PatternSet, covers, overlaps

ALL: Final = "*"

_VARIABLE = re.compile(r"\$\{[^}]*\}?")


class Part(NamedTuple):
    """One action or resource in question: the texts that match both patterns. ``shown`` is the document's."""

    shown: str
    allowed: str
    asked: str


def widened(pattern: str, statement: Statement) -> str:
    """The pattern with policy variables replaced by ``*``: all that it may come to."""
    if statement.variables and "${" in pattern:
        return _VARIABLE.sub("*", pattern)
    return pattern


def actions_in_question(allow: Statement, asked: Sequence[str] | None) -> list[Part]:
    """The parts of the statement's actions that overlap one of the asked patterns (lower case), all if None."""
    return _parts(allow.actions, allow.action_patterns, allow.action_patterns, allow.not_action, asked)


def resources_in_question(allow: Statement, asked: str | None) -> list[Part]:
    """The same for resources."""
    wide = tuple(widened(resource, allow) for resource in allow.resources)
    return _parts(
        allow.resources, wide, allow.resources, allow.not_resource, None if asked is None else (asked,)
    )


def _parts(
    shown: Sequence[str],
    wide: Sequence[str],
    strict: Sequence[str],
    negated: bool,
    asked: Sequence[str] | None,
) -> list[Part]:
    questions = (ALL,) if asked is None else asked
    if negated:
        return [Part(q, ALL, q) for q in questions if not any(covers(exempt, q) for exempt in strict)]
    return [
        Part(text, pattern, question)
        for text, pattern in zip(shown, wide, strict=True)
        for question in questions
        if question == ALL or overlaps(pattern, question)
    ]


def denies_action(deny: Statement, part: Part) -> bool:
    """Whether the statement's actions surely hold the whole part."""
    return _holds(deny.action_patterns, deny.not_action, part)


def denies_resource(deny: Statement, part: Part) -> bool:
    """Whether the statement's resources surely hold the whole part."""
    return _holds(_resource_patterns(deny), deny.not_resource, part)


def _resource_patterns(deny: Statement) -> Sequence[str]:
    """Of what a Deny names: no more than sure. What it exempts: all that it may."""
    return [widened(r, deny) for r in deny.resources] if deny.not_resource else deny.resources


def _holds(patterns: Sequence[str], negated: bool, part: Part) -> bool:
    _, allowed, asked = part
    if negated:
        return all(not overlaps(p, allowed) or not overlaps(p, asked) for p in patterns)
    return any(covers(p, allowed) or (asked != ALL and covers(p, asked)) for p in patterns)


_MANY = 2_000
"""From so many comparisons on, patterns are asked together."""


def _hits(parts: Sequence[Part], patterns: Sequence[Sequence[str]], negated: Sequence[bool]) -> list[int]:
    """For each part, which Denies (as bits) hold it. ``patterns`` and ``negated``: of each Deny."""
    if len(parts) * sum(map(len, patterns)) <= _MANY:
        return [
            sum(1 << n for n, found in enumerate(patterns) if _holds(found, negated[n], part))
            for part in parts
        ]
    naming = [(text, 1 << n) for n, found in enumerate(patterns) if not negated[n] for text in found]
    exempting = [(text, 1 << n) for n, found in enumerate(patterns) if negated[n] for text in found]
    named, exempt = PatternSet([text for text, _ in naming]), PatternSet([text for text, _ in exempting])
    all_but = sum(1 << n for n, is_negated in enumerate(negated) if is_negated)
    answer = []
    for _, allowed, asked in parts:
        covering = named.covering(allowed) | (set() if asked == ALL else named.covering(asked))
        overlapping = exempt.overlapping(allowed)
        if asked != ALL:
            overlapping &= exempt.overlapping(asked)
        hit = 0
        for index in covering:
            hit |= naming[index][1]
        missed = 0
        for index in overlapping:
            missed |= exempting[index][1]
        answer.append(hit | all_but & ~missed)
    return answer


def surely_applies(deny: Statement, allow: Statement, narrow: Callable[[Sequence[Condition]], bool]) -> bool:
    """Whether whatever the Allow lets through and the Deny does not hit is narrow in the sense of the question.

    Each condition of the Deny must either stand on the Allow as well, so that it holds whenever the Allow does, or
    have a complement that is narrow: Deny unless the organization is ours.
    """
    for condition in deny.conditions:
        if any(condition.same_as(other) for other in allow.conditions) and condition.op.known:
            continue
        rest = complement(condition)
        if rest is None or not narrow((rest,)):
            return False
    return True


def pinned(variables: bool) -> Callable[[Sequence[Condition]], bool]:
    """The ``narrow`` of the question "public": any condition that pins."""
    return lambda conditions: bool(pins_of(conditions, variables))


def never(_: Sequence[Condition]) -> bool:
    """The ``narrow`` of questions for which no condition is narrow enough."""
    return False


def left_over(
    actions: list[Part], resources: list[Part], denies: Sequence[Statement]
) -> tuple[list[Part], list[Part]]:
    """What the Denies, each of which surely applies, leave. Either both lists are empty or neither is."""
    if not actions or not resources:
        return [], []
    if not denies:
        return actions, resources
    by_action = _hits(actions, [d.action_patterns for d in denies], [d.not_action for d in denies])
    by_resource = _hits(resources, [_resource_patterns(d) for d in denies], [d.not_resource for d in denies])
    kinds = set(by_action), set(by_resource)
    # An action is left if on some resource no Deny holds both, and the same for a resource.
    left_actions = {one for one in kinds[0] if not all(one & other for other in kinds[1])}
    left_resources = {one for one in kinds[1] if not all(one & other for other in kinds[0])}
    return (
        [part for part, hit in zip(actions, by_action, strict=True) if hit in left_actions],
        [part for part, hit in zip(resources, by_resource, strict=True) if hit in left_resources],
    )


def grant(
    allow: Statement,
    actions: Sequence[Part],
    resources: Sequence[Part],
    *,
    principals: Sequence[str] | None = None,
    conditions: Sequence[Condition] | None = None,
) -> Grant:
    """The evidence for what is left of a statement."""
    named = allow.principals or ()
    held = allow.conditions if conditions is None else tuple(conditions)
    doubts = uncertainties(held, allow.variables)
    return Grant(
        statement=allow.index,
        sid=allow.sid,
        principals=tuple(p.value for p in named) if principals is None else tuple(principals),
        actions=allow.actions if allow.not_action else tuple(dict.fromkeys(part.shown for part in actions)),
        resources=(
            allow.resources if allow.not_resource else tuple(dict.fromkeys(part.shown for part in resources))
        ),
        conditions=held,
        not_principal=allow.not_principal and principals is None,
        not_action=allow.not_action,
        not_resource=allow.not_resource,
        uncertain=doubts,
    )
