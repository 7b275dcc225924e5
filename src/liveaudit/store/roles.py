"""What somebody may do in the console."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do: each may what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def includes(self, other: Role) -> bool:
        """Whether this role may what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)

    def at_most(self, other: Role) -> Role:
        """The lower one of the two."""
        return other if self.includes(other) else self
