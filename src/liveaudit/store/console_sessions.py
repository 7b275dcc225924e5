"""Who is signed in. Of the secret that a browser keeps only the digest is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from liveaudit.store import codec
from liveaudit.store.roles import Role
from liveaudit.store.schema_access import console_sessions as sessions
from liveaudit.store.schema_access import users

IDLE = 12 * 3600.0
"""Seconds without a request after which a session ends."""
LONGEST = 7 * 86400.0
"""Seconds after which a session ends however busy it is."""
TOUCH = 60.0
"""Seconds between two notes that a session is used."""
HANDLE = 16
"""Characters of a digest by which a session is named to people: too few to find the session by."""


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in. ``way``: by what: password, oidc, link; ``name``, ``role``: the user's as they are now."""

    handle: str
    user_id: int | None
    name: str
    role: Role
    way: str
    address: str
    agent: str
    made_at: float
    seen_at: float
    expires_at: float


def begin(
    connection: Connection,
    digest: str,
    *,
    user_id: int | None,
    name: str,
    role: Role,
    way: str,
    address: str,
    agent: str,
    now: float,
) -> None:
    """Somebody has signed in. What is over goes out."""
    connection.execute(delete(sessions).where(_over(now)))
    connection.execute(
        insert(sessions).values(
            digest=digest,
            user_id=user_id,
            name=name,
            role=str(role),
            way=way,
            address=codec.storable(address)[:64],
            agent=codec.storable(agent)[:300],
            made_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
        )
    )


def _over(now: float) -> ColumnElement[bool]:
    return or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - IDLE)


_KNOWN = (
    select(
        sessions.c.digest,
        sessions.c.user_id,
        sessions.c.way,
        sessions.c.address,
        sessions.c.agent,
        sessions.c.made_at,
        sessions.c.seen_at,
        sessions.c.expires_at,
        # a user's name and role are what they are now
        users.c.name.label("user_name"),
        users.c.role.label("user_role"),
        users.c.disabled,
        sessions.c.name.label("own_name"),
        sessions.c.role.label("own_role"),
    )
    .select_from(sessions)
    .outerjoin(users, users.c.id == sessions.c.user_id)
)


def _known(row: Any) -> Session:
    return Session(
        row.digest[:HANDLE],
        row.user_id,
        row.user_name if row.user_id is not None else row.own_name,
        Role(row.user_role if row.user_id is not None else row.own_role),
        row.way,
        row.address,
        row.agent,
        row.made_at,
        row.seen_at,
        row.expires_at,
    )


def _alive(now: float) -> ColumnElement[bool]:
    let_in = or_(sessions.c.user_id.is_(None), users.c.disabled.is_(False))
    return and_(sessions.c.expires_at > now, sessions.c.seen_at > now - IDLE, let_in)


def find(connection: Connection, digest: str, now: float) -> Session | None:
    """The session of this digest, if it still holds and its user is let in."""
    row = connection.execute(_KNOWN.where(sessions.c.digest == digest, _alive(now))).one_or_none()
    return None if row is None else _known(row)


def list_sessions(connection: Connection, user_id: int | None, now: float) -> list[Session]:
    """The sessions of a user that hold, the latest used first; None: those of no user."""
    rows = connection.execute(
        _KNOWN.where(_of(user_id), _alive(now)).order_by(sessions.c.seen_at.desc(), sessions.c.digest)
    )
    return [_known(row) for row in rows]


def _of(user_id: int | None) -> ColumnElement[bool]:
    return sessions.c.user_id.is_(None) if user_id is None else sessions.c.user_id == user_id


def touch(connection: Connection, digest: str, now: float) -> None:
    """The session is used."""
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=now))


def end(connection: Connection, digest: str) -> None:
    """Somebody has signed out."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def end_named(connection: Connection, user_id: int | None, handle: str) -> bool:
    """End a user's session by its handle. Returns whether there was one."""
    if len(handle) != HANDLE:
        return False
    named = sessions.c.digest.startswith(handle, autoescape=True)
    return connection.execute(delete(sessions).where(_of(user_id), named)).rowcount > 0


def end_all(connection: Connection, user_id: int | None, *, but: Sequence[str] = ()) -> int:
    """End all sessions of a user except those of some digests. Returns how many."""
    return connection.execute(
        delete(sessions).where(_of(user_id), sessions.c.digest.not_in(list(but)))
    ).rowcount
