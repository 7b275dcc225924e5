"""How many findings there are, kept by the database itself, and their words.

Triggers write every change of a finding's severity or status to ``finding_changes``, which nobody waits for; from time to
time they are folded into ``finding_counts``. What is read is the sum of both. The triggers, and what serves the search
(a virtual table of FTS5 on SQLite, a GIN index on PostgreSQL), are made by the migration.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from liveaudit.store.schema_base import NUMBER, metadata


def _cell(*, primary: bool) -> list[Column[str]]:
    lengths = {"account": 12, "region": 32, "type": 128, "policy": 160, "severity": 16, "status": 16}
    return [
        Column(name, String(length), primary_key=primary, nullable=False) for name, length in lengths.items()
    ]


finding_counts = Table(
    "finding_counts",
    metadata,
    # "cell": all columns; "policy": without account and region; "place": without type and policy
    Column("part", String(8), primary_key=True),
    *_cell(primary=True),
    Column("number", BigInteger, nullable=False),
    Index(None, "part", "policy"),
)

finding_changes = Table(
    "finding_changes",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    *_cell(primary=False),
    Column("number", Integer, nullable=False),
)

finding_texts = Table(
    "finding_texts",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column(
        "finding_id",
        String(36),
        ForeignKey("findings.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("words", Text, nullable=False),
)
