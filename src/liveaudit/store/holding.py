"""Leases that are held longer, or given back before their time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from liveaudit.store import locks
from liveaudit.store.schema import due
from liveaudit.store.work import Claim

_CHOSEN: Any = bindparam("chosen", expanding=True)
_OURS = select(due.c.resource_id).where(
    due.c.resource_id.in_(_CHOSEN),
    due.c.lease_owner == bindparam("owner"),
    due.c.lease_order == bindparam("order"),
)
_KEEP = update(due).where(due.c.resource_id.in_(_CHOSEN)).values(lease_until=bindparam("until"))
_GIVE_BACK = update(due).where(due.c.resource_id.in_(_CHOSEN)).values(lease_owner=None, lease_until=None)


def keep(connection: Connection, claims: Sequence[Claim], *, until: float) -> int:
    """Hold the claimed rows longer, those that are still ours. Returns how many those are."""
    keys = _ours(connection, claims)
    if keys:
        connection.execute(_KEEP, {"chosen": keys, "until": until})
    return len(keys)


def give_back(connection: Connection, claims: Sequence[Claim]) -> int:
    """Let others have the claimed rows at once, those that are still ours. Returns how many those are."""
    keys = _ours(connection, claims)
    if keys:
        connection.execute(_GIVE_BACK, {"chosen": keys})
    return len(keys)


def _ours(connection: Connection, claims: Sequence[Claim]) -> list[int]:
    """The rows whose lease is still that of the claim; they are locked."""
    locks.due_rows(connection, [claim.key for claim in claims])
    held: set[int] = set()
    for owner, order in sorted({(claim.owner, claim.order) for claim in claims}):
        keys = [claim.key for claim in claims if (claim.owner, claim.order) == (owner, order)]
        held |= set(connection.execute(_OURS, {"chosen": keys, "owner": owner, "order": order}).scalars())
    return sorted(held)
