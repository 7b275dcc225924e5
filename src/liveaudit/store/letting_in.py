"""Somebody is let in, or not: the session, the user and the audit log change together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from liveaudit.store import audit_log, console_sessions, sign_ins, users
from liveaudit.store.audit_log import Entry
from liveaudit.store.roles import Role
from liveaudit.store.users import User

FIRST = "first start"
"""Who comes by a one-time link that is no user's."""
REFUSED = "sign-in.refused"


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody who wants in. ``digest``: of the new session's secret; ``former``: of the one that the browser has.

    ``way``: by what: password, link, provider.
    """

    digest: str
    way: str
    address: str
    agent: str
    former: str = ""


def let_in(connection: Connection, coming: Coming, user: User | None, now: float) -> None:
    """A new session, with a secret of its own whatever the browser had before. ``user`` None: whoever begins."""
    name = FIRST if user is None else user.name
    role = Role.ADMINISTRATOR if user is None else user.role
    if coming.former:
        console_sessions.end(connection, coming.former)
    console_sessions.begin(
        connection,
        coming.digest,
        user_id=None if user is None else user.id,
        name=name,
        role=role,
        way=coming.way,
        address=coming.address,
        agent=coming.agent,
        now=now,
    )
    if user is not None:
        users.seen(connection, user.id, now)
        if role == Role.ADMINISTRATOR:
            # whoever began has no business here any more
            console_sessions.end_all(connection, None)
    audit_log.put(
        connection, Entry(name, "sign-in.done", role=role, way=coming.way, address=coming.address), now
    )


def refuse(connection: Connection, coming: Coming, name: str, now: float) -> None:
    """Put down that somebody was not let in."""
    audit_log.put(connection, Entry(name, REFUSED, way=coming.way, address=coming.address), now)


def by_password(
    connection: Connection, coming: Coming, user: User, renewed: str, forgiven: Sequence[str], now: float
) -> bool:
    """The password was right. ``renewed``: made anew of it, with today's care; ``forgiven``: whose tries are forgotten.

    Returns whether the user is let in still.
    """
    found = users.find(connection, user.id)
    if found is None or found.disabled or found.password != user.password:
        refuse(connection, coming, user.name, now)
        return False
    if renewed:
        users.set_password(connection, user.id, renewed)
    sign_ins.forgive(connection, forgiven)
    let_in(connection, coming, found, now)
    return True


def by_link(connection: Connection, coming: Coming, link: str, now: float) -> bool:
    """A one-time link (its digest) is used up. Returns whether somebody was let in."""
    held, user_id = sign_ins.use_link(connection, link, now)
    user = users.find(connection, user_id) if user_id is not None else None
    void = users.anybody(connection) if user_id is None else user is None or user.disabled
    if not held or void:
        refuse(connection, coming, "(nobody)" if user is None else user.name, now)
        return False
    let_in(connection, coming, user, now)
    return True


def by_provider(
    connection: Connection, coming: Coming, issuer: str, subject: str, name: str, role: Role, now: float
) -> bool:
    """A provider vouches for somebody. Returns whether they were let in. Raises UserError."""
    user = users.vouched_for(connection, issuer, subject, name, role, now)
    if user.disabled:
        refuse(connection, coming, user.name, now)
        return False
    let_in(connection, coming, user, now)
    return True
