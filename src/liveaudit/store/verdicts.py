"""Verdicts as rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete

from liveaudit.model import Verdict
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema import verdicts


def write_verdicts(
    connection: Connection,
    key: int,
    given: Mapping[str, Verdict],
    *,
    order: int,
    now: float,
    unsettled: Mapping[str, str] | None = None,
    staged: Collection[str] = (),
) -> None:
    """Put the verdicts of one resource down, by policy id. ``staged``: the policies that judge silently.

    ``unsettled``: why one may not be the last word yet; None: that stays as it is, as nothing was read.
    """
    if not given:
        return
    overwritten: tuple[str, ...] = (*("outcome", "reason", "evidence", "read_order", "judged_at", "staged"),)
    overwritten += () if unsettled is None else ("unsettled",)
    connection.execute(
        upsert(dialect_of(connection), verdicts, ("resource_id", "policy"), overwritten),
        [
            {
                "resource_id": key,
                "policy": policy,
                "outcome": verdict.outcome.value,
                "reason": codec.storable(verdict.reason),
                "evidence": codec.dump(verdict.evidence),
                "unsettled": codec.storable((unsettled or {}).get(policy, "")),
                "read_order": order,
                "judged_at": now,
                "staged": int(policy in staged),
            }
            for policy, verdict in given.items()
        ],
    )


def forget_verdicts(connection: Connection, key: int) -> None:
    """Drop the verdicts of a resource that is gone."""
    connection.execute(delete(verdicts).where(verdicts.c.resource_id == key))


def keep_verdicts_of(connection: Connection, key: int, policies: Iterable[str]) -> None:
    """Drop the verdicts of a resource by all other policies."""
    connection.execute(
        delete(verdicts).where(verdicts.c.resource_id == key, verdicts.c.policy.not_in(sorted(policies)))
    )
