"""Tokens by which programs use the API. They are shown once; only the digest is here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from liveaudit.model import LiveauditError
from liveaudit.store import codec
from liveaudit.store.roles import Role
from liveaudit.store.schema_access import api_tokens as tokens
from liveaudit.store.schema_access import users

TOUCH = 60.0
"""Seconds between two notes that a token is used."""
LONGEST_NAME = 100
MOST_DAYS = 3650
MOST_OF_ONE = 200
"""Tokens that one user may have, and programs of nobody's together."""
_DAY = 86400.0


class TokenError(LiveauditError):
    """A token cannot be made as asked; the text says why."""


class Scope(StrEnum):
    """What a token may do at most."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    @property
    def role(self) -> Role:
        """The role that it amounts to."""
        return {
            Scope.READ: Role.VIEWER,
            Scope.WRITE: Role.OPERATOR,
            Scope.ADMIN: Role.ADMINISTRATOR,
        }[self]


@dataclass(frozen=True, slots=True)
class Token:
    """A token. ``hint``: its first characters; ``user``: whose it is, None: nobody's, but a program's.

    ``role``: what it may do now: its scope, and never more than its user.
    """

    id: int
    name: str
    hint: str
    scope: Scope
    user_id: int | None
    user: str | None
    role: Role
    made_by: str
    made_at: float
    seen_at: float | None
    expires_at: float


_KNOWN = (
    select(tokens, users.c.name.label("user_name"), users.c.role.label("user_role"))
    .select_from(tokens)
    .outerjoin(users, users.c.id == tokens.c.user_id)
)


def _known(row: Any) -> Token:
    scope = Scope(row.scope)
    role = scope.role if row.user_id is None else scope.role.at_most(Role(row.user_role))
    return Token(
        row.id,
        row.name,
        row.hint,
        scope,
        row.user_id,
        row.user_name,
        role,
        row.made_by,
        row.made_at,
        row.seen_at,
        row.expires_at,
    )


def issue(
    connection: Connection,
    digest: str,
    *,
    name: str,
    hint: str,
    scope: Scope,
    user_id: int | None,
    made_by: str,
    now: float,
    days: int,
) -> Token:
    """Put a new token down that holds for so many days. ``hint``: its first characters. Raises TokenError."""
    called = codec.storable(name.strip())
    if not called or len(called) > LONGEST_NAME:
        raise TokenError(f"a token needs a name of 1 to {LONGEST_NAME} characters, that tells what it is for")
    if not 1 <= days <= MOST_DAYS:
        raise TokenError(f"a token holds for 1 to {MOST_DAYS} days")
    if connection.execute(select(func.count()).where(_of(user_id))).scalar_one() >= MOST_OF_ONE:
        raise TokenError(f"there are {MOST_OF_ONE} tokens already: revoke those that are of no use")
    made = insert(tokens).values(
        digest=digest,
        user_id=user_id,
        name=called,
        hint=hint,
        scope=str(scope),
        made_by=codec.storable(made_by)[:128],
        made_at=now,
        expires_at=now + days * _DAY,
    )
    connection.execute(made)
    return _known(connection.execute(_KNOWN.where(tokens.c.digest == digest)).one())


def find(connection: Connection, digest: str, now: float) -> Token | None:
    """The token of this digest, if it still holds and its user is let in."""
    let_in = or_(tokens.c.user_id.is_(None), users.c.disabled.is_(False))
    query = _KNOWN.where(and_(tokens.c.digest == digest, tokens.c.expires_at > now, let_in))
    row = connection.execute(query).one_or_none()
    return None if row is None else _known(row)


def list_tokens(connection: Connection) -> list[Token]:
    """All tokens; those that are over too."""
    return [_known(row) for row in connection.execute(_KNOWN.order_by(tokens.c.id))]


def list_of(connection: Connection, user_id: int | None) -> list[Token]:
    """The tokens of a user, None: those of nobody; those that are over too."""
    rows = connection.execute(_KNOWN.where(_of(user_id)).order_by(tokens.c.id))
    return [_known(row) for row in rows]


def _of(user_id: int | None) -> ColumnElement[bool]:
    return tokens.c.user_id.is_(None) if user_id is None else tokens.c.user_id == user_id


def touch(connection: Connection, token_id: int, now: float) -> None:
    """The token is used."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(seen_at=now))


def get(connection: Connection, token_id: int) -> Token | None:
    """The token of this number."""
    row = connection.execute(_KNOWN.where(tokens.c.id == token_id)).one_or_none()
    return None if row is None else _known(row)


def revoke(connection: Connection, token_id: int) -> bool:
    """Take a token out. Returns whether there was one."""
    return connection.execute(delete(tokens).where(tokens.c.id == token_id)).rowcount > 0
