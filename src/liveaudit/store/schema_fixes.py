"""The table of fixes that were run: the calls, what takes them back, who asked, and what came of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text, text

from liveaudit.store.schema_base import metadata

LONGEST_FIXER = 200
"""Characters of who asked for a fix."""

fixes = Table(
    "fixes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),
    # no foreign keys: what was changed in AWS is told for longer than what it was changed on
    Column("finding_id", String(36), nullable=False),
    Column("resource_id", BigInteger, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("policy", String(160), nullable=False),
    Column("partition", String(16), nullable=False),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("type", String(128), nullable=False),
    Column("rid", String(2048), nullable=False),
    Column("arn", String(2048), nullable=False),
    Column("by", String(LONGEST_FIXER), nullable=False),
    # empty: a person asked for it
    Column("rule", String(64), nullable=False, server_default=""),
    Column("state", String(16), nullable=False),
    Column("steps", Text, nullable=False),
    # the digests of the sections that it was made from, and of these after it
    Column("basis", Text, nullable=False),
    Column("after", Text),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("message", Text, nullable=False, server_default=""),
    Column("began_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("verdict", String(16), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    # of an undo: the fix that it takes back; of a fix: the undo that did
    Column("other", String(32), nullable=False, server_default=""),
    Index(None, "began_at"),
    Index(None, "finding_id", "began_at"),
    Index(None, "rule", "began_at"),
    # one at a time on a resource: the database holds it, whoever begins
    Index(
        "uq_fixes_running",
        "resource_id",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)
