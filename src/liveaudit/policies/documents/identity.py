"""Identity policies: what whoever holds them may do.

A statement counts by what it grants, whatever its conditions: a condition such as MFA decides when, not what. The
Grant names the conditions, so that the caller can weigh them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from liveaudit.policies.documents.cover import (
    ALL,
    Part,
    denies_action,
    denies_resource,
    grant,
    never,
    surely_applies,
    widened,
)
from liveaudit.policies.documents.model import Document, Grant, Statement
from liveaudit.policies.documents.patterns import covers, is_wild, overlaps

_EVERY_ACTION = "*:*"
_EVERY_ARN = "arn:*:*:*:*:*"
_IAM_ARNS = "arn:*:iam::*:*"
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


def holds_every_resource(statement: Statement) -> bool:
    """Whether an Allow statement holds all resources: ``*``, ``arn:aws:*``, or all but such as are not IAM's."""
    if statement.not_resource:
        return not any(overlaps(widened(r, statement), _IAM_ARNS) for r in statement.resources)
    return any(map(every_resource, statement.resources))


def every_resource(pattern: str) -> bool:
    """Whether a resource pattern matches everything, of one partition at least."""
    if pattern == ALL:
        return True
    if pattern[-1:] != "*":
        return False
    return covers(pattern, _EVERY_ARN) or any(
        covers(pattern, f"arn:{partition}:*:*:*:*") for partition in _PARTITIONS
    )


def is_administrator(doc: Document) -> tuple[Grant, ...]:
    """The statements that allow every action on every resource.

    NotAction counts unless it keeps something of IAM back: who has all of IAM can give himself the rest. Only a Deny
    without condition of everything cancels it (CIS 2.14, Security Hub IAM.1).
    """
    found = []
    for allow in doc.allows:
        if allow.not_action:
            if any(overlaps(action, "iam:*") for action in allow.action_patterns):
                continue
        elif not any(covers(action, _EVERY_ACTION) for action in allow.action_patterns):
            continue
        part = Part(ALL, ALL, _EVERY_ACTION)
        if holds_every_resource(allow) and not _denied(doc.denies, allow, part, Part(ALL, ALL, ALL)):
            found.append(_grant(allow, part))
    return tuple(found)


def allows(doc: Document, action: str, resource: str = ALL) -> Grant | None:
    """The statement that allows ``action`` on all that ``resource`` matches, if any; one without conditions first.

    Both may be patterns: ``allows(doc, "kms:Decrypt", "arn:aws:kms:*:*:key/*")`` asks for all keys. A Deny that
    surely holds the whole question cancels; one that keeps out a part of it does not. NotAction and NotResource hold
    what their exceptions do not hold wholly.
    """
    return next(iter(allowing((doc,), action, resource)), None)


def allowing(docs: Iterable[Document], action: str, resource: str = ALL) -> tuple[Grant, ...]:
    """All statements of all documents of one identity for the question of ``allows``, unconditional ones first."""
    asked = action.lower()
    documents = tuple(docs)
    denies = tuple(deny for doc in documents for deny in doc.denies)
    found = [
        _grant(allow, Part(action, asked, asked))
        for doc in documents
        for allow in doc.allows
        if _holds(allow.action_patterns, allow.not_action, asked)
        and _holds_resource(allow, resource)
        and not _denied(denies, allow, Part(action, asked, asked), Part(resource, resource, resource))
    ]
    return tuple(sorted(found, key=lambda item: item.conditional))


def allows_some(doc: Document, actions: Sequence[str], resource: str = ALL) -> tuple[Grant, ...]:
    """The statements that allow at least something of what the patterns match."""
    found = []
    for allow in doc.allows:
        parts = [
            Part(pattern, pattern.lower(), pattern.lower())
            for pattern in actions
            if _touches(allow.action_patterns, allow.not_action, pattern.lower())
        ]
        wide = tuple(widened(r, allow) for r in allow.resources)
        if not parts or not _touches(wide, allow.not_resource, resource):
            continue
        whole = Part(resource, resource, resource)
        parts = [part for part in parts if not _denied(doc.denies, allow, part, whole)]
        if parts:
            found.append(grant(allow, parts, [Part(r, r, r) for r in allow.resources]))
    return tuple(found)


