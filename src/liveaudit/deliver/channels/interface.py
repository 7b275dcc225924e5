"""What a channel is: a way to tell people or systems of findings, and what it is given to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from liveaudit.deliver.interface import Found
from liveaudit.model import LiveauditError, Resource


class Kind(StrEnum):
    """What is told. CHANGED: people moved it (reviewed, accepted, called false), or a message tells several of these."""

    OPENED = "opened"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    ARCHIVED = "archived"
    CHANGED = "changed"
    DIGEST = "digest"
    ESCALATION = "escalation"
    TEST = "test"

    @property
    def word(self) -> str:
        """What is said of a finding that is told so."""
        return _WORDS.get(self, self.value)


_WORDS = {
    Kind.REOPENED: "opened again",
    Kind.ESCALATION: "overdue",
    Kind.DIGEST: "stands",
    Kind.TEST: "a test",
}


@dataclass(frozen=True, slots=True)
class Who:
    """Who made the change, as CloudTrail tells it: hostile, every field; all empty where nobody is known.

    ``event``: the name of what they did.
    """

    arn: str = ""
    address: str = ""
    user_agent: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """A finding as a message tells it. ``what``: what happened to it; ``since``: when it opened (Unix seconds).

    ``reason``: what is wrong, or why it moved when it is over; ``decided_by``: the person or exemption that moved it.
    ``found``: all that the store and its policy know, for channels that write a format of exports.
    ``number``: grows with every move of the finding, so that a receiver can tell the newer from the older.
    ``event_id``: CloudTrail's id of the event that made it so; empty where none is known.
    """

    id: str
    what: Kind
    policy: str
    title: str
    severity: str
    status: str
    resource: Resource
    arn: str
    reason: str
    who: Who
    since: float
    at: float
    fix: str
    link: str
    found: Found
    number: int = 0
    why: str = ""
    owner: str = ""
    decided_by: str = ""
    due_at: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    event_id: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it stands violated and nobody has accepted it."""
        return self.status in ("new", "reopened", "in review")

    @property
    def stood(self) -> Found:
        """The finding as the move left it, where ``found`` is as it stands when it is told: for what keeps every move."""
        over = self.status in ("resolved", "archived")
        moved = {
            "status": self.status,
            "updated_at": self.at,
            "closed_at": self.at if over else None,
            "reason": self.reason,
            "decided_by": self.decided_by,
        }
        return Found({**self.found.finding, **moved}, self.found.texts)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once. ``id``: the same whenever it is sent again, so that a receiver can tell that it is.

    ``findings``: those that are listed, the worst first; ``more``: how many are not, of a message too long to list all.
    ``counts``: how many findings of each severity it is about, listed or not. ``link``: to the console, empty where its
    address is not known. ``at``: of Unix seconds.
    """

    id: str
    kind: Kind
    findings: tuple[ToldFinding, ...]
    title: str
    made_at: float
    link: str = ""
    more: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived. ``receipt``: what the receiver calls it, where it says so. ``note``: what it refused of it, in words."""

    receipt: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a channel sends at once. ``to``: where, as ``POST https://…`` or ``sns:Publish``; ``headers``: of HTTP.

    ``body``: what it says, in values that JSON has (and moments).
    """

    to: str
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def unseen(reference: str) -> str:
    """What stands in the place of a secret where it is not looked up."""
    return f"<what {reference} holds>"


class ChannelError(LiveauditError):
    """It is not known to have arrived. ``permanent``: sending the same again would not help. The text holds no secret.

    ``retry_after``: the seconds that the receiver asks to wait.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.permanent = permanent


class Channel(Protocol):
    """Sends messages to one place. It is asked one message at a time, and waits no longer than its own time-outs."""

    name: str

    async def send(self, message: Message) -> Sent:
        """Hand the message over; back once the receiver has it. Raises ChannelError."""

    async def aclose(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One way of telling, as the settings name it. ``build``: makes a channel of its name and its part of the settings;
    raises ChannelError when it cannot, as for an extra that is not installed.

    ``whole``: for systems, not for people: every move of every finding is told, at once, none left out, none in a digest.
    ``most``: findings that one message lists; for ``whole`` ones further messages follow, else the rest is counted.
    ``requests``: what a channel of this kind would send, made by what sends it, with :func:`unseen` for secrets; None: it
    writes words for people.
    ``gather``: seconds for which a ``whole`` one has findings gathered, by its part of the settings; 0: it is told at once.
    """

    name: str
    title: str
    build: Callable[[str, Any], Channel]
    whole: bool = False
    most: int = 20
    gather: Callable[[Any], float] = lambda _settings: 0.0
    requests: Callable[[Any, Message], Sequence[Request]] | None = None
