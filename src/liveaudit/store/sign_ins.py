"""What a sign-in needs until it is done: one-time links, ways to a provider and back, and how often it was tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema_access import sign_in_flows as flows
from liveaudit.store.schema_access import sign_in_links as links
from liveaudit.store.schema_access import sign_in_tries as tries

LINK_HOLDS = 3600.0
"""Seconds that a one-time link can be used."""
FLOW_HOLDS = 600.0
"""Seconds that somebody may take at the provider."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many tries at once, and one more every so many seconds."""

    burst: int
    every: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Somebody on the way to the provider and back. ``next``: the page that was wanted."""

    redirect_uri: str
    next: str


def add_link(connection: Connection, digest: str, now: float, user_id: int | None = None) -> None:
    """A link that can be used once; None: by the one who begins, without a user. Former ones of the same are void."""
    whose = links.c.user_id.is_(None) if user_id is None else links.c.user_id == user_id
    connection.execute(delete(links).where(whose | (links.c.expires_at <= now)))
    connection.execute(
        insert(links).values(digest=digest, user_id=user_id, made_at=now, expires_at=now + LINK_HOLDS)
    )


def use_link(connection: Connection, digest: str, now: float) -> tuple[bool, int | None]:
    """Use a link up. Returns whether it held, and whose it is."""
    used = delete(links).where(links.c.digest == digest).returning(links.c.user_id, links.c.expires_at)
    row = connection.execute(used).one_or_none()
    return (row is not None and row.expires_at > now, None if row is None else row.user_id)


def drop_first_links(connection: Connection) -> None:
    """The links without a user are void."""
    connection.execute(delete(links).where(links.c.user_id.is_(None)))


def begin_flow(connection: Connection, state: str, visit: str, flow: Flow, now: float) -> None:
    """Somebody goes to the provider. ``state``, ``visit``: digests of what comes back, and of what the browser keeps."""
    connection.execute(delete(flows).where(flows.c.expires_at <= now))
    connection.execute(
        insert(flows).values(
            digest=state,
            visit=visit,
            redirect_uri=flow.redirect_uri,
            next=flow.next,
            expires_at=now + FLOW_HOLDS,
        )
    )


def end_flow(connection: Connection, state: str, visit: str, now: float) -> Flow | None:
    """Somebody comes back, once. None: nobody of this browser went, or it took too long."""
    used = delete(flows).where(flows.c.digest == state, flows.c.visit == visit)
    row = connection.execute(
        used.returning(flows.c.redirect_uri, flows.c.next, flows.c.expires_at)
    ).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    return Flow(row.redirect_uri, row.next)


def try_now(connection: Connection, rates: Mapping[str, Rate], now: float) -> float:
    """Count a try for each of the names. Returns 0 when all had one left, else seconds to wait; then nothing is counted.

    The tries of a name are paid off one after the other; only a burst of them may be owed at a time.
    """
    connection.execute(delete(tries).where(tries.c.paid_at <= now))
    names = sorted(rates)
    statement = insert_for(dialect_of(connection), tries)
    # the rows are there and held before they are judged, so that nobody tries at the same time
    connection.execute(
        statement.on_conflict_do_nothing(), [{"whose": name, "paid_at": now} for name in names]
    )
    held = select(tries).where(tries.c.whose.in_(names)).order_by(tries.c.whose).with_for_update()
    owed = {row.whose: max(row.paid_at, now) for row in connection.execute(held)}
    wait = max(owed[name] + rates[name].every - now - rates[name].burst * rates[name].every for name in names)
    if wait > 0:
        return float(wait)
    for name in names:
        connection.execute(
            tries.update().where(tries.c.whose == name).values(paid_at=owed[name] + rates[name].every)
        )
    return 0.0


def forgive(connection: Connection, names: Iterable[str]) -> None:
    """The tries of these names are forgotten, since the last one was right."""
    connection.execute(delete(tries).where(tries.c.whose.in_(sorted(names))))
