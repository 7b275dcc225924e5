"""Who asks, in which role, and the dependencies by which a handler says whom it serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from liveaudit.store.audit_log import Entry
from liveaudit.store.roles import Role
from liveaudit.web.problems import Problem

__all__ = ["Administrator", "Operator", "Principal", "Role", "Viewer", "at_least", "principal_of"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was let in. ``kind``: by what: ``session``, ``token``, ``command line``.

    ``user_id``: the user, None: it stands for none; ``credential``: digest of the session, or number of the token;
    ``address``: where the request came from; ``way``: how a session was signed in.
    """

    name: str
    role: Role
    kind: str = "session"
    user_id: int | None = None
    credential: str = ""
    address: str = ""
    way: str = ""

    def entry(self, action: str, target: str = "", detail: str = "") -> Entry:
        """What they did, for the audit log."""
        return Entry(self.name, action, target, detail, self.role, self.kind, self.address)


def principal_of(request: Request) -> Principal | None:
    """Who sends a request; None: nobody that is known."""
    found: Principal | None = getattr(request.state, "principal", None)
    return found


def at_least(role: Role) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency that gives who asks, and raises Problem for those who are not signed in or may not."""

    async def who(request: Request) -> Principal:
        principal = principal_of(request)
        if principal is None:
            raise not_signed_in()
        if not principal.role.includes(role):
            raise Problem(
                403, "Not allowed", f"this needs the role {role}; {principal.name} has {principal.role}"
            )
        return principal

    return who


def not_signed_in() -> Problem:
    """What those are told whom nobody knows."""
    return Problem(
        401,
        "Not signed in",
        "sign in first, or send a token that holds: Authorization: Bearer ...",
        headers={"WWW-Authenticate": "Bearer"},
    )


Viewer = Annotated[Principal, Depends(at_least(Role.VIEWER))]
Operator = Annotated[Principal, Depends(at_least(Role.OPERATOR))]
Administrator = Annotated[Principal, Depends(at_least(Role.ADMINISTRATOR))]
