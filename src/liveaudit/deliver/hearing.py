"""What people set in Security Hub comes back: suppressed, notified, and taken back, as decisions on the findings here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import Connection

from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.deliver.channels.security_hub import Heard, SecurityHubChannel
from liveaudit.deliver.plan import Plan
from liveaudit.store import decisions
from liveaudit.store.database import Database
from liveaudit.store.decided_elsewhere import decided_there, places_of_findings, statuses_of
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.life import Decision, by_person

log = structlog.get_logger(__name__)
EVERY = 60.0
"""Seconds between two looks; more where there are many Security Hubs to look at, one a second."""
_KIND = "security_hub"
_THERE = "Security Hub"
_DECISIONS = {"SUPPRESSED": Decision.SUPPRESS, "NOTIFIED": Decision.REVIEW, "NEW": Decision.REOPEN}
_OPEN = frozenset({"new", "reopened"})
_AT_ONCE = 100


@dataclass(slots=True)
class Hearing:
    """Listens for as long as :meth:`run` runs. ``plans``: gives the plan that counts now."""

    database: Database
    clock: Callable[[], float]
    plans: Callable[[], Awaitable[Plan]]
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def run(self) -> None:
        """Listen until this is cancelled."""
        while True:
            try:
                places = await self.step()
            except StoreUnavailableError as error:
                log.warning("nobody is heard as long as the store is away", error=str(error))
                places = 0
            await self.pause(max(EVERY, float(places)))

    async def step(self) -> int:
        """Listen once on every channel that can; how many places there are to listen at."""
        plan = await self.plans()
        lines = [each for each in plan.lines.values() if each.settings.kind == _KIND]
        if not lines:
            return 0
        places = await self.database.read(places_of_findings)
        for line in lines:
            channel = await asyncio.to_thread(line.build)
            try:
                if isinstance(channel, SecurityHubChannel):
                    await self.listen(channel, places)
            except ChannelError as error:
                log.warning(
                    "what was set in Security Hub is not known", channel=line.name, reason=error.reason
                )
            finally:
                await channel.aclose()
        return len(places)

    async def listen(self, channel: SecurityHubChannel, places: Iterable[tuple[str, str]]) -> int:
        """Carry out what was set on one channel; how many findings moved. Raises ChannelError."""
        ours = await self.database.read(partial(decided_there, by=by_person(_THERE)))
        heard = await channel.heard(places, ours)
        moved = 0
        for first in range(0, len(heard), _AT_ONCE):
            some = heard[first : first + _AT_ONCE]
            moved += await self.database.write(partial(carry_out, heard=some, now=self.clock()))
        if moved:
            log.info("findings were decided on in Security Hub", channel=channel.name, findings=moved)
        return moved


def carry_out(connection: Connection, heard: Sequence[Heard], now: float) -> int:
    """Decide as it was decided there; how many findings moved."""
    standing = statuses_of(connection, [each.id for each in heard])
    moved = 0
    for each in heard:
        decision = wanted(each, *standing.get(each.id, ("", "")))
        if decision is None:
            continue
        reason = each.note.strip()[: decisions.LONGEST_REASON] or f"set in {_THERE} of {each.account}"
        done = decisions.decide(connection, [each.id], decision, by=by_person(_THERE), reason=reason, now=now)
        moved += sum(one.moved for one in done)
    return moved


def wanted(heard: Heard, status: str, decided_by: str) -> Decision | None:
    """What was decided there, of a finding that stands here in this status by whom; None: nothing.

    What is there as of another status than here is about to be told there, and says nothing yet.
    """
    if not status or heard.status != status:
        return None
    decision = _DECISIONS.get(heard.workflow)
    if decision == Decision.REOPEN:
        # only what was set there is taken back there
        return decision if decided_by == by_person(_THERE) else None
    if decision == Decision.SUPPRESS:
        return decision if status in _OPEN or status == "in review" else None
    return decision if status in _OPEN else None
