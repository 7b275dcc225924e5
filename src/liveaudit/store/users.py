"""Who may use the console: people with a password of ours, and people whom a provider of identities vouches for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from liveaudit.model import LiveauditError
from liveaudit.store import codec
from liveaudit.store.roles import Role
from liveaudit.store.schema_access import api_tokens, console_sessions, sign_in_links, users

LONGEST = 128
"""Characters of a name."""
_LONGEST_SUBJECT = 600


class UserError(LiveauditError):
    """A user cannot be what is asked; the text says why."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. ``password``: what argon2 made of it; ``subject``: who it is for the provider."""

    id: int
    name: str
    role: Role
    password: str
    subject: str | None
    disabled: bool
    made_at: float
    seen_at: float | None

    @property
    def local(self) -> bool:
        """Whether it signs in with a password of ours, and not by a provider's word."""
        return self.subject is None

    def __repr__(self) -> str:
        """Without the password's hash."""
        return f"User({self.name!r}, {self.role})"


def _user(row: Row[Any]) -> User:
    return User(
        row.id,
        row.name,
        Role(row.role),
        row.password,
        row.subject,
        bool(row.disabled),
        row.made_at,
        row.seen_at,
    )


def _one(connection: Connection, query: Select[Any]) -> User | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _user(row)


def find(connection: Connection, user_id: int) -> User | None:
    """The user of this number."""
    return _one(connection, select(users).where(users.c.id == user_id))


def find_name(connection: Connection, name: str) -> User | None:
    """The user of this name."""
    return _one(connection, select(users).where(users.c.name == codec.storable(name)[:LONGEST]))


def list_users(connection: Connection) -> list[User]:
    """All users, by name."""
    return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]


def anybody(connection: Connection) -> bool:
    """Whether there is a user who may sign in."""
    query = select(users.c.id).where(users.c.disabled.is_(False)).limit(1)
    return connection.execute(query).first() is not None


def add(connection: Connection, name: str, role: Role, password: str, now: float) -> User:
    """A new user with a password (its hash; empty: a link lets in). Raises UserError when there is one of that name."""
    if find_name(connection, name) is not None:
        raise UserError(f"there is a user {name} already")
    return _insert(connection, name, role, password, None, now)


def _insert(
    connection: Connection, name: str, role: Role, password: str, subject: str | None, now: float
) -> User:
    row = {
        "name": name,
        "role": str(role),
        "password": password,
        "subject": subject,
        "disabled": False,
        "made_at": now,
    }
    try:
        with connection.begin_nested():
            number = connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one()
    except IntegrityError as error:
        # somebody else was faster
        raise UserError(f"there is a user {name} already") from error
    return User(number, name, role, password, subject, False, now, None)


def vouched_for(
    connection: Connection, issuer: str, subject: str, wanted: str, role: Role, now: float
) -> User:
    """The user whom a provider vouches for, with the role it has there now; made when it comes first.

    Nobody gets another's name: where ``wanted`` is taken, a part is added that tells the two apart. Raises UserError.
    """
    whole = codec.storable(f"{issuer} {subject}")
    if len(whole) > _LONGEST_SUBJECT:
        raise UserError("the provider's name for the user is too long")
    query = select(users).where(users.c.subject == whole)
    known = _one(connection, query)
    if known is not None:
        if known.role != role:
            connection.execute(update(users).where(users.c.id == known.id).values(role=str(role)))
        return User(
            known.id,
            known.name,
            role,
            known.password,
            whole,
            known.disabled,
            known.made_at,
            known.seen_at,
        )
    name = codec.storable(wanted)[: LONGEST - 9]
    if find_name(connection, name) is not None:
        name = f"{name}#{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
    return _insert(connection, name, role, "", whole, now)


def seen(connection: Connection, user_id: int, now: float) -> None:
    """A user has signed in."""
    connection.execute(update(users).where(users.c.id == user_id).values(seen_at=now))


def set_password(connection: Connection, user_id: int, password: str) -> None:
    """Another password (its hash). Sessions are another matter."""
    connection.execute(update(users).where(users.c.id == user_id).values(password=password))


def set_role(connection: Connection, user_id: int, role: Role) -> None:
    """Another role, from the next request on. Raises UserError for the last administrator."""
    if role != Role.ADMINISTRATOR:
        _not_the_last(connection, user_id)
    connection.execute(update(users).where(users.c.id == user_id).values(role=str(role)))


def set_disabled(connection: Connection, user_id: int, disabled: bool) -> None:
    """Shut a user out, with all sessions and links, or let them in again. Raises UserError for the last administrator.

    Tokens stay, and are of no use as long as their user is shut out.
    """
    if disabled:
        _not_the_last(connection, user_id)
    connection.execute(update(users).where(users.c.id == user_id).values(disabled=disabled))
    if disabled:
        for table in (console_sessions, sign_in_links):
            connection.execute(delete(table).where(table.c.user_id == user_id))


def remove(connection: Connection, user_id: int) -> None:
    """Take a user out, with all sessions and tokens. Raises UserError for the last administrator."""
    _not_the_last(connection, user_id)
    for table in (console_sessions, sign_in_links, api_tokens):
        connection.execute(delete(table).where(table.c.user_id == user_id))
    connection.execute(delete(users).where(users.c.id == user_id))


def _not_the_last(connection: Connection, user_id: int) -> None:
    """Raise UserError when nobody could administrate without this user. Held against others who ask the same now."""
    able = (
        select(users.c.id)
        .where(users.c.role == str(Role.ADMINISTRATOR), users.c.disabled.is_(False))
        .order_by(users.c.id)
        .with_for_update()
    )
    if list(connection.execute(able).scalars()) == [user_id]:
        raise UserError("this is the last administrator: make another one first")
