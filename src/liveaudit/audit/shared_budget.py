"""The budget of calls as one process keeps it: buckets in the store that all workers share, asked as seldom as possible.

For events a process spends on credit and tells the store afterwards, once a second or when half the credit is used. Who
has none left waits in line for what the store gives. What a killed process had spent and not told is a few calls more than
the bucket allowed; what it had been given is lost tokens. Nothing else depends on it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection

from liveaudit.aws.budget import LANE, Ask, Bucket, Given, Lane, Limit, full, settle, wait_for
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.store import budgets
from liveaudit.store.budgets import Place, Row
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError

log = structlog.get_logger(__name__)

TELL_EVERY = 1.0
"""Seconds for which spending on credit is held back from the store, and for which tokens of sweeps are held."""
LONGEST_WAIT = {Lane.EVENTS: 30.0, Lane.SWEEPS: 60.0}
"""Seconds that a call waits for its token; what would take longer is put off, like what AWS throttles."""
OWN_BUDGET = "OwnBudget"
"""The code of the error of a call that our own budget did not let through."""
_SHORTEST_REST = 0.1
"""Seconds between two looks for tokens: they are given to several who wait at once."""
_SLICE = 8


async def rest(woken: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until it is woken."""
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return


@dataclass(slots=True)
class _Waiting:
    granted: asyncio.Future[None]
    until: float


@dataclass(slots=True)
class _Held:
    """What this process knows of one bucket. ``spent``: on credit and not told yet; ``leased``: tokens of sweeps."""

    limit: Limit
    credit: float
    rate: float
    spent: int = 0
    leased: int = 0
    leased_until: float = 0.0
    throttled: bool = False
    refused: int = 0
    lines: dict[Lane, deque[_Waiting]] = field(default_factory=lambda: {each: deque() for each in Lane})
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> bool:
        return any(self.lines.values())

    @property
    def presses(self) -> bool:
        """Whether the store is to be asked at once."""
        return self.waiting or self.throttled or self.spent >= max(1.0, self.limit.credit / 2)

    @property
    def open(self) -> bool:
        """Whether there is anything to tell, to give back or to wait for."""
        return self.waiting or self.throttled or bool(self.spent or self.leased or self.refused)

    def spend(self, lane: Lane) -> bool:
        """Take a token that is at hand."""
        if self.lines[lane]:
            return False
        if lane is Lane.SWEEPS:
            if not self.leased:
                return False
            self.leased -= 1
            return True
        if self.credit - self.spent < 1:
            return False
        self.spent += 1
        return True


