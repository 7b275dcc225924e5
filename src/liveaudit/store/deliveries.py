"""Messages on their way: who sends them, which come next, what came of them, and how the channels fare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, or_, select, update

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema_outbox import LONGEST_REASON, channel_states, deliveries, outbox

WAITING, SENT, GIVEN_UP = "waiting", "sent", "given up"
KEPT = 7 * 86_400.0
"""Seconds for which what was sent can be looked up."""
_LONGEST_RECEIPT = 200
_UNKNOWN_AFTER = 86_400.0
_MOST_LOOKED_AT = 50
"""Messages that are tried in the place of one that waits; more wait too."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it stands. ``since``: tried since then; ``reason``: why the last try failed."""

    number: int
    id: str
    channel: str
    kind: str
    letters: int
    made_at: float
    since: float
    attempts: int
    not_before: float
    state: str
    ended_at: float | None
    reason: str
    receipt: str


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel fares. ``failing_since``: None: well. ``waiting``: messages; ``letters``: what is not yet a message."""

    channel: str
    failures: int = 0
    failing_since: float | None = None
    paused_until: float = 0.0
    reason: str = ""
    sent: int = 0
    last_sent_at: float | None = None
    waiting: int = 0
    letters: int = 0
    given_up: int = 0


def lease(
    connection: Connection, channel: str, owner: str, *, now: float, until: float
) -> ChannelState | None:
    """Be the one that sends on a channel; None: somebody else is. A lease of one's own is held longer."""
    connection.execute(
        upsert(dialect_of(connection), channel_states, ("channel",), ("channel",)), {"channel": channel}
    )
    row = connection.execute(
        select(channel_states).where(channel_states.c.channel == channel).with_for_update()
    ).one()
    if row.lease_owner not in (None, owner) and row.lease_until > now:
        return None
    _set(connection, channel, lease_owner=owner, lease_until=until)
    return _state(row)


def let_go(connection: Connection, channel: str, owner: str) -> None:
    """Others may send there."""
    connection.execute(
        update(channel_states)
        .where(channel_states.c.channel == channel, channel_states.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=0.0)
    )


def anything(connection: Connection, channel: str) -> bool:
    """Whether there is anything to send on a channel, now or later."""
    letter = select(outbox.c.id).where(outbox.c.channel == channel, outbox.c.delivery.is_(None)).limit(1)
    message = select(deliveries.c.id).where(deliveries.c.channel == channel, deliveries.c.state == WAITING)
    return any(connection.execute(each).first() for each in (letter, message.limit(1)))


def following(connection: Connection, channel: str, now: float) -> Delivery | float | None:
    """The message that is to be sent next, or when one is, or None. Of one finding an earlier one comes first, whatever it
    waits for; other findings do not wait for it."""
    waiting = (
        select(deliveries)
        .where(deliveries.c.channel == channel, deliveries.c.state == WAITING)
        .order_by(deliveries.c.number)
        .limit(_MOST_LOOKED_AT)
    )
    rows = connection.execute(waiting).all()
    for row in rows:
        if row.not_before <= now and (row is rows[0] or not _has_earlier(connection, row)):
            return _delivery(row)
    return min((float(each.not_before) for each in rows if each.not_before > now), default=None)


def _has_earlier(connection: Connection, row: Row[Any]) -> bool:
    """Whether a message before it, about one of its findings, still waits."""
    earlier, other = outbox.alias(), deliveries.alias()
    query = select(
        exists(
            select(outbox.c.id)
            .join(earlier, earlier.c.finding_id == outbox.c.finding_id)
            .join(other, other.c.id == earlier.c.delivery)
            .where(
                outbox.c.delivery == row.id,
                other.c.channel == row.channel,
                other.c.state == WAITING,
                other.c.number < row.number,
            )
        )
    )
    return bool(connection.execute(query).scalar())


def holds(connection: Connection, channel: str, owner: str) -> bool:
    """Whether the lease is still ours; it stays so for this transaction."""
    row = connection.execute(
        select(channel_states.c.lease_owner).where(channel_states.c.channel == channel).with_for_update()
    ).first()
    return row is not None and row.lease_owner == owner


def arrived(connection: Connection, delivery: Delivery, *, receipt: str, note: str, now: float) -> None:
    """It was sent, and the channel is well."""
    _end(
        connection,
        delivery,
        SENT,
        now,
        reason=note,
        receipt=codec.storable(receipt)[:_LONGEST_RECEIPT],
        attempts=delivery.attempts + 1,
    )
    _set(
        connection,
        delivery.channel,
        failures=0,
        failing_since=None,
        paused_until=0.0,
        reason="",
        sent=channel_states.c.sent + 1,
        last_sent_at=now,
    )


def failed(
    connection: Connection,
    delivery: Delivery,
    *,
    reason: str,
    now: float,
    pause: float,
    again_at: float,
    give_up: bool,
) -> None:
    """A try failed: the channel rests until ``pause``, the message until ``again_at``, unless it is given up."""
    reason = codec.storable(reason)[:LONGEST_REASON]
    if give_up:
        _end(connection, delivery, GIVEN_UP, now, reason=reason, attempts=delivery.attempts + 1)
    else:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery.id)
            .values(attempts=delivery.attempts + 1, not_before=again_at, reason=reason)
        )
    _set(
        connection,
        delivery.channel,
        failures=channel_states.c.failures + 1,
        failing_since=func.coalesce(channel_states.c.failing_since, now),
        paused_until=pause,
        reason=reason,
    )


