"""How many findings there are, by what they are: exact and at hand, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, union_all

from liveaudit.store import locks
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema_finding_counts import finding_changes, finding_counts

DIMENSIONS = ("account", "region", "type", "policy", "severity", "status")
CELL, POLICY, PLACE = "cell", "policy", "place"
_BLANK = {CELL: (), POLICY: ("account", "region"), PLACE: ("type", "policy")}
"""What is left out of a part, by part."""
FOLDED_AT_ONCE = 20_000
_NEWEST = select(finding_changes.c.id).order_by(finding_changes.c.id).limit(1).offset(FOLDED_AT_ONCE - 1)
_TAKE = delete(finding_changes).returning(*(finding_changes.c[name] for name in (*DIMENSIONS, "number")))

Wanted = Mapping[str, Sequence[str]]
"""Values by dimension; a dimension that is not there may be anything."""


def fold(connection: Connection) -> int:
    """Fold the oldest changes into the counts; one process at a time does. Returns how many changes that were."""
    if not locks.alone_counting(connection):
        return 0
    last = connection.execute(_NEWEST).scalar()
    taking = _TAKE if last is None else _TAKE.where(finding_changes.c.id <= last)
    sums: Counter[tuple[str, ...]] = Counter()
    taken = 0
    for row in connection.execute(taking):
        taken += 1
        values = dict(zip(DIMENSIONS, row[:-1], strict=True))
        for part, blank in _BLANK.items():
            sums[part, *("" if name in blank else values[name] for name in DIMENSIONS)] += row.number
    rows = [
        {"part": key[0], **dict(zip(DIMENSIONS, key[1:], strict=True)), "number": number}
        for key, number in sorted(sums.items())
        if number
    ]
    if rows:
        statement = insert_for(dialect_of(connection), finding_counts)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["part", *DIMENSIONS],
                set_={"number": finding_counts.c.number + statement.excluded.number},
            ),
            rows,
        )
    return taken


def waiting(connection: Connection) -> bool:
    """Whether there are changes that are not folded."""
    return connection.execute(select(finding_changes.c.id).limit(1)).first() is not None


def part_of(names: set[str]) -> str:
    """The smallest part that knows all these dimensions."""
    for part in (PLACE, POLICY):
        if not names & set(_BLANK[part]):
            return part
    return CELL


def count(connection: Connection, wanted: Wanted, *by: str, most: int = 0) -> dict[tuple[str, ...], int]:
    """How many findings match, by the values of dimensions; of many groups ``most`` (0: all)."""
    part = part_of({*wanted, *by})
    sides = []
    for table, of_part in ((finding_counts, True), (finding_changes, False)):
        conditions: list[ColumnElement[bool]] = [
            table.c[name].in_(list(values)) for name, values in wanted.items()
        ]
        if of_part:
            conditions.append(finding_counts.c.part == part)
        sides.append(select(*(table.c[name] for name in by), table.c.number).where(*conditions))
    both = union_all(*sides).subquery()
    number = func.sum(both.c.number)
    query = select(*(both.c[name] for name in by), number).having(number > 0)
    if by:
        query = query.group_by(*(both.c[name] for name in by))
    if most:
        query = query.limit(most)
    rows: Sequence[Any] = connection.execute(query).all()
    return {tuple(row[:-1]): int(row[-1]) for row in rows}


def total(connection: Connection, wanted: Wanted) -> int:
    """How many findings match."""
    return sum(count(connection, wanted).values())


def facets(connection: Connection, wanted: Wanted, dimension: str) -> dict[str, int]:
    """How many findings there are by the values of a dimension, whatever of it is wanted: the most first."""
    others = {name: values for name, values in wanted.items() if name != dimension}
    found = {key[0]: number for key, number in count(connection, others, dimension).items()}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))