class SharedBudget:
    """A :class:`~liveaudit.aws.budget.Budget` in the store. ``limit_of``: of a client; ``clock``: Unix seconds.

    For one event loop. Raises StoreUnavailableError to those who wait while the store is away.
    """

    def __init__(
        self,
        database: Database,
        limit_of: Callable[[str], Limit],
        clock: Callable[[], float],
        *,
        rest: Callable[[asyncio.Event, float], Awaitable[None]] = rest,
    ) -> None:
        self._database = database
        self._limit_of = limit_of
        self._clock = clock
        self._rest = rest
        self._held: dict[Place, _Held] = {}

    async def take(self, account: str, region: str, client: str, operation: str) -> None:
        """See :class:`~liveaudit.aws.budget.Budget`."""
        place, lane = Place(account, region, client), LANE.get()
        held = self._of(place)
        if held.spend(lane):
            self._keep(place, held)
            return
        line, longest = held.lines[lane], LONGEST_WAIT[lane]
        if (len(line) + 1) / held.rate > longest:
            held.refused += 1
            self._keep(place, held)
            raise _refusal(place, operation, held, longest)
        waiting = _Waiting(asyncio.get_running_loop().create_future(), self._clock() + longest)
        line.append(waiting)
        if len(line) == 1:
            held.woken.set()
        self._keep(place, held)
        try:
            await waiting.granted
        except _LateError:
            raise _refusal(place, operation, held, longest) from None
        finally:
            if waiting in line:
                line.remove(waiting)

    def throttled(self, account: str, region: str, client: str) -> None:
        """See :class:`~liveaudit.aws.budget.Budget`."""
        place = Place(account, region, client)
        held = self._of(place)
        held.credit, held.leased, held.throttled = 0.0, 0, True
        held.woken.set()
        self._keep(place, held)

    async def settled(self) -> None:
        """Until there is nothing to tell the store, and nobody waits for it."""
        while keepers := [held.keeper for held in self._held.values() if held.keeper is not None]:
            await asyncio.gather(*keepers)

    async def close(self) -> None:
        """Tell the store what was spent; let nobody wait any more."""
        for place, held in self._held.items():
            if held.keeper is not None:
                held.keeper.cancel()
                await asyncio.gather(held.keeper, return_exceptions=True)
            for line in held.lines.values():
                for each in line:
                    each.granted.cancel()
            if held.spent or held.leased:
                try:
                    await self._database.write(
                        self._settling(place, held.limit, Ask(spent=held.spent - held.leased))
                    )
                except StoreError as error:
                    log.warning("calls not told to the budget", account=place.account, error=str(error))
        self._held.clear()

    def _of(self, place: Place) -> _Held:
        held = self._held.get(place)
        if held is None:
            limit = self._limit_of(place.client)
            held = self._held[place] = _Held(limit, float(limit.credit), limit.rate)
        return held

    def _keep(self, place: Place, held: _Held) -> None:
        if held.presses:
            held.woken.set()
        if held.keeper is None and held.open:
            held.keeper = asyncio.create_task(self._keeping(place, held), name=f"budget {place}")

    async def _keeping(self, place: Place, held: _Held) -> None:
        """Tell and ask the store as long as there is something to tell or to wait for."""
        try:
            while held.open:
                if not held.presses:
                    await self._rest(held.woken, TELL_EVERY)
                held.woken.clear()
                given = await self._ask(place, held)
                self._hand_out(held, given)
                if held.waiting:
                    lane = Lane.EVENTS if held.lines[Lane.EVENTS] else Lane.SWEEPS
                    wait = wait_for(held.limit, given, lane)
                    await self._rest(held.woken, min(max(wait, _SHORTEST_REST), TELL_EVERY))
        except Exception as error:  # noqa: BLE001 - handed to those who wait: what they do needs the store too
            for line in held.lines.values():
                for each in line:
                    if not each.granted.done():
                        each.granted.set_exception(error)
            log.warning("budget not asked", account=place.account, client=place.client, error=repr(error))
        finally:
            held.keeper = None

    async def _ask(self, place: Place, held: _Held) -> Given:
        if held.leased and self._clock() >= held.leased_until:
            held.spent -= held.leased
            held.leased = 0
        events, sweeps = (len(held.lines[each]) for each in (Lane.EVENTS, Lane.SWEEPS))
        ask = Ask(held.spent, events, max(sweeps, _SLICE) if sweeps else 0, held.throttled, held.refused)
        given = await self._database.write(self._settling(place, held.limit, ask))
        held.spent -= ask.spent
        held.refused -= ask.refused
        if ask.throttled:
            held.throttled = False
        held.rate = given.rate
        held.credit = min(float(held.limit.credit), max(0.0, given.left))
        return given

    def _settling(self, place: Place, limit: Limit, ask: Ask) -> Callable[[Connection], Given]:
        return lambda connection: budgets.change(
            connection, place, partial(_settled, limit=limit, now=self._clock(), ask=ask)
        )

    def _hand_out(self, held: _Held, given: Given) -> None:
        now = self._clock()
        held.spent -= given.events - _grant(held.lines[Lane.EVENTS], given.events)
        left = given.sweeps - _grant(held.lines[Lane.SWEEPS], given.sweeps)
        if left:
            held.leased += left
            held.leased_until = now + TELL_EVERY
        for line in held.lines.values():
            for each in [each for each in line if each.until <= now]:
                line.remove(each)
                if not each.granted.done():
                    held.refused += 1
                    each.granted.set_exception(_LateError())


class _LateError(Exception):
    """There was no token in time."""


def _grant(line: deque[_Waiting], number: int) -> int:
    """Let the first of the line go on. Returns how many did."""
    granted = 0
    while line and granted < number:
        first = line.popleft()
        if not first.granted.done():
            first.granted.set_result(None)
            granted += 1
    return granted


def _settled(standing: Row | None, limit: Limit, now: float, ask: Ask) -> tuple[Row, Given]:
    bucket = full(limit, now) if standing is None else Bucket(**standing)
    changed, given = settle(limit, bucket, now, ask)
    state: dict[str, Any] = asdict(changed)
    return state, given


def _refusal(place: Place, operation: str, held: _Held, longest: float) -> AwsCallError:
    return AwsCallError(
        Kind.THROTTLED,
        OWN_BUDGET,
        f"calls of {place.client} in account {place.account or '(ambient)'}, {place.region} may be made {held.rate:.1f} "
        f"times a second now, and more than {longest:.0f} s of them wait: tried again later",
        operation,
    )
