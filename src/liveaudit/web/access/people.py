"""Users, their sessions and tokens, as pages and API change them. Each change stands in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from liveaudit.store import api_tokens, audit_log, console_sessions, users
from liveaudit.store.api_tokens import Scope, Token, TokenError
from liveaudit.store.audit_log import Entry
from liveaudit.store.database import Database
from liveaudit.store.roles import Role
from liveaudit.store.sign_ins import LINK_HOLDS
from liveaudit.store.users import User, UserError
from liveaudit.web.access.passwords import BusyError, PasswordError, Passwords, check_name, check_password
from liveaudit.web.access.principal import Principal
from liveaudit.web.access.secret_words import digest, hint, new_token
from liveaudit.web.access.sign_in import BY_NAME, LINK, SignIn, one_time_link
from liveaudit.web.problems import Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class People:
    """What somebody does to users, sessions and tokens, now. Everything raises Problem for what cannot be."""

    database: Database
    who: Principal
    now: float

    def _change(self, work: Callable[[Any], T], entry: Entry) -> T:
        try:
            return self.database.write_now(audit_log.noted(work, entry, self.now))
        except (UserError, TokenError) as error:
            raise Problem(409, "Not possible", str(error)) from error

    def user(self, user_id: int) -> User:
        """The user of this number."""
        found = self.database.read_now(partial(users.find, user_id=user_id))
        if found is None:
            raise Problem(404, "No such user", "see the list of users")
        return found

    def add(self, name: str, role: Role) -> User:
        """A new user, whom a link lets in, to take a password of their own."""
        try:
            kept = check_name(name)
        except PasswordError as error:
            raise Problem(422, "Not understood", str(error), field="name") from error
        work = partial(users.add, name=kept, role=role, password="", now=self.now)
        return self._change(work, self.who.entry("user.add", kept, f"role {role}"))

    def link(self, user_id: int) -> tuple[str, float]:
        """The code of a one-time link for a user, and until when it holds."""
        user = self.user(user_id)
        if user.disabled or not user.local:
            why = "is disabled" if user.disabled else "signs in by the provider"
            raise Problem(409, "Not possible", f"{user.name} {why}")
        code = one_time_link(self.database, self.now, user.id)
        self._change(lambda _: None, self.who.entry("user.link", user.name))
        return code, self.now + LINK_HOLDS

    def set_role(self, user_id: int, role: Role) -> None:
        """Another role."""
        user = self.user(user_id)
        if not user.local:
            raise Problem(
                409, "Not possible", f"{user.name} gets the role from the provider, at every sign-in"
            )
        told = f"{user.role} to {role}"
        work = partial(users.set_role, user_id=user.id, role=role)
        self._change(work, self.who.entry("user.role", user.name, told))

    def set_disabled(self, user_id: int, disabled: bool) -> None:
        """Shut out, or let in again."""
        user = self.user(user_id)
        action = "user.disable" if disabled else "user.enable"
        work = partial(users.set_disabled, user_id=user.id, disabled=disabled)
        self._change(work, self.who.entry(action, user.name))

    def remove(self, user_id: int) -> None:
        """Take a user out, with sessions and tokens."""
        user = self.user(user_id)
        self._change(partial(users.remove, user_id=user.id), self.who.entry("user.remove", user.name))

    def own_password(self, passwords: Passwords, current: str, wanted: str) -> None:
        """Another password for who asks. Their other sessions end. Who came by a link need not know the former."""
        if self.who.user_id is None:
            raise Problem(409, "Not possible", "this session belongs to no user")
        user = self.user(self.who.user_id)
        if not user.local:
            raise Problem(
                409, "Not possible", f"{user.name} signs in by the provider, and has no password here"
            )
        try:
            if self.who.way != LINK:
                SignIn(self.database, self.now).count_try({f"own password {user.id}": BY_NAME})
                if not passwords.fits(current, user.password or None):
                    raise Problem(422, "Not changed", "the current password is another", field="current")
            kept = passwords.kept(check_password(wanted, user.name))
        except PasswordError as error:
            raise Problem(422, "Not changed", str(error), field="wanted") from error
        except BusyError as error:
            raise Problem(503, "Too many at a time", str(error), headers={"Retry-After": "5"}) from error
        entry = self.who.entry("user.password", user.name)
        self._change(partial(users.set_password, user_id=user.id, password=kept), entry)
        end = partial(console_sessions.end_all, user_id=user.id, but=(self.who.credential,))
        self.database.write_now(end)

    def end_session(self, handle: str) -> None:
        """End a session of who asks."""
        read = partial(console_sessions.list_sessions, user_id=self._owner(), now=self.now)
        found = [each for each in self.database.read_now(read) if each.handle == handle]
        if not found:
            raise Problem(404, "No such session", "it has ended already")
        work = partial(console_sessions.end_named, user_id=self.who.user_id, handle=handle)
        self._change(work, self.who.entry("session.end", self.who.name, f"from {found[0].address}"))

    def end_sessions(self, user_id: int) -> int:
        """End all sessions of a user. Returns how many."""
        user = self.user(user_id)
        work = partial(console_sessions.end_all, user_id=user.id)
        return self._change(work, self.who.entry("session.end", user.name, "all"))

    def tokens(self) -> list[Token]:
        """The tokens of who asks."""
        return self.database.read_now(partial(api_tokens.list_of, user_id=self._owner()))

    def issue(self, name: str, scope: Scope, days: int) -> tuple[Token, str]:
        """A new token of who asks, that may no more than they do; and what it is, to be shown this once."""
        if not self.who.role.includes(scope.role):
            raise Problem(403, "Not allowed", f"the scope {scope} needs the role {scope.role}", field="scope")
        secret = new_token()
        work = partial(
            api_tokens.issue,
            digest=digest(secret),
            name=name,
            hint=hint(secret),
            scope=scope,
            user_id=self._owner(),
            made_by=self.who.name,
            now=self.now,
            days=days,
        )
        entry = self.who.entry("token.create", name, f"scope {scope}, {days} days")
        return self._change(work, entry), secret

    def revoke(self, token_id: int) -> None:
        """End a token: one's own, or as an administrator anybody's."""
        found = self.database.read_now(partial(api_tokens.get, token_id=token_id))
        if found is None or (
            not self.who.role.includes(Role.ADMINISTRATOR)
            and (found.user_id is None or found.user_id != self.who.user_id)
        ):
            raise Problem(404, "No such token", "it was revoked already, or is somebody else's")
        entry = self.who.entry("token.revoke", found.name, f"of {found.user}" if found.user else "")
        self._change(partial(api_tokens.revoke, token_id=token_id), entry)

    def _owner(self) -> int | None:
        """Whose sessions and tokens are one's own: those of no user are an administrator's business."""
        if self.who.user_id is None and not self.who.role.includes(Role.ADMINISTRATOR):
            raise Problem(403, "Not allowed", "this token belongs to no user")
        return self.who.user_id
