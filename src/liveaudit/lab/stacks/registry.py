"""The stacks of every account and region, deleted ones too."""

from __future__ import annotations

from liveaudit.lab.stacks.stack import Stack

Place = tuple[str, str]
"""Account and region."""


class StackRegistry:
    """Finds stacks by name and by ARN, as CloudFormation does: a deleted one only by its ARN."""

    def __init__(self) -> None:
        self._stacks: dict[Place, dict[str, Stack]] = {}

    def add(self, stack: Stack) -> None:
        """Take in a new stack."""
        self._stacks.setdefault((stack.account, stack.region), {})[stack.id] = stack

    def find(self, place: Place, name: str) -> Stack | None:
        """The stack of this name or ARN, None when there is none."""
        here = self._stacks.get(place, {})
        if name.startswith("arn:"):
            return here.get(name)
        standing = list(here.values())  # the gate asks without the lock
        return next((one for one in standing if one.name == name and not one.deleted), None)

    def stacks(self, place: Place, deleted: bool = False) -> list[Stack]:
        """Those of an account and region, the newest first; with the deleted ones on demand."""
        here = self._stacks.get(place, {})
        return [one for one in reversed(here.values()) if deleted or not one.deleted]

    def clear(self) -> None:
        """Forget every stack."""
        self._stacks.clear()
