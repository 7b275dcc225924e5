"""Hellos: which were sent, and which arrived when, whoever took them from the queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from liveaudit.model import Hello
from liveaudit.store.schema import hellos


@dataclass(frozen=True, slots=True)
class Arrival:
    """A hello as it came from a queue. ``sent``: to the queue; ``received``: from it. Unix seconds."""

    hello: Hello
    sent: float
    received: float


@dataclass(frozen=True, slots=True)
class Sent:
    """A hello on its way, with the hops behind it. Unix seconds; None: not there yet."""

    nonce: str
    account: str
    region: str
    rule: int
    sent_at: float
    bus_at: float | None = None
    queued_at: float | None = None
    received_at: float | None = None
    stored_at: float | None = None


_COLUMNS = tuple(hellos.c[name] for name in Sent.__dataclass_fields__)


def send(connection: Connection, round_id: str, sent: Iterable[Sent]) -> None:
    """Write down hellos that are about to be sent. ``round_id``: what they are asked for by later."""
    rows = [
        {
            "nonce": each.nonce,
            "round": round_id,
            "account": each.account,
            "region": each.region,
            "rule": each.rule,
            "sent_at": each.sent_at,
        }
        for each in sent
    ]
    if rows:
        connection.execute(insert(hellos), rows)


def arrive(connection: Connection, arrivals: Iterable[Arrival], now: float) -> int:
    """Note arrivals; the first of each hello counts. Returns how many were awaited.

    A hello that nobody sent from here, or that comes from elsewhere than it was sent, leaves no trace: whoever may put
    events on a publisher's bus could fill the store with them.
    """
    awaited = 0
    for each in sorted(arrivals, key=lambda one: one.hello.nonce):
        hello = each.hello
        bus_at = None if hello.bus_time is None else hello.bus_time.timestamp()
        awaited += connection.execute(
            update(hellos)
            .where(
                hellos.c.nonce == hello.nonce,
                hellos.c.account == hello.account,
                hellos.c.region == hello.region,
                hellos.c.rule == hello.rule,
                hellos.c.stored_at.is_(None),
            )
            .values(bus_at=bus_at, queued_at=each.sent, received_at=each.received, stored_at=now)
        ).rowcount
    return awaited


def of_round(connection: Connection, round_id: str) -> list[Sent]:
    """The hellos that were sent together, by account, region and rule."""
    order = (hellos.c.account, hellos.c.region, hellos.c.rule)
    return _read(connection, select(*_COLUMNS).where(hellos.c.round == round_id).order_by(*order))


def arrived(connection: Connection, round_id: str, since: float) -> list[Sent]:
    """Those of them that arrived, from a time of being stored on (that one included), oldest first."""
    chosen = (hellos.c.round == round_id, hellos.c.stored_at >= since)
    return _read(connection, select(*_COLUMNS).where(*chosen).order_by(hellos.c.stored_at))


def _read(connection: Connection, query: Select[Any]) -> list[Sent]:
    return [Sent(**row) for row in connection.execute(query).mappings()]


def forget(connection: Connection, before: float) -> None:
    """Delete the hellos that were sent before a time."""
    connection.execute(delete(hellos).where(hellos.c.sent_at < before))
