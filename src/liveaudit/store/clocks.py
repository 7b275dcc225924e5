"""When a policy's verdict may change by the passing of time alone: a cause of due work that waits for its moment.

It disturbs nothing before: what else the resource is due for does not wait for it, and does not end it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, delete

from liveaudit.model import Cause
from liveaudit.store.causes import row_of
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema import due_causes
from liveaudit.store.work import AT_ONCE, RENEWED, Claim

CLOCK = "clock"
"""The kind of such causes."""


@dataclass(frozen=True, slots=True)
class Ring:
    """When (Unix seconds) a policy that reads these sections is to be judged again."""

    at: float
    sections: frozenset[str]


NO_RINGS: Mapping[str, Ring | None] = MappingProxyType({})
_KEY: Any = bindparam("key")
_STOP = delete(due_causes).where(
    due_causes.c.resource_id == _KEY, due_causes.c.cause_id == bindparam("cause"), due_causes.c.kind == CLOCK
)
_STOP_ALL = delete(due_causes).where(due_causes.c.resource_id == _KEY, due_causes.c.kind == CLOCK)


def wind(connection: Connection, claimed: Claim, rings: Mapping[str, Ring | None]) -> None:
    """Set the clocks of the judged policies, by policy id; None: time alone changes nothing any more."""
    waiting, over = [], []
    for policy_id in sorted(rings):
        ring, cause_id = rings[policy_id], f"{CLOCK}:{policy_id}"
        if ring is None:
            over.append({"key": claimed.key, "cause": cause_id})
            continue
        cause = Cause(cause_id, CLOCK, ring.sections)
        row = {"resource_id": claimed.key, "generation": claimed.generation, **row_of(cause)}
        waiting.append({**row, **AT_ONCE, "not_before": ring.at})
    if over:
        connection.execute(_STOP, over)
    if waiting:
        connection.execute(
            upsert(dialect_of(connection), due_causes, ("resource_id", "cause_id"), RENEWED), waiting
        )


def stop(connection: Connection, key: int) -> None:
    """Of a resource that is gone no time is kept."""
    connection.execute(_STOP_ALL, {"key": key})
