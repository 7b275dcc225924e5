"""How somebody becomes known: by password, by a one-time link, by a provider's word. All end in a new session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from liveaudit.store import letting_in, sign_ins, users
from liveaudit.store.database import Database
from liveaudit.store.letting_in import Coming
from liveaudit.store.roles import Role
from liveaudit.store.sign_ins import Rate
from liveaudit.web.access.passwords import BusyError, Passwords
from liveaudit.web.access.reach import who_tries
from liveaudit.web.access.secret_words import digest, looks_like_secret, new_secret
from liveaudit.web.problems import Problem

BY_ADDRESS = Rate(10, 30.0)
"""Tries from one address."""
BY_NAME = Rate(20, 30.0)
"""Tries for one name, from wherever: more, so that who guesses does not easily keep the true one out."""
PASSWORD, LINK, PROVIDER = "password", "link", "provider"
"""Ways to sign in."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who wants to sign in. ``former``: digest of the session that the browser has already, which then ends."""

    address: str
    agent: str
    former: str = ""

    def coming(self, secret: str, way: str) -> Coming:
        """Who comes in by this way, with this secret for a session."""
        return Coming(digest(secret), way, self.address, self.agent, self.former)

    def tries(self) -> str:
        """Under which name the tries of this address are counted."""
        return f"address {who_tries(self.address)}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signing in, on a store, now."""

    database: Database
    now: float

    def by_password(self, passwords: Passwords, name: str, password: str, visitor: Visitor) -> str:
        """The secret of a new session. Raises Problem."""
        wanted = name.strip().lower()
        tries = {f"name {digest(wanted)}": BY_NAME, visitor.tries(): BY_ADDRESS}
        self.count_try(tries)
        user = self.database.read_now(partial(users.find_name, name=wanted))
        kept = user.password if user is not None and not user.disabled else None
        secret = new_secret()
        coming = visitor.coming(secret, PASSWORD)
        try:
            right = passwords.fits(password, kept)
            renewed = passwords.kept(password) if right and kept and passwords.outdated(kept) else ""
        except BusyError as error:
            raise Problem(503, "Too many sign-ins", str(error), headers={"Retry-After": "5"}) from error
        if user is None or not right:
            # a name that is none may be a password in the wrong field
            told = user.name if user is not None else "(no such user)"
            self.database.write_now(partial(letting_in.refuse, coming=coming, name=told, now=self.now))
            raise _wrong()
        done = self.database.write_now(
            partial(
                letting_in.by_password,
                coming=coming,
                user=user,
                renewed=renewed,
                forgiven=sorted(tries),
                now=self.now,
            )
        )
        if not done:
            raise _wrong()
        return secret

    def by_link(self, code: str, visitor: Visitor) -> str:
        """The secret of a new session. Raises Problem."""
        self.count_try({visitor.tries(): BY_ADDRESS})
        secret, given = new_secret(), code.strip()
        coming = visitor.coming(secret, LINK)
        use = partial(letting_in.by_link, coming=coming, link=digest(given), now=self.now)
        if not looks_like_secret(given) or not self.database.write_now(use):
            raise Problem(
                401,
                "This link does not hold",
                "it was used already, or is too old: liveaudit users link prints another",
            )
        return secret

    def by_provider(self, issuer: str, subject: str, name: str, role: Role, visitor: Visitor) -> str:
        """The secret of a new session for whom a provider vouches. Raises Problem."""
        secret = new_secret()
        done = self.database.write_now(
            partial(
                letting_in.by_provider,
                coming=visitor.coming(secret, PROVIDER),
                issuer=issuer,
                subject=subject,
                name=name,
                role=role,
                now=self.now,
            )
        )
        if not done:
            raise Problem(403, "Not let in", "this user is disabled here: ask an administrator")
        return secret

    def count_try(self, rates: Mapping[str, Rate]) -> None:
        """Raise Problem when there were too many tries."""
        wait = self.database.write_now(partial(sign_ins.try_now, rates=rates, now=self.now))
        if wait > 0:
            seconds = int(wait) + 1
            raise Problem(
                429,
                "Too many tries",
                f"try again in {seconds} s",
                headers={"Retry-After": str(seconds)},
            )


def _wrong() -> Problem:
    return Problem(401, "Not signed in", "name or password is wrong")


def one_time_link(database: Database, now: float, user_id: int | None = None) -> str:
    """The secret of a one-time link; for whoever begins when there is no user, else for a user."""
    secret = new_secret()
    database.write_now(partial(sign_ins.add_link, digest=digest(secret), now=now, user_id=user_id))
    return secret


def safe_next(wanted: str) -> str:
    """The page to go to after signing in: one of ours, whatever was asked."""
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or len(wanted) > 2000:
        return "/"
    if any(ord(each) < 0x21 or each == "\\" or ord(each) == 0x7F for each in wanted):
        return "/"
    return wanted
