"""The tables of what is asked of others: questions that wait for an answer, and how each policy's asking goes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text

from liveaudit.store.schema_base import metadata, resource_key

questions = Table(
    "questions",
    metadata,
    resource_key(primary=True),
    Column("policy", String(160), primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("since", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("causes", Text, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", Double),
    Index(None, "policy", "not_before"),
)

asked = Table(
    "asked",
    metadata,
    Column("policy", String(160), primary_key=True),
    Column("whom", Text, nullable=False),
    Column("asked_at", Double, nullable=False),
    Column("answered_at", Double),
    Column("failed_at", Double),
    Column("reason", Text, nullable=False, server_default=""),
    Column("in_row", Integer, nullable=False, server_default="0"),
    Column("answered", BigInteger, nullable=False, server_default="0"),
    Column("unanswered", BigInteger, nullable=False, server_default="0"),
)
