"""Which due rows are claimed next, so that no account waits for another that has more of them.

As long as everything that is due fits, it is taken as it stands. Else each account has its share: first those of which
least is in hand, then those that have waited longest. An account of which enough is in hand is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, func, or_, select

from liveaudit.store.schema import due

LEAST_SHARE = 8
"""Rows of one account that are taken together at least: they share calls."""

_NOW: Any = bindparam("now")
_ORDER = ("priority", "not_before", "resource_id")


@dataclass(frozen=True, slots=True)
class InHand:
    """How many batches of each account a process has in hand, and how many of one it may have."""

    batches: Mapping[str, int] = field(default_factory=dict)
    most: int = 1

    @property
    def full(self) -> frozenset[str]:
        """The accounts of which enough is in hand."""
        return frozenset(account for account, number in self.batches.items() if number >= self.most)


NOTHING = InHand()


def _is_free(table: Any) -> Any:
    return and_(
        or_(table.c.lease_until.is_(None), table.c.lease_until < _NOW),
        table.c.not_before <= _NOW,
        table.c.priority.between(bindparam("first"), bindparam("last")),
    )


def _in_order(table: Table | Any) -> list[Any]:
    return [table.c[name] for name in _ORDER]


_FREE = (
    select(due.c.resource_id)
    .where(_is_free(due))
    .order_by(*_in_order(due))
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def _of(table: Any, account: Any) -> list[Any]:
    """Rows of one account. As a range, so that in the order by account only the index by account will do."""
    return [table.c.account >= account, table.c.account <= account]


_FREE_OF_ACCOUNT = (
    select(due.c.resource_id)
    .where(*_of(due, bindparam("account")), _is_free(due))
    .order_by(due.c.account, *_in_order(due))
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def _heads() -> Any:
    """The first free row of each account. Each account is found by one look into the index, whatever rows it has."""
    first = select(func.min(due.c.account).label("account")).cte("accounts", recursive=True)
    other, rows = due.alias(), due.alias()
    following = select(func.min(other.c.account)).where(other.c.account > first.c.account).scalar_subquery()
    accounts = first.union_all(select(following).where(first.c.account.is_not(None)))
    head = (
        select(rows.c.resource_id)
        .where(*_of(rows, accounts.c.account), _is_free(rows))
        .order_by(rows.c.account, *_in_order(rows))
        .limit(1)
        .scalar_subquery()
    )
    return select(due.c.account, due.c.priority, due.c.not_before).join_from(
        accounts, due, due.c.resource_id == head
    )


_HEADS = _heads()


def choose(
    connection: Connection, *, now: float, limit: int, lane: tuple[int, int], in_hand: InHand = NOTHING
) -> list[int]:
    """Up to ``limit`` rows to claim, locked. ``now``: Unix seconds; ``lane``: the priorities, from and to."""
    given = {"now": now, "first": lane[0], "last": lane[1]}
    full = in_hand.full
    first: list[int] = []
    if not full:
        first = list(connection.execute(_FREE, {**given, "most": limit}).scalars())
        if len(first) < limit:
            return first
    heads = [each for each in connection.execute(_HEADS, given) if each.account not in full]
    if first and len(heads) == 1:
        return first
    heads.sort(
        key=lambda each: (each.priority, in_hand.batches.get(each.account, 0), each.not_before, each.account)
    )
    share = max(LEAST_SHARE, limit // max(1, len(heads)))
    chosen: dict[int, None] = {}
    more: list[str] = []
    for each in heads:
        room = limit - len(chosen)
        if room <= 0:
            break
        found = _of_account(connection, each.account, given, min(share, room))
        chosen.update(dict.fromkeys(found))
        if len(found) == share:
            more.append(each.account)
    for account in more:
        room = limit - len(chosen)
        if room <= 0:
            break
        further = (
            each for each in _of_account(connection, account, given, share + room) if each not in chosen
        )
        chosen.update(dict.fromkeys(further))
    return list(chosen)


def _of_account(connection: Connection, account: str, given: Mapping[str, Any], most: int) -> list[int]:
    found = connection.execute(_FREE_OF_ACCOUNT, {**given, "account": account, "most": most})
    return list(found.scalars())
