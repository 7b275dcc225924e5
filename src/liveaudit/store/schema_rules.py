"""The tables of what people set: settings of policies, and exemptions."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, String, Table, Text, text

from liveaudit.store.schema_base import metadata

policy_settings = Table(
    "policy_settings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(16), nullable=False),
    # in their order: those of the file first
    Column("position", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("made_at", Double, nullable=False),
)

exemptions = Table(
    "exemptions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("ends_at", Double),
    Column("made_by", String(200), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("withdrawn_at", Double),
    Column("withdrawn_by", String(200), nullable=False, server_default=""),
    # what of it the findings were last held against; empty: nothing
    Column("applied", String(64), nullable=False, server_default=""),
    # only those that count or did are looked at all the time
    Index(
        "ix_exemptions_standing",
        "ends_at",
        sqlite_where=text("withdrawn_at IS NULL OR applied <> ''"),
        postgresql_where=text("withdrawn_at IS NULL OR applied <> ''"),
    ),
)