def full_access(doc: Document, service: str) -> tuple[Grant, ...]:
    """The statements that allow every action of a service (its IAM prefix) on all its resources."""
    asked = f"{service.lower()}:*"
    found = []
    for allow in doc.allows:
        if allow.not_action:
            held = not any(overlaps(action, asked) for action in allow.action_patterns)
        else:
            held = any(covers(action, asked) for action in allow.action_patterns)
        if not held or not _holds_service(allow, service.lower()):
            continue
        part = Part(asked, asked, asked)
        if not _denied(doc.denies, allow, part, Part(ALL, ALL, ALL)) and not _denied(
            doc.denies, allow, part, Part(ALL, ALL, f"arn:*:{service.lower()}:*:*:*")
        ):
            found.append(_grant(allow, part))
    return tuple(found)


def assumes_any_role(docs: Document | Sequence[Document]) -> tuple[Grant, ...]:
    """The statements that allow sts:AssumeRole on every role, of one account at least (``*``, ``arn:...:role/*``)."""
    documents = (docs,) if isinstance(docs, Document) else tuple(docs)
    denies = tuple(deny for doc in documents for deny in doc.denies)
    action = Part("sts:AssumeRole", "sts:assumerole", "sts:assumerole")
    return tuple(
        _grant(allow, action)
        for doc in documents
        for allow in doc.allows
        if _holds(allow.action_patterns, allow.not_action, action.asked)
        and (
            holds_every_resource(allow) or (not allow.not_resource and any(map(_every_role, allow.resources)))
        )
        and not _denied(denies, allow, action, Part(ALL, ALL, "arn:*:iam::*:role/*"))
    )


def _every_role(pattern: str) -> bool:
    fields = pattern.split(":", 5)
    return (
        len(fields) == 6
        and covers(fields[2], "iam")
        and covers(fields[3], "")
        and covers(fields[5], "role/*")
    )


def _holds(patterns: Sequence[str], negated: bool, asked: str) -> bool:
    return any(covers(pattern, asked) for pattern in patterns) != negated


def _holds_resource(allow: Statement, asked: str) -> bool:
    if asked == ALL and not allow.not_resource:
        return any(map(every_resource, allow.resources))
    return _holds(allow.resources, allow.not_resource, asked)


def _touches(patterns: Sequence[str], negated: bool, asked: str) -> bool:
    if negated:
        return not any(covers(pattern, asked) for pattern in patterns)
    return any(overlaps(pattern, asked) for pattern in patterns)


def _holds_service(allow: Statement, service: str) -> bool:
    if allow.not_resource:
        return not any(overlaps(widened(r, allow), f"arn:*:{service}:*:*:*") for r in allow.resources)
    return any(every_resource(r) or _every_resource_of(r, service) for r in allow.resources)


def _every_resource_of(pattern: str, service: str) -> bool:
    """``arn:aws:s3:::*``: the service whole, in all regions, in one account at least."""
    fields = pattern.split(":", 5)
    return (
        len(fields) == 6
        and covers(fields[2], service)
        and fields[3] in ("", "*")
        and (not is_wild(fields[4]) or fields[4] == "*")
        and set(fields[5]) == {"*"}
    )


def _denied(denies: Iterable[Statement], allow: Statement, action: Part, resource: Part) -> bool:
    return any(
        surely_applies(deny, allow, never) and denies_action(deny, action) and denies_resource(deny, resource)
        for deny in denies
    )


def _grant(allow: Statement, action: Part) -> Grant:
    """Evidence with those of the statement's actions that hold the one asked for."""
    shown = [
        Part(text, pattern, pattern)
        for text, pattern in zip(allow.actions, allow.action_patterns, strict=True)
        if covers(pattern, action.asked)
    ]
    return grant(allow, shown, [Part(r, r, r) for r in allow.resources])
