"""Verdicts on the policy document of a resource, of whichever service: public, foreign.

What decides is ``policies.documents``; here stands how it is told. A document that is not there (None) lets nobody in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from liveaudit.model import Outcome, Resource, Verdict, failed, passed, unknown
from liveaudit.policies.documents import (
    Document,
    Grant,
    foreign_grants,
    public_grants,
    service_grants_without_source,
)
from liveaudit.policies.policy import Context
from liveaudit.policies.shapes import document, text

_WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)
_SERVICE = (".amazonaws.com", ".amazonaws.com.cn")


def not_public(
    policy_document: Any,
    what: str,
    *,
    actions: Sequence[str] | None = None,
    resource: str | None = None,
    wrong: str = "",
) -> Verdict:
    """FAIL with the statements that let anybody in. ``what``: whose policy, as ``the queue policy``.

    ``actions``: only grants of these (patterns) count; ``resource``: only those that reach this ARN. ``wrong``: the reason to tell. Raises UnexpectedShapeError.
    """
    if policy_document is None:
        return passed(f"there is no policy that could let anybody in: {what} is not set")
    found = public_grants(document(text(policy_document, what), what), actions=actions, resource=resource)
    if found:
        return failed(wrong or f"{what} lets everybody in", statements=_evidence(found))
    return passed(f"no statement of {what} lets everybody in")


def no_strangers(policy_document: Any, what: str, resource: Resource, context: Context) -> Verdict:
    """FAIL with the statements that let in accounts that are neither ours nor trusted. Raises UnexpectedShapeError.

    UNKNOWN where all that is found is of principals of which nobody can tell whose they are.
    """
    if policy_document is None:
        return passed(f"there is no policy that could let other accounts in: {what} is not set")
    return _no_strangers(document(text(policy_document, what), what), what, resource, context)


def no_strangers_granted(
    grants: Iterable[tuple[str, Sequence[str]]], what: str, resource: Resource, context: Context
) -> Verdict:
    """As ``no_strangers``, where access is granted without a document: pairs of a principal and its actions."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service" if principal.endswith(_SERVICE) else "AWS": principal},
            "Action": list(actions) or "*",
            "Resource": "*",
        }
        for principal, actions in grants
    ]
    if not statements:
        return passed(f"{what} lets in no other account: there is none")
    doc = document({"Version": "2012-10-17", "Statement": statements}, what)
    return _no_strangers(doc, what, resource, context)


def _no_strangers(doc: Document, what: str, resource: Resource, context: Context) -> Verdict:
    found = foreign_grants(
        doc,
        own_accounts=context.own_accounts | {resource.account},
        trusted=context.trusted_accounts,
    )
    if found and all(grant.uncertain for grant in found):
        doubt = found[0].uncertain[0]
        return unknown(f"whose {doubt.what} is cannot be told: {doubt.why}")
    if found:
        return failed(f"{what} lets in principals of other accounts", statements=_evidence(found))
    return passed(f"{what} lets in no other account")


def _evidence(found: Sequence[Grant]) -> list[Any]:
    return [grant.evidence() for grant in found]


def services_name_their_source(policy_document: Any, what: str) -> Verdict:
    """FAIL with the statements that let an AWS service in on whosesoever behalf. Raises UnexpectedShapeError.

    Source: IAM User Guide, "The confused deputy problem".
    """
    if policy_document is None:
        return passed(f"there is no policy that could let services in: {what} is not set")
    found = service_grants_without_source(document(text(policy_document, what), what))
    if found:
        return failed(f"{what} lets an AWS service in on anybody's behalf", statements=_evidence(found))
    return passed(f"{what} lets in no service that does not name its source")


def worst(*verdicts: Verdict) -> Verdict:
    """The verdict that tells of all: FAIL before UNKNOWN before PASS."""
    return min(verdicts, key=lambda each: _WORST_FIRST.index(each.outcome))