def _end(
    connection: Connection, delivery: Delivery, state: str, now: float, *, reason: str, **values: Any
) -> None:
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.state == WAITING)
        .values(state=state, ended_at=now, reason=codec.storable(reason)[:LONGEST_REASON], **values)
    )


def give_up_others(connection: Connection, known: Sequence[str], now: float) -> int:
    """Give up what has waited for a day for channels that there are no more. Returns how many messages."""
    old = now - _UNKNOWN_AFTER
    connection.execute(
        delete(outbox).where(
            outbox.c.delivery.is_(None),
            outbox.c.channel.not_in(known),
            outbox.c.at < old,
            outbox.c.not_before < old,
        )
    )
    ended = connection.execute(
        update(deliveries)
        .where(deliveries.c.state == WAITING, deliveries.c.channel.not_in(known), deliveries.c.since < old)
        .values(state=GIVEN_UP, ended_at=now, reason="the settings have no channel of this name any more")
    )
    return int(ended.rowcount)


def given_up(connection: Connection, channel: str = "", *, limit: int = 200) -> list[Delivery]:
    """What was given up, the last first."""
    query = select(deliveries).where(deliveries.c.state == GIVEN_UP)
    if channel:
        query = query.where(deliveries.c.channel == channel)
    ordered = query.order_by(deliveries.c.ended_at.desc(), deliveries.c.number.desc()).limit(limit)
    return [_delivery(row) for row in connection.execute(ordered)]


def resend(connection: Connection, ids: Sequence[str], now: float) -> list[str]:
    """Have what was given up tried again; returns which. The channels are tried at once."""
    rows = connection.execute(
        select(deliveries.c.id, deliveries.c.channel)
        .where(deliveries.c.id.in_(list(ids)), deliveries.c.state == GIVEN_UP)
        .order_by(deliveries.c.number)
    ).all()
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_([row.id for row in rows]))
        .values(state=WAITING, ended_at=None, since=now, attempts=0, not_before=now)
    )
    for channel in sorted({row.channel for row in rows}):
        _set(connection, channel, paused_until=0.0)
    return [row.id for row in rows]


def of_finding(connection: Connection, finding: str, *, limit: int = 50) -> list[tuple[Delivery, str, str]]:
    """The messages that told of a finding, the last first, each with what was told and by which route."""
    query = (
        select(deliveries, outbox.c.kind.label("what"), outbox.c.route)
        .join(outbox, outbox.c.delivery == deliveries.c.id)
        .where(outbox.c.finding_id == finding)
        .order_by(deliveries.c.number.desc(), outbox.c.id.desc())
        .limit(limit)
    )
    return [(_delivery(row), row.what, row.route) for row in connection.execute(query)]


def states(connection: Connection) -> dict[str, ChannelState]:
    """How the channels fare on which anything was ever to be sent."""
    found = {row.channel: _state(row) for row in connection.execute(select(channel_states))}
    counts: dict[str, dict[str, int]] = {}
    for channel, state, number in connection.execute(
        select(deliveries.c.channel, deliveries.c.state, func.count())
        .where(deliveries.c.state != SENT)
        .group_by(deliveries.c.channel, deliveries.c.state)
    ):
        counts.setdefault(channel, {})[state] = number
    for channel, number in connection.execute(
        select(outbox.c.channel, func.count()).where(outbox.c.delivery.is_(None)).group_by(outbox.c.channel)
    ):
        counts.setdefault(channel, {})["letters"] = number
    for channel, each in counts.items():
        stands = found.get(channel, ChannelState(channel))
        found[channel] = ChannelState(
            channel,
            stands.failures,
            stands.failing_since,
            stands.paused_until,
            stands.reason,
            stands.sent,
            stands.last_sent_at,
            each.get(WAITING, 0),
            each.get("letters", 0),
            each.get(GIVEN_UP, 0),
        )
    return found


def tidy(connection: Connection, now: float) -> int:
    """Drop what was sent long ago, and what was given up and nobody has asked for in four times as long."""
    old = or_(
        and_(deliveries.c.state == SENT, deliveries.c.ended_at < now - KEPT),
        and_(deliveries.c.state == GIVEN_UP, deliveries.c.ended_at < now - 4 * KEPT),
    )
    ids = select(deliveries.c.id).where(old)
    connection.execute(delete(outbox).where(outbox.c.delivery.in_(ids.scalar_subquery())))
    return int(connection.execute(delete(deliveries).where(old)).rowcount)


def _set(connection: Connection, channel: str, **values: Any) -> None:
    connection.execute(update(channel_states).where(channel_states.c.channel == channel).values(**values))


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{name: row._mapping[name] for name in Delivery.__slots__})


def _state(row: Row[Any]) -> ChannelState:
    return ChannelState(
        row.channel,
        row.failures,
        row.failing_since,
        row.paused_until,
        row.reason,
        row.sent,
        row.last_sent_at,
    )
