"""How the channels fare, for people: those of the settings, and those of which something is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from liveaudit.deliver.plan import Plan
from liveaudit.store import deliveries
from liveaudit.store.deliveries import ChannelState
from liveaudit.text import iso

Read = Callable[[Callable[[Connection], dict[str, ChannelState]]], dict[str, ChannelState]]


@dataclass(frozen=True, slots=True)
class Fares:
    """A channel. ``kind``: empty: the settings have it no longer."""

    name: str
    kind: str
    title: str
    state: ChannelState

    @property
    def word(self) -> str:
        """``well``, ``failing``, ``not used yet`` or ``gone``."""
        if not self.kind:
            return "gone"
        if self.state.failing_since is not None:
            return "failing"
        return "well" if self.state.last_sent_at is not None else "not used yet"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "channel": self.name,
            "kind": self.kind,
            "state": self.word,
            "sent": self.state.sent,
            "last_sent_at": iso(self.state.last_sent_at),
            "waiting": self.state.waiting,
            "not_yet_messages": self.state.letters,
            "given_up": self.state.given_up,
            "failing_since": iso(self.state.failing_since),
            "next_try_at": iso(self.state.paused_until) if self.state.failing_since is not None else None,
            "reason": self.state.reason,
        }


def fare(read: Read, plan: Plan) -> list[Fares]:
    """The channels in the settings' order, then the others of which something is left."""
    states = read(deliveries.states)
    found = [
        Fares(name, line.kind.name, line.kind.title, states.get(name, ChannelState(name)))
        for name, line in plan.lines.items()
    ]
    left = [each for name, each in sorted(states.items()) if name not in plan.lines]
    return found + [Fares(each.channel, "", "", each) for each in left if each.waiting or each.given_up]
