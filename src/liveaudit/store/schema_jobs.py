"""The tables of long work that people ask for, and of what they have begun to fill in."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, String, Table, Text, text

from liveaudit.store.schema_base import metadata

LONGEST_KIND = 64
"""Characters of a kind of job."""
LONGEST_BY = 200
"""Characters of who asked for it."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(LONGEST_KIND), nullable=False),
    Column("asked_by", String(LONGEST_BY), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("began_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("cancelled_by", String(LONGEST_BY), nullable=False, server_default=""),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("message", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("progress", Text, nullable=False, server_default="{}"),
    Column("result", Text),
    Index(None, "kind", "began_at"),
    Index(None, "began_at"),
    # one at a time: the database holds it, whoever begins
    Index(
        "uq_jobs_running",
        "kind",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)

drafts = Table(
    "drafts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("changed_by", String(LONGEST_BY), nullable=False),
    Column("value", Text, nullable=False),
)
