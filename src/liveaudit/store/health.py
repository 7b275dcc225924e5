"""What the store knows of how the work goes: what is due, what is unknown, what is open, who has what in hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, case, func, literal_column, select, text

from liveaudit.model import OPEN
from liveaudit.store import arrivals, deliveries, heartbeats, latencies, misses, quarantine, records
from liveaudit.store.arrivals import Last
from liveaudit.store.asked import Asking, all_asked
from liveaudit.store.deliveries import ChannelState
from liveaudit.store.heartbeats import Heartbeat
from liveaudit.store.latencies import Latencies
from liveaudit.store.misses import Recall
from liveaudit.store.schema import budgets, due, findings, resources, verdicts
from liveaudit.store.schema_health import THROTTLED
from liveaudit.store.unknowns import kind_of
from liveaudit.store.work import SWEEP_PRIORITY

Place = tuple[str, str]
"""An account and a region."""
MOST_REASONS = 200
MOST_THROTTLED = 1000
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class DueRows:
    """Due rows of one account and region. ``late``: those whose time has come, but for sweeps; ``oldest``: since when the
    first of these waits (Unix seconds); ``sweeping``: those of sweeps; ``leased``: in an auditor's hand; ``tried``: that
    could not be read and are tried again; ``looks``: only to be looked at again."""

    late: int = 0
    oldest: float | None = None
    sweeping: int = 0
    leased: int = 0
    tried: int = 0
    looks: int = 0


@dataclass(frozen=True, slots=True)
class Unknowns:
    """UNKNOWN verdicts of one account and reason. ``number``: how many."""

    account: str
    kind: str
    reason: str
    number: int


@dataclass(frozen=True, slots=True)
class Throttled:
    """Calls of one account, region and service (botocore's name) that AWS throttled: how ``often``, and when last."""

    account: str
    region: str
    client: str
    often: int
    last: float


@dataclass(slots=True)
class Figures:
    """The store at ``at`` (Unix seconds). Unknown verdicts by account, region and kind, their most frequent reasons besides;
    open findings by severity and resource type; ``held``: rows in hand by the owner of their lease; recall by service and
    account; how it goes with policies that others decide, by policy id; how channels fare, by name."""

    at: float
    workers: list[Heartbeat] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    last: list[Last] = field(default_factory=list)
    due: dict[Place, DueRows] = field(default_factory=dict)
    unknown: dict[tuple[str, str, str], int] = field(default_factory=dict)
    reasons: list[Unknowns] = field(default_factory=list)
    open_findings: dict[tuple[str, str], int] = field(default_factory=dict)
    quarantine: dict[str, int] = field(default_factory=dict)
    counters: dict[tuple[str, str], int] = field(default_factory=dict)
    latencies: Latencies = field(default_factory=Latencies)
    recall: list[Recall] = field(default_factory=list)
    throttled: list[Throttled] = field(default_factory=list)
    asked: dict[str, Asking] = field(default_factory=dict)
    channels: dict[str, ChannelState] = field(default_factory=dict)


def read_figures(connection: Connection, *, now: float, hours: float = 1.0) -> Figures:
    """Everything. ``hours``: how far back latencies reach, from the beginning of an hour by the clock."""
    return Figures(
        at=now,
        workers=heartbeats.list_workers(connection),
        held=_held(connection, now),
        last=arrivals.list_last(connection, now=now),
        due=due_rows(connection, now=now),
        unknown=unknown_verdicts(connection),
        reasons=unknown_reasons(connection),
        open_findings=open_findings(connection),
        quarantine=quarantine.count_quarantine(connection),
        counters=records.read_counters(connection),
        latencies=latencies.read(connection, since=now - hours * 3600),
        recall=misses.recall(connection, now, by_account=True),
        throttled=throttled(connection),
        asked=all_asked(connection),
        channels=deliveries.states(connection),
    )


def throttled(connection: Connection, *, most: int = MOST_THROTTLED) -> list[Throttled]:
    """Where AWS has throttled us, those of late first."""
    table = budgets.c
    query = (
        select(table.account, table.region, table.client, table.throttles, table.throttled_at)
        .where(text(THROTTLED))
        .order_by(table.throttled_at.desc(), table.account, table.region, table.client)
        .limit(most)
    )
    return [Throttled(*row) for row in connection.execute(query)]


def due_rows(connection: Connection, *, now: float, account: str = "") -> dict[Place, DueRows]:
    """Due rows by account and region; of one account where it is named."""
    sweeps = due.c.priority >= SWEEP_PRIORITY
    comes = (due.c.looking == 0) & (due.c.not_before <= now) & ~sweeps
    leased = due.c.lease_until > now
    query = (
        select(
            resources.c.account,
            resources.c.region,
            _number(comes).label("late"),
            func.min(case((comes, due.c.since))).label("oldest"),
            _number(sweeps).label("sweeping"),
            _number(leased).label("leased"),
            _number(due.c.attempts > 0).label("tried"),
            _number(due.c.looking > 0).label("looks"),
        )
        .join(resources, resources.c.id == due.c.resource_id)
        .group_by(resources.c.account, resources.c.region)
    )
    if account:
        query = query.where(due.c.account == account)
    return {
        (row.account, row.region): DueRows(
            row.late, row.oldest, row.sweeping, row.leased, row.tried, row.looks
        )
        for row in connection.execute(query)
    }


def _number(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _held(connection: Connection, now: float) -> dict[str, int]:
    query = select(due.c.lease_owner, func.count()).where(due.c.lease_until > now).group_by(due.c.lease_owner)
    return {str(owner): int(number) for owner, number in connection.execute(query) if owner}


# written out, so that the index of just these is used
_IS_UNKNOWN = verdicts.c.outcome == literal_column("'UNKNOWN'")


def unknown_verdicts(connection: Connection, *, account: str = "") -> dict[tuple[str, str, str], int]:
    """How many verdicts are UNKNOWN, by account, region and kind of reason; of one account where it is named."""
    kind = kind_of(verdicts.c.reason).label("kind")
    query = (
        select(resources.c.account, resources.c.region, kind, func.count().label("number"))
        .join(resources, resources.c.id == verdicts.c.resource_id)
        .where(_IS_UNKNOWN)
        .group_by(resources.c.account, resources.c.region, literal_column("kind"))
    )
    if account:
        query = query.where(resources.c.account == account)
    return {(row.account, row.region, row.kind): row.number for row in connection.execute(query)}


def unknown_reasons(connection: Connection, *, most: int = MOST_REASONS) -> list[Unknowns]:
    """Why verdicts are UNKNOWN, by account: the most frequent reasons, as hostile as whoever made them up."""
    reason = func.substr(verdicts.c.reason, 1, _LONGEST_REASON).label("told")
    kind = kind_of(verdicts.c.reason).label("kind")
    query = (
        select(resources.c.account, kind, reason, func.count().label("number"))
        .join(resources, resources.c.id == verdicts.c.resource_id)
        .where(_IS_UNKNOWN)
        .group_by(resources.c.account, literal_column("kind"), literal_column("told"))
        .order_by(literal_column("number").desc(), resources.c.account, literal_column("told"))
        .limit(most)
    )
    return [Unknowns(row.account, row.kind, row.told, row.number) for row in connection.execute(query)]


def open_findings(connection: Connection) -> dict[tuple[str, str], int]:
    """How many findings are open, by severity and resource type."""
    query = (
        select(findings.c.severity, findings.c.type, func.count())
        .where(findings.c.status.in_(OPEN))
        .group_by(findings.c.severity, findings.c.type)
    )
    return {(severity, kind): int(number) for severity, kind, number in connection.execute(query)}
