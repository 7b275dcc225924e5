"""The tables. Times are Unix seconds (UTC); JSON stands in text columns."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from liveaudit.store import schema_access
from liveaudit.store.schema_asking import asked, questions
from liveaudit.store.schema_base import NUMBER, metadata, resource_key
from liveaudit.store.schema_finding_counts import finding_changes, finding_counts, finding_texts
from liveaudit.store.schema_findings import findings, remarks, transitions
from liveaudit.store.schema_fixes import fixes
from liveaudit.store.schema_health import NOT_LISTED, THROTTLED, UNDER_WAY, place_latencies, queue_looks
from liveaudit.store.schema_jobs import drafts, jobs
from liveaudit.store.schema_rules import exemptions, policy_settings
from liveaudit.store.schema_tags import resource_tags

# what is imported to be had from here too; the tables below are beside these
__all__ = [
    "NUMBER",
    "asked",
    "drafts",
    "exemptions",
    "finding_changes",
    "finding_counts",
    "finding_texts",
    "findings",
    "fixes",
    "jobs",
    "metadata",
    "place_latencies",
    "policy_settings",
    "questions",
    "queue_looks",
    "remarks",
    "resource_key",
    "resource_tags",
    "schema_access",
    "transitions",
]

LONGEST_NAME = 2048
"""Characters that the id or ARN of a resource may have."""
resources = Table(
    "resources",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("partition", String(16), nullable=False),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("type", String(128), nullable=False),
    Column("rid", String(LONGEST_NAME), nullable=False),
    Column("arn", String(LONGEST_NAME), nullable=False),
    Column("state", String(8), nullable=False),
    Column("read_order", BigInteger, nullable=False, server_default="0"),
    Column("read_at", Double),
    Column("event_at", Double),
    Column("streak", Integer, nullable=False, server_default="0"),
    Column("audited_at", Double),
    Column("first_seen", Double, nullable=False),
    UniqueConstraint("account", "region", "type", "rid"),
    Index(None, "account", "type", "state"),
    # by hash, as a tree takes no long names
    Index(None, "rid", postgresql_using="hash"),
    Index(None, "arn", postgresql_using="hash"),
)

sections = Table(
    "sections",
    metadata,
    resource_key(primary=True),
    Column("section", String(64), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("value", Text),
    Column("digest", String(64), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("read_order", BigInteger, nullable=False),
    Column("read_at", Double, nullable=False),
    Column("read_end", Double),
    Column("event_at", Double),
    Column("event_ids", String(32), nullable=False, server_default=""),
)

verdicts = Table(
    "verdicts",
    metadata,
    resource_key(primary=True),
    Column("policy", String(160), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("unsettled", Text, nullable=False, server_default=""),
    Column("read_order", BigInteger, nullable=False),
    Column("judged_at", Double, nullable=False),
    # 1: the policy judges silently, and opens no findings
    Column("staged", Integer, nullable=False, server_default="0"),
    Index(None, "policy", "outcome"),
    Index(
        "ix_verdicts_staged",
        "policy",
        "outcome",
        sqlite_where=text("staged = 1"),
        postgresql_where=text("staged = 1"),
    ),
    # few are, and they are asked for all the time
    Index(
        "ix_verdicts_unknown",
        "resource_id",
        sqlite_where=text("outcome = 'UNKNOWN'"),
        postgresql_where=text("outcome = 'UNKNOWN'"),
    ),
)

edges = Table(
    "edges",
    metadata,
    resource_key(primary=True),
    Column("section", String(64), primary_key=True),
    resource_key("on_id", primary=True),
    Column("on_section", String(64), nullable=False),
    Index(None, "on_id", "on_section"),
)

due = Table(
    "due",
    metadata,
    resource_key(primary=True),
    Column("account", String(12), nullable=False, server_default=""),
    Column("generation", BigInteger, nullable=False),
    Column("since", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("looking", Integer, nullable=False, server_default="0"),
    Column("lease_owner", String(64)),
    Column("lease_until", Double),
    Column("lease_order", BigInteger),
    Index(None, "priority", "not_before"),
    Index(None, "account", "priority", "not_before"),
)

due_causes = Table(
    "due_causes",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    resource_key(),
    Column("generation", BigInteger, nullable=False),
    Column("cause_id", String(160), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("effect", String(8), nullable=False),
    Column("sections", Text, nullable=False),
    Column("change", Text),
    Column("outlook", Text),
    Column("not_before", Double, nullable=False, server_default="0"),
    Column("looks", Integer, nullable=False, server_default="0"),
    UniqueConstraint("resource_id", "cause_id"),
    Index(None, "cause_id"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("message_id", String(128), nullable=False, unique=True),
    Column("queue", String(512), nullable=False),
    Column("sent", Double),
    Column("at", Double, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "reason", "id"),
)

hellos = Table(
    "hellos",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("round", String(32), nullable=False),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("rule", Integer, nullable=False),
    Column("sent_at", Double, nullable=False),
    Column("bus_at", Double),
    Column("queued_at", Double),
    Column("received_at", Double),
    Column("stored_at", Double),
    Index(None, "round"),
    Index(None, "sent_at"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("source", String(128), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("seen", BigInteger, nullable=False),
    Column("first_at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("reason", Text, nullable=False),
    Column("done", Text, nullable=False),
)

_A_SWEEP = ("account", "region", "service")
sweeps = Table(
    "sweeps",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("region", String(32), primary_key=True),
    Column("service", String(64), primary_key=True),
    Column("why", String(16), nullable=False),
    Column("cause", String(64), nullable=False, server_default=""),
    Column("regions", Text, nullable=False),
    Column("asked_at", Double, nullable=False),
    Column("began_at", Double),
    Column("listed_at", Double),
    Column("ended_at", Double),
    Column("found", Integer, nullable=False, server_default="0"),
    Column("missed", Integer, nullable=False, server_default="0"),
    Column("unknown", Integer, nullable=False, server_default="0"),
    Column("left", Text),
    Column("failed", Text, nullable=False, server_default="{}"),
    Column("first", Text, nullable=False, server_default="{}"),
    Index(None, "ended_at"),
    *(
        Index(name, *_A_SWEEP, sqlite_where=text(where), postgresql_where=text(where))
        for name, where in (("ix_sweeps_under_way", UNDER_WAY), ("ix_sweeps_not_listed", NOT_LISTED))
    ),
)

sweep_accounts = Table(
    "sweep_accounts",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("asked_at", Double, nullable=False),
    Column("scope", String(64), nullable=False),
    Column("watched", Integer, nullable=False),
)

misses = Table(
    "misses",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    resource_key(),
    Column("account", String(12), nullable=False),
    Column("service", String(64), nullable=False),
    Column("section", String(64), nullable=False),
    Column("what", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("known_at", Double, nullable=False),
    Column("found_at", Double, nullable=False),
    Column("counted_at", Double, nullable=False),
    Column("sweep", String(160), nullable=False),
    Column("late_at", Double),
    Column("event", String(128), nullable=False, server_default=""),
    Index(None, "resource_id", "late_at"),
    Index(None, "counted_at"),
    Index(None, "sweep"),
)

recall = Table(
    "recall",
    metadata,
    Column("day", Integer, primary_key=True),
    Column("account", String(12), primary_key=True),
    Column("service", String(64), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("brought", BigInteger, nullable=False, server_default="0"),
    Column("missed", BigInteger, nullable=False, server_default="0"),
    Column("late", BigInteger, nullable=False, server_default="0"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("label", String(256), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("account", String(12), primary_key=True),
    Column("client", String(64), primary_key=True),
    Column("operation", String(128), primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("throttled", BigInteger, nullable=False),
    Column("denied", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
)

event_calls = Table(
    "event_calls",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), primary_key=True),
    Column("name", String(256), primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("audits", Double, nullable=False),
    Column("calls", Double, nullable=False),
)

budgets = Table(
    "budgets",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("region", String(32), primary_key=True),
    Column("client", String(64), primary_key=True),
    Column("rate", Double, nullable=False),
    Column("tokens", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("throttled_at", Double),
    Column("throttles", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Index(None, "throttled_at", sqlite_where=text(THROTTLED), postgresql_where=text(THROTTLED)),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String(64), nullable=False),
    Column("since", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("queues", Text, nullable=False),
    Column("messages", Integer, nullable=False),
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("region", String(32), primary_key=True),
    Column("made_at", Double, nullable=False),
    Column("taken_at", Double, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("this_hour", BigInteger, nullable=False),
    Column("hour_before", BigInteger, nullable=False),
)

latencies = Table(
    "latencies",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("hop", String(32), primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("seen", BigInteger, nullable=False),
    Column("total", Double, nullable=False),
)

judged_policies = Table(
    "judged_policies",
    metadata,
    Column("type", String(128), primary_key=True),
    Column("policy", String(160), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
)
rejudgings = Table(
    "rejudgings",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("type", String(128), nullable=False),
    Column("sections", Text, nullable=False),
    Column("upto", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("narrowed", Text),
)
READ_ORDER = Sequence("read_order", metadata=metadata)
"""PostgreSQL's own sequence: taking its next number locks nothing. SQLite has none, and uses the table below."""

sequences = Table(
    "sequences",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
