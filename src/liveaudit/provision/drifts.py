"""What is not as it was rolled out, and how it is put right again. Pure.

What ``setup apply`` can write again are rules, their targets, and queue policies: in those stands the parameter whose change
makes CloudFormation write them. A queue's other attributes are set back by a command; what is gone comes back with its
stack, which has to be made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from liveaudit.provision.desired import Target


class Mend(StrEnum):
    """How it is put right again."""

    STACK = "setup apply writes it again"
    GRANT = "setup apply puts the grant again"
    COMMAND = "the account's owner sets it back"
    ANEW = "its stack has to be made anew: remove it, then setup apply"
    OWNER = "the account's owner makes the role again"


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """Something that is not as it was rolled out. ``resource``: its kind and name; ``what``: what became of it."""

    account: str
    region: str
    resource: str
    what: str
    expected: str = ""
    actual: str = ""
    mend: Mend = Mend.STACK
    command: str = ""
    """What is typed to mend it, quoted for a POSIX shell, where ``setup apply`` alone does not."""
    blocks: bool = True
    """Whether it can keep events from arriving."""

    @property
    def target(self) -> Target:
        """Where it is."""
        return self.account, self.region


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """Something that could not be looked at, and why. It may have drifted or not."""

    account: str
    region: str
    resource: str
    reason: str


@dataclass(slots=True)
class Drifts:
    """Everything found, and what could not be read."""

    found: list[Drift] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def targets(self) -> frozenset[Target]:
        """The accounts and regions whose stacks ``setup apply`` has to write again."""
        return frozenset(each.target for each in self.found if each.mend is Mend.STACK)

    def add(self, others: Drifts) -> None:
        """Take over what others found."""
        self.found = sorted([*self.found, *others.found])
        self.unread = sorted([*self.unread, *others.unread])
