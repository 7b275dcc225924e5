"""Signed in for tests: a real session in the store, with the cookie and the token that a browser would have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from liveaudit.store import console_sessions, users
from liveaudit.store.database import Database
from liveaudit.store.roles import Role
from liveaudit.web.access.secret_words import derived, digest, new_secret


@dataclass(frozen=True)
class SignedIn:
    """A session. ``secret``: the cookie's value; ``csrf``: what its pages send with every change."""

    name: str
    role: Role
    secret: str
    csrf: str


def sign_in(database: Database, name: str, role: str, now: float) -> SignedIn:
    """A session of a user of this name, who is made where there is none. Nobody knows their password."""
    secret = new_secret()
    database.write_now(partial(_begin, name=name, role=Role(role), now=now, digested=digest(secret)))
    return SignedIn(name, Role(role), secret, derived(secret, "csrf"))


def _begin(connection: Connection, name: str, role: Role, now: float, digested: str) -> None:
    user = users.find_name(connection, name) or users.add(connection, name, role, "unusable", now)
    console_sessions.begin(
        connection,
        digested,
        user_id=user.id,
        name=user.name,
        role=role,
        way="password",
        address="127.0.0.1",
        agent="tests",
        now=now,
    )
