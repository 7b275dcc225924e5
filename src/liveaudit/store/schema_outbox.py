"""The tables of what is told: what is to be told to whom, put together to messages, and how the channels fare."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from liveaudit.store.schema_base import NUMBER, metadata

LONGEST_CHANNEL = 63
"""Characters of a channel's name."""
LONGEST_ROUTE = 200
"""Characters of what a route is called."""
LONGEST_REASON = 2000

outbox_place = Table(
    "outbox_place",
    metadata,
    # one row, "routing": up to which transition and to which time all is put into the outbox
    Column("name", String(16), primary_key=True),
    Column("move", NUMBER, nullable=False),
    Column("overdue_at", Double, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("channel", String(LONGEST_CHANNEL), nullable=False),
    Column("route", String(LONGEST_ROUTE), nullable=False),
    Column("finding_id", String(36), ForeignKey("findings.id", ondelete="CASCADE"), nullable=False),
    # the transition; 0: none, the finding is overdue
    Column("move", NUMBER, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Double, nullable=False),
    # what is put together into one message, and for how long more is waited for
    Column("bundle", String(64), nullable=False),
    Column("wait", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("delivery", String(36)),
    Index(None, "channel", "delivery", "bundle"),
    Index(None, "finding_id"),
    Index(None, "delivery"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    # what the receiver may know it by when it is sent again
    Column("id", String(36), nullable=False),
    Column("channel", String(LONGEST_CHANNEL), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("letters", Integer, nullable=False),
    Column("made_at", Double, nullable=False),
    # tried since, and how often
    Column("since", Double, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Double, nullable=False),
    # "waiting", "sent" or "given up"
    Column("state", String(16), nullable=False),
    Column("ended_at", Double),
    # why the last try failed, or what the receiver refused of it
    Column("reason", Text, nullable=False, server_default=""),
    Column("receipt", String(200), nullable=False, server_default=""),
    UniqueConstraint("id"),
    Index(None, "channel", "state", "number"),
    Index(None, "channel", "made_at"),
    Index(None, "state", "ended_at"),
)

channel_states = Table(
    "channel_states",
    metadata,
    Column("channel", String(LONGEST_CHANNEL), primary_key=True),
    # the worker that sends there now: one at a time, so that the order is kept
    Column("lease_owner", String(200)),
    Column("lease_until", Double, nullable=False, server_default="0"),
    # tries in a row that failed, and since when
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Double),
    Column("paused_until", Double, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("sent", NUMBER, nullable=False, server_default="0"),
    Column("last_sent_at", Double),
)

console_routes = Table(
    "console_routes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("made_at", Double, nullable=False),
)
