"""From what a request brings to who sends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from liveaudit.store import api_tokens, console_sessions
from liveaudit.store.database import Database
from liveaudit.web.access.principal import Principal
from liveaudit.web.access.secret_words import digest, looks_like_token

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a request brings: the Authorization header, the session's cookie, and from where."""

    authorization: str | None
    session: str
    address: str


async def identified(database: Database, clock: Callable[[], float], brought: Brought) -> Principal | None:
    """Who sends a request that brings this; None: nobody that is known. Raises StoreUnavailableError.

    Who sends a token is who the token says, and nobody else when it does not hold: a cookie beside it does not count.
    """
    now = clock()
    if brought.authorization is not None:
        return await _by_token(database, brought, now)
    if not brought.session:
        return None
    key = digest(brought.session)
    session = await database.read(partial(console_sessions.find, digest=key, now=now))
    if session is None:
        return None
    if now - session.seen_at > console_sessions.TOUCH:
        _noted(database, partial(console_sessions.touch, digest=key, now=now))
    return Principal(
        session.name, session.role, "session", session.user_id, key, brought.address, session.way
    )


async def _by_token(database: Database, brought: Brought, now: float) -> Principal | None:
    scheme, _, given = (brought.authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not looks_like_token(given.strip()):
        return None
    key = digest(given.strip())
    token = await database.read(partial(api_tokens.find, digest=key, now=now))
    if token is None:
        return None
    if token.seen_at is None or now - token.seen_at > api_tokens.TOUCH:
        _noted(database, partial(api_tokens.touch, token_id=token.id, now=now))
    name = token.name if token.user is None else f"{token.user} ({token.name})"
    return Principal(name[:128], token.role, "token", token.user_id, str(token.id), brought.address)


def _noted(database: Database, work: Callable[..., None]) -> None:
    """Have something written that nobody waits for."""
    database.submit(work).add_done_callback(
        lambda done: (
            done.exception() and log.warning("the last use was not noted", error=str(done.exception()))
        )
    )
