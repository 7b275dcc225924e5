"""Who asks, in which role, and the dependencies by which a handler says whom it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from liveaudit.web.problems import Problem


class Role(StrEnum):
    """What somebody may do: each may what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def includes(self, other: Role) -> bool:
        """Whether this role may what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was let in. ``kind``: by what: ``session``, ``token`` or ``local``."""

    name: str
    role: Role
    kind: str = "session"


Identify = Callable[[Request], Principal | None]
"""Tells who sends a request; None: nobody that is known."""


def everybody(_request: Request) -> Principal:
    """Whoever reaches us is administrator: only for a console that nobody else can reach."""
    return Principal("local", Role.ADMINISTRATOR, "local")


def at_least(role: Role) -> Callable[[Request], Principal]:
    """A dependency that gives who asks, and raises Problem for those who are not signed in or may not."""

    def who(request: Request) -> Principal:
        identify: Identify = request.app.state.identify
        principal = identify(request)
        if principal is None:
            raise Problem(401, "Not signed in", "sign in first, or send a token: Authorization: Bearer ...")
        if not principal.role.includes(role):
            raise Problem(
                403, "Not allowed", f"this needs the role {role}; {principal.name} has {principal.role}"
            )
        return principal

    return who


Viewer = Annotated[Principal, Depends(at_least(Role.VIEWER))]
Operator = Annotated[Principal, Depends(at_least(Role.OPERATOR))]
Administrator = Annotated[Principal, Depends(at_least(Role.ADMINISTRATOR))]
