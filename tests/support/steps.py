"""A scheduler that decides who goes on: actors stop wherever they wait for the store or AWS, one is let go at a time.

Every interleaving of a few actors can be tried: which actor goes on at each stop is told by a list of choices, and
:func:`every_interleaving` gives one list after the other until there are no new ones.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from liveaudit.store.database import Database
from tests.support.fake import FakeAws

T = TypeVar("T")
_SETTLING = 10
"""Rounds of the event loop in which whoever was let go comes to its next stop."""


@dataclass
class Stops:
    """Where actors stand. ``choices``: whom to let go at each stop, as a number among those who stand, by name.

    ``plan``: the same by name, as ``trace`` tells it. ``taken``: the choices with among how many each was made.
    """

    choices: Sequence[int] = ()
    plan: Sequence[str] = ()
    taken: list[tuple[int, int]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    _standing: dict[str, list[tuple[str, asyncio.Future[None]]]] = field(default_factory=dict)

    async def stop(self, actor: str, where: str) -> None:
        """Stand here until let go."""
        gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._standing.setdefault(actor, []).append((where, gate))
        await gate

    async def run(self, actors: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
        """Run all actors to their end, one step of one of them at a time."""
        tasks = {name: asyncio.ensure_future(actor()) for name, actor in actors.items()}
        while not all(task.done() for task in tasks.values()):
            for _ in range(_SETTLING):
                await asyncio.sleep(0)
            names = sorted(name for name, gates in self._standing.items() if gates)
            if not names:
                continue
            self._let_go(names)
        for task in tasks.values():
            task.result()

    def _let_go(self, names: Sequence[str]) -> None:
        number = len(self.taken)
        choice = self.choices[number] % len(names) if number < len(self.choices) else 0
        if number < len(self.plan):
            choice = names.index(self.plan[number].partition(":")[0])
        self.taken.append((choice, len(names)))
        where, gate = self._standing[names[choice]].pop(0)
        self.trace.append(f"{names[choice]}: {where}")
        gate.set_result(None)


def next_choices(taken: Sequence[tuple[int, int]]) -> list[int] | None:
    """The choices after these in the order of a search through the tree of all; None: it is through."""
    for depth in range(len(taken) - 1, -1, -1):
        choice, among = taken[depth]
        if choice + 1 < among:
            return [each for each, _ in taken[:depth]] + [choice + 1]
    return None


def every_interleaving(try_one: Callable[[Sequence[int]], Stops]) -> int:
    """Try every interleaving. Returns how many there were."""
    choices: list[int] | None = []
    tried = 0
    while choices is not None:
        stops = try_one(choices)
        tried += 1
        choices = next_choices(stops.taken)
    return tried


def some_interleavings(try_one: Callable[[Sequence[int]], Stops], number: int) -> int:
    """Try so many of too many interleavings, the same every time. Returns how many of them differed."""
    rng = random.Random(number)
    seen = set()
    for _ in range(number):
        stops = try_one([rng.randrange(6) for _ in range(60)])
        seen.add(tuple(stops.trace))
    return len(seen)


class StoppingDatabase(Database):
    """An actor's door to the store: it stops before what it does there."""

    def __init__(self, real: Database, stops: Stops, actor: str) -> None:
        self.real = real
        self.stops = stops
        self.actor = actor

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        await self.stops.stop(self.actor, "write")
        return await self.real.write(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        return await self.real.read(work)


@dataclass
class StoppingCaller:
    """An actor's door to AWS: it stops before the calls of these operations."""

    aws: FakeAws
    stops: Stops
    actor: str
    stopping: Set[str]

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        """See Caller."""
        if operation in self.stopping:
            await self.stops.stop(self.actor, operation)
        return await self.aws.call(account, region, client, operation, params, pages=pages)
