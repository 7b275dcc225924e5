"""Further tables and indexes: how each account and region fares, and the receiver's queues as they were seen last."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Integer, String, Table, Text

from liveaudit.store.schema_base import metadata

STEPS = (2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""Upper bounds in seconds of the steps in which an account's and region's latencies are counted; one more has no bound."""
THIS_HOUR = tuple(f"now_{number}" for number in range(len(STEPS) + 1))
HOUR_BEFORE = tuple(f"before_{number}" for number in range(len(STEPS) + 1))

place_latencies = Table(
    "place_latencies",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("region", String(32), primary_key=True),
    Column("hour", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False, server_default="0") for name in (*THIS_HOUR, *HOUR_BEFORE)),
)

queue_looks = Table(
    "queue_looks",
    metadata,
    Column("queue", String(160), primary_key=True),
    Column("at", Double, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    Column("in_flight", BigInteger, nullable=False),
    Column("dead_letters", BigInteger, nullable=False),
    Column("present", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

UNDER_WAY = "ended_at IS NULL OR asked_at > began_at"
"""Of a sweep: it is asked for or under way. Written out, as the other two, so that the index of just these is used."""
NOT_LISTED = "failed <> '{}'"
"""Of a sweep: some types could not be listed."""
THROTTLED = "throttled_at IS NOT NULL"
"""Of a budget: AWS has throttled its calls."""
