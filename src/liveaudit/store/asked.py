"""How the asking of each policy goes that is decided elsewhere: whether it is answered, and if not, why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, func, select

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema_asking import asked, questions

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Asking:
    """How it goes. Times are Unix seconds. ``in_row``: how many times in a row something was not answered; ``reason``: why,
    at the last of them; ``answered``, ``unanswered``: how many questions were, in all. ``waiting``: how many are not yet, and
    ``oldest``: since when the first of these."""

    policy: str
    whom: str
    asked_at: float
    answered_at: float | None = None
    failed_at: float | None = None
    reason: str = ""
    in_row: int = 0
    answered: int = 0
    unanswered: int = 0
    waiting: int = 0
    oldest: float | None = None

    @property
    def healthy(self) -> bool:
        """Whether all was answered when it was last asked."""
        return not self.in_row

    @property
    def trouble(self) -> str:
        """What is wrong, in words; empty: nothing is."""
        if self.healthy:
            return ""
        if not self.silent:
            return f"{self.whom} left questions without an answer: {self.reason}"
        times = f"{self.in_row} times in a row" if self.in_row > 1 else "when it was last asked"
        return f"{self.whom} did not answer {times}, so its verdicts are UNKNOWN: {self.reason}"

    @property
    def silent(self) -> bool:
        """Whether nothing at all was answered when it was last asked."""
        return bool(self.in_row) and (self.answered_at is None or self.answered_at < self.asked_at)


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
    """How it goes with every policy that asks, by policy id."""
    counting = select(
        questions.c.policy, func.count().label("number"), func.min(questions.c.since).label("oldest")
    ).group_by(questions.c.policy)
    waiting = {row.policy: (int(row.number), row.oldest) for row in connection.execute(counting)}
    found = {row["policy"]: Asking(**row) for row in connection.execute(select(asked)).mappings()}
    for policy in waiting.keys() - found.keys():
        found[policy] = Asking(policy, "", 0.0)
    return {
        policy: replace(each, waiting=waiting[policy][0], oldest=waiting[policy][1])
        if policy in waiting
        else each
        for policy, each in sorted(found.items())
    }


def forget_others(connection: Connection, policies: Collection[str]) -> None:
    """Forget how it went with policies that ask nobody any more."""
    connection.execute(delete(asked).where(asked.c.policy.not_in(sorted(policies))))
