"""How the asking of each policy goes that is decided elsewhere: whether it is answered, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from liveaudit.store import codec
from liveaudit.store.schema_asking import asked
from liveaudit.store.work import dialect_of, insert_for

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Asking:
    """How it goes. Times are Unix seconds. ``in_row``: how many times in a row something was not answered; ``reason``: why,
    at the last of them; ``answered``, ``unanswered``: how many questions were, in all."""

    policy: str
    whom: str
    asked_at: float
    answered_at: float | None = None
    failed_at: float | None = None
    reason: str = ""
    in_row: int = 0
    answered: int = 0
    unanswered: int = 0

    @property
    def healthy(self) -> bool:
        """Whether all was answered when it was last asked."""
        return not self.in_row


def note(
    connection: Connection, policy: str, whom: str, *, answered: int, unanswered: int, reason: str, now: float
) -> None:
    """One more time that this policy asked: how many of its questions were answered, and why the others were not."""
    row = {
        "policy": policy,
        "whom": codec.storable(whom)[:_LONGEST],
        "asked_at": now,
        "answered": answered,
        "unanswered": unanswered,
        "in_row": 1 if unanswered else 0,
    }
    if answered:
        row["answered_at"] = now
    if unanswered:
        row |= {"failed_at": now, "reason": codec.storable(reason)[:_LONGEST]}
    statement = insert_for(dialect_of(connection), asked).values(row)
    given = statement.excluded
    plain = {name: given[name] for name in row if name not in ("policy", "answered", "unanswered", "in_row")}
    added = {name: asked.c[name] + given[name] for name in ("answered", "unanswered")}
    in_row = asked.c.in_row + 1 if unanswered else 0
    connection.execute(
        statement.on_conflict_do_update(index_elements=["policy"], set_={**plain, **added, "in_row": in_row})
    )


def all_asked(connection: Connection) -> dict[str, Asking]:
    """How it goes with every policy that ever asked, by policy id."""
    return {row["policy"]: Asking(**row) for row in connection.execute(select(asked)).mappings()}
