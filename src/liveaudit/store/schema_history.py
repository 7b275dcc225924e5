"""The table of the history of configuration."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, String, Table, Text

from liveaudit.store.schema import metadata

_Key = BigInteger().with_variant(Integer, "sqlite")

section_changes = Table(
    "section_changes",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("resource_id", _Key, ForeignKey("resources.id", ondelete="CASCADE"), nullable=False),
    # empty: the resource as a whole
    Column("section", String(64), nullable=False),
    Column("before_state", String(8), nullable=False),
    # JSON; null where there was no value, or one too long to be kept
    Column("before", Text),
    Column("before_read_at", Double),
    Column("after_state", String(8), nullable=False),
    Column("read_at", Double, nullable=False),
    Column("read_order", BigInteger, nullable=False),
    # the time of the transitions of the same audit
    Column("stored_at", Double, nullable=False),
    Column("changes", Text, nullable=False),
    Index(None, "resource_id", "section", "id"),
    Index(None, "stored_at"),
)
"""What a section was before, written when it is found to be another. What it became is what the next row tells, or what
stands; so nothing is written of what never changes."""
