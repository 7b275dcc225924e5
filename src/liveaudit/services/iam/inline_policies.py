"""The policies of inline policies of roles, users and groups.

Each of these stands three times, under one id: once for every type that can hold inline policies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.documents import (
    Document,
    is_administrator,
    privilege_escalations,
)
from liveaudit.policies.shapes import UnexpectedShapeError, document, mappings, rule, text
from liveaudit.services.iam.managed_policies import Finds, decrypts_with_every_key, everything_of
from liveaudit.services.iam.resources import group, role, user

Documents = Sequence[tuple[str, Document]]
FindsInAll = Callable[[Documents, Resource], dict[str, Any]]
"""From the named documents of one principal to the evidence of what is wrong; empty if nothing is."""

HOLDERS: tuple[tuple[ResourceType, str], ...] = ((role, "role"), (user, "user"), (group, "group"))


def _read(inline_policies: Any) -> tuple[Documents, list[str]]:
    """The documents that can be read, and what is wrong with the others."""
    documents, problems = [], []
    for each in mappings(inline_policies, "the inline policies"):
        name = text(each.get("PolicyName"), "PolicyName")
        try:
            documents.append((name, document(each.get("PolicyDocument"), name)))
        except UnexpectedShapeError as problem:
            problems.append(str(problem))
    return documents, problems


def _each(finds: Finds) -> FindsInAll:
    """Every document by itself; the evidence is the statements by policy."""

    def found(documents: Documents, resource: Resource) -> dict[str, Any]:
        by_name = {name: [grant.evidence() for grant in finds(each, resource)] for name, each in documents}
        return {name: statements for name, statements in by_name.items() if statements}

    return found


def _escalations(documents: Documents, _: Resource) -> dict[str, Any]:
    """All documents of the principal together: two harmless ones may make a path between them."""
    paths = privilege_escalations([each for _, each in documents])[:20]
    found: dict[str, Any] = {}
    for path in paths:
        for position in dict.fromkeys(position for position, _ in path.statements):
            found.setdefault(documents[position][0], []).append(path.name)
    return found


def _inline_rule(
    policy_id: str,
    severity: Severity,
    finds: FindsInAll,
    *,
    allows: str,
    why: str,
    fix: str,
) -> None:
    for holder, kind in HOLDERS:
        _inline_rule_of(
            holder,
            policy_id,
            severity,
            finds,
            wrong=f"an inline policy of the {kind} {allows}",
            title=f"No inline policy of a {kind} {allows}",
            why=why,
            fix=fix,
        )


def _inline_rule_of(
    holder: ResourceType, policy_id: str, severity: Severity, finds: FindsInAll, *, wrong: str, **texts: Any
) -> None:
    @rule(holder, policy_id, severity, **texts)
    def judge(inline_policies: Any, resource: Resource) -> Verdict:
        """IAM user guide, "Managed policies and inline policies"."""
        documents, problems = _read(inline_policies)
        if not documents and not problems:
            return not_applicable("there is no inline policy")
        found = finds(documents, resource)
        if found:
            return failed(wrong, InlinePolicies=found)
        if problems:
            return unknown(problems[0])
        return passed("no inline policy does")


_inline_rule(
    "iam_inline_policy_no_administrative_privileges",
    Severity.CRITICAL,
    _each(lambda written, _: is_administrator(written)),
    allows="allows everything on everything",
    why="Its holder can do everything in the account, and an inline policy is seen only by who looks at the holder.",
    fix="Write down what is needed, action by action.",
)
_inline_rule(
    "iam_inline_policy_allows_privilege_escalation",
    Severity.HIGH,
    _escalations,
    allows="leaves a path to more rights",
    why="Some rights together are as good as all: to attach a policy to oneself, or to pass a strong role to a program "
    "of one's own.",
    fix="Take out one of the actions of the path, or narrow its Resource.",
)
_inline_rule(
    "iam_inline_policy_allows_decrypt_on_all_keys",
    Severity.MEDIUM,
    _each(decrypts_with_every_key),
    allows="allows to decrypt with every KMS key",
    why="The key is often what protects data from those who can read the bucket or the table; this takes it away.",
    fix="Name the keys' ARNs as Resource of kms:Decrypt and kms:ReEncryptFrom.",
)
_inline_rule(
    "iam_inline_policy_no_full_access_to_kms",
    Severity.MEDIUM,
    _each(everything_of("kms")),
    allows="allows everything of KMS",
    why="Its holder can decrypt with every key, change who may, and schedule keys for deletion, and the data with them.",
    fix="Name the actions and the keys that are needed.",
)
_inline_rule(
    "iam_inline_policy_no_full_access_to_cloudtrail",
    Severity.HIGH,
    _each(everything_of("cloudtrail")),
    allows="allows everything of CloudTrail",
    why="Its holder can switch off the log of what is done in the account, before doing it.",
    fix="Allow the reading actions only, such as cloudtrail:LookupEvents.",
)
