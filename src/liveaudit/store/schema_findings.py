"""The tables of findings: how they stand, how they moved, and what people wrote beside them."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from liveaudit.store.schema_base import NUMBER, metadata, resource_key

LONGEST_PERSON = 200
"""Characters of who did something, of an owner, of an actor."""


def _finding_key() -> Column[str]:
    return Column("finding_id", String(36), ForeignKey("findings.id", ondelete="CASCADE"), nullable=False)


findings = Table(
    "findings",
    metadata,
    Column("id", String(36), primary_key=True),
    resource_key(),
    Column("policy", String(160), nullable=False),
    # of the resource, and never changing: so that one index serves a filter and an order
    Column("account", String(12), nullable=False, server_default=""),
    Column("region", String(32), nullable=False, server_default=""),
    Column("type", String(128), nullable=False, server_default=""),
    Column("severity", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    # who or what keeps it in this status: "person:NAME", "exemption:ID", or empty: the audits
    Column("decided_by", String(LONGEST_PERSON), nullable=False, server_default=""),
    Column("owner", String(LONGEST_PERSON), nullable=False, server_default=""),
    # who made the change that it is put down to, as CloudTrail tells it
    Column("actor", String(LONGEST_PERSON), nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("opened_at", Double, nullable=False),
    # when it was over the last time before it opened again
    Column("closed_before", Double),
    Column("closed_at", Double),
    Column("updated_at", Double, nullable=False),
    Column("times_opened", Integer, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("closed_by", Text),
    Column("opened_hops", Text, nullable=False),
    Column("closed_hops", Text),
    UniqueConstraint("resource_id", "policy"),
    Index(None, "updated_at"),
    Index(None, "opened_at"),
    Index(None, "status", "updated_at"),
    Index(None, "status", "severity", "opened_at"),
    Index(None, "policy", "status", "updated_at"),
    Index(None, "account", "status", "updated_at"),
    Index(None, "account", "policy", "status"),
    Index(
        "ix_findings_owner",
        "owner",
        "status",
        "updated_at",
        sqlite_where=text("owner <> ''"),
        postgresql_where=text("owner <> ''"),
    ),
    Index(
        "ix_findings_actor",
        "actor",
        "status",
        "updated_at",
        sqlite_where=text("actor <> ''"),
        postgresql_where=text("actor <> ''"),
    ),
    # few are, and an exemption that ends asks for its own
    Index(
        "ix_findings_decided_by",
        "decided_by",
        sqlite_where=text("decided_by <> ''"),
        postgresql_where=text("decided_by <> ''"),
    ),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    _finding_key(),
    Column("status", String(16), nullable=False),
    Column("previous", String(16)),
    Column("at", Double, nullable=False),
    # as in findings.decided_by: who moved it
    Column("by", String(LONGEST_PERSON), nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("hops", Text, nullable=False),
    Index(None, "finding_id"),
    Index(None, "at"),
)

remarks = Table(
    "remarks",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    _finding_key(),
    Column("at", Double, nullable=False),
    Column("by", String(LONGEST_PERSON), nullable=False),
    # "note", or "owner": then the text is the new owner
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "finding_id"),
)
