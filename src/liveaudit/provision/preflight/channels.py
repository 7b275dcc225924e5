"""Is what the channels name there, and may who runs liveaudit use it? Looked at by others, judged here. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, worst
from liveaudit.provision.preflight.enter import Runner

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a channel. ``denied``: for want of a permission; ``reason`` names the channel and its field."""

    outcome: Outcome
    reason: str
    denied: bool = False


class Looks(Protocol):
    """Looks at the channels of an installation, as who runs liveaudit; nothing is sent."""

    async def __call__(self) -> Sequence[Trouble]:
        """What is wrong."""


async def check_channels(installation: Installation, runner: Runner, looks: Looks) -> Check:
    """All channels, in the receiver's name."""
    if not installation.channels:
        return Check(installation.receiver, None, Name.CHANNELS, Outcome.NOT_NEEDED)
    found = await looks()
    if not found:
        reason = f"{len(installation.channels)} looked at; whether messages arrive: liveaudit channels test"
        return Check(installation.receiver, None, Name.CHANNELS, Outcome.OK, reason)
    who, command = "whoever keeps the settings", ""
    if any(each.denied for each in found):
        who = f"whoever administers {runner.principal}"
        command = remedy.command("liveaudit", "iam", "--account", runner.account)
    shown = sorted(found, key=lambda each: not each.outcome.stops)[:_SHOWN]
    reason = "; ".join(each.reason for each in shown)
    if len(found) > _SHOWN:
        reason += f"; and {len(found) - _SHOWN} more"
    outcome = worst(each.outcome for each in found)
    return Check(installation.receiver, None, Name.CHANNELS, outcome, reason, who, command)
