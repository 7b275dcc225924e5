"""The questions that an audit puts to who decides policies elsewhere, in the transaction that writes what it found."""

from __future__ import annotations

from sqlalchemy import Connection

from liveaudit.audit.outcome import Audit
from liveaudit.audit.reconcile import touching
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Cause
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.store import questions
from liveaudit.store.rejudging import POLICY


def put_questions(
    connection: Connection, catalog: Catalog, policies: PolicyRegistry, audit: Audit, now: float
) -> None:
    """Ask what the audit could not say itself, and nothing more of what it could, or what is not to be judged any longer.

    Before findings are looked at: an answer that is being written may move one, and is waited for here.
    """
    claim, resource = audit.claim, audit.claim.resource
    asking = {each.id: each for each in policies.of(resource.type) if each.asks is not None}
    if any(cause.kind == POLICY for cause in claim.causes):
        valid = {
            each.id for each in asking.values() if each.applies_to(resource.id) and audit.ruled.judges(each)
        }
        questions.keep_only(connection, claim.key, valid)
    questions.drop(connection, claim.key, asking.keys() & audit.verdicts.keys())
    root = catalog.types[resource.type].root
    wanted: dict[str, list[Cause]] = {
        policy_id: touching(claim.causes, asking[policy_id].sections, root=root)
        for policy_id in audit.asks
        if policy_id in asking
    }
    questions.put(connection, claim.key, wanted, now)
