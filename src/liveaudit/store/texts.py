"""The words of findings: kept beside them, and found again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema import resources
from liveaudit.store.schema_finding_counts import finding_texts
from liveaudit.store.schema_findings import findings, remarks
from liveaudit.store.words import asked, kept

_SPOKEN_OF = (
    select(
        findings.c.id,
        findings.c.policy,
        resources.c.rid,
        findings.c.account,
        findings.c.region,
        findings.c.owner,
        findings.c.actor,
        findings.c.reason,
        resources.c.arn,
        findings.c.type,
        findings.c.opened_by,
    )
    .join(resources, resources.c.id == findings.c.resource_id)
    .where(findings.c.id == bindparam("finding"))
)
_NOTES = (
    select(remarks.c.text)
    .where(remarks.c.finding_id == bindparam("finding"), remarks.c.kind == "note")
    .order_by(remarks.c.id.desc())
    .limit(20)
)


def note(connection: Connection, finding_id: str) -> None:
    """Keep the words of a finding as it stands."""
    row = connection.execute(_SPOKEN_OF, {"finding": finding_id}).one()
    changes = [str(each.get("name", "")) for each in codec.load(row.opened_by)]
    notes = connection.execute(_NOTES, {"finding": finding_id}).scalars()
    told = (
        row.policy,
        row.rid,
        row.account,
        row.region,
        row.owner,
        row.actor,
        row.reason,
        row.arn,
        row.type,
        *changes,
        *notes,
    )
    connection.execute(
        upsert(dialect_of(connection), finding_texts, ("finding_id",), ("words",)),
        [{"finding_id": finding_id, "words": kept(told)}],
    )


def few(connection: Connection, question: str, most: int, *, of: int) -> ColumnElement[bool] | None:
    """A condition on ``finding_texts`` that the index of words answers, where few findings hold those of a question.

    None: more than ``most`` do, or the question has no word. ``of``: how many findings there are.
    """
    wanted = asked(question)
    if not wanted:
        return None
    if dialect_of(connection) == "sqlite":
        # straight from the index of words, which ends when there are enough
        rows: Select[Any] = (
            select(literal_column("rowid"))
            .select_from(text("finding_search"))
            .where(
                text("finding_search MATCH :question").bindparams(question=_for_sqlite(connection, wanted))
            )
        )
        return finding_texts.c.number.in_(rows) if _number(connection, rows, most) <= most else None
    chosen = _for_the_index(connection, wanted, 2 * most / max(1, of))
    if chosen is None:
        return None
    found = and_(_held(chosen), beginning([each for each in wanted if each not in chosen]))
    rows = select(finding_texts.c.number).where(found)
    return found if _number(connection, rows, most) <= most else None


def _number(connection: Connection, rows: Select[Any], most: int) -> int:
    limited = rows.limit(most + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(limited)).scalar_one())


def _held(words: Sequence[str]) -> ColumnElement[bool]:
    """All of these words, by PostgreSQL's index."""
    given = " & ".join(f"'{each}':*" for each in words)
    vector: Any = func.array_to_tsvector(func.string_to_array(finding_texts.c.words, literal_column("' '")))
    held: ColumnElement[bool] = vector.bool_op("@@")(cast(given, TSQUERY))
    return held


SAMPLE = 3_000
"""Findings that are looked at for how frequent words are."""
_CERTAIN = 20
"""Of these, how many have to hold words before their share is believed."""
_RARE, _NEARLY_EVERYWHERE = 0.03, 0.3


def _for_the_index(connection: Connection, wanted: Sequence[str], share: float) -> list[str] | None:
    """The words of a question that PostgreSQL's index is asked for; None: a larger share of findings surely holds all.

    It goes through the whole of long lists before it gives a first row (its documentation, "GIN Indexes"). So it is asked
    for rare words where there are any, and what it finds is looked at for the others.
    """
    some = select(finding_texts.c.words).limit(SAMPLE).subquery()
    asking = [*([each] for each in wanted), wanted]
    held = [func.count().filter(beginning(each, some.c.words)) for each in asking]
    *of_each, together = connection.execute(select(*held)).one()
    if together >= max(SAMPLE * share, _CERTAIN):
        return None
    for rarer in (_RARE, _NEARLY_EVERYWHERE):
        chosen = [each for each, seen in zip(wanted, of_each, strict=True) if seen < SAMPLE * rarer]
        if chosen:
            return chosen
    return list(wanted)


_VOCABULARY = text(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.finding_vocabulary USING fts5vocab(main, finding_search, row)"
)
_TERMS = text(
    "SELECT term FROM temp.finding_vocabulary WHERE term >= :word AND term < :beyond ORDER BY term LIMIT 2"
)
_BEYOND = "\U0010ffff"


def _for_sqlite(connection: Connection, words: Sequence[str]) -> str:
    """The question in FTS5's language. A word that begins no other is asked for as it is.

    FTS5 puts the lists of all words that begin so together before it looks at them, which takes a hundred times as long
    as to walk along one (SQLite's documentation, "FTS5 Prefix Queries").
    """
    connection.execute(_VOCABULARY)
    asking = []
    for each in words:
        terms = connection.execute(_TERMS, {"word": each, "beyond": each + _BEYOND}).scalars().all()
        # a word of ours holds no quote
        asking.append(f'"{each}"' if terms == [each] else f'"{each}"*')
    return " AND ".join(asking)


def beginning(
    words: Sequence[str], kept_words: ColumnElement[str] = finding_texts.c.words
) -> ColumnElement[bool]:
    """The same, as it is asked of one text at a time: where nearly all match, that is faster than the index."""
    # a word of ours holds no wildcard
    return and_(true(), *((" " + kept_words).like(f"% {each}%") for each in words))
