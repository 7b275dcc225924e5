"""Histories of changes, run against workers under all the cruelty there is, on a virtual clock.

Duplicates, disorder, delays of minutes, redelivery, stale answers, throttling, denials that come and go, sweeps and
unknown events in between, two workers at once, each of which may be killed wherever it waits, and calls that take longer
than a lease. A history is run by a seed: what happens when is the same every time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.intake.queues import MemoryQueue
from liveaudit.intake.sort import Message
from liveaudit.model import Outcome
from liveaudit.policies.policy import Context
from liveaudit.store import findings, work
from liveaudit.store.database import Database
from liveaudit.store.dialects import greatest
from liveaudit.store.schema import due
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, POLICIES, REGION, Clock, FakeAws
from tests.support.stale import Lag, StaleAws

T = TypeVar("T")
NAMES = ("a", "b")
KINDS = (
    *("create", "delete", "color", "color", "lock", "lock", "put in crate", "crate", "label", "key"),
    *("account", "repaint", "mystery"),
)
Change = tuple[str, str, bool, float]
"""What is done, to which name, one way or the other, and so many seconds after the change before it."""
SCOPE = Scope("aws", ACCOUNT, (REGION,))
LEASE = 5.0


class Killed(BaseException):
    """The process ends here, in a test."""


@dataclass
class Life:
    """One worker's process. It ends after so many steps (None: not at all), and then nothing of it goes on."""

    rng: random.Random
    steps: int | None
    dead: bool = False

    def step(self, _name: str = "") -> None:
        """Here it may end."""
        if self.steps is not None:
            self.steps -= 1
            self.dead = self.dead or self.steps <= 0
        if self.dead:
            raise Killed

    async def pause(self) -> None:
        """Let the other worker go on, or end."""
        self.step()
        for _ in range(self.rng.randrange(3)):
            await asyncio.sleep(0)
        if self.dead:
            raise Killed


class LivingDatabase(Database):
    """A worker's door to the store; it may be killed before and after whatever it does there."""

    def __init__(self, real: Database, life: Life) -> None:
        self.real = real
        self.life = life

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        await self.life.pause()
        result = await self.real.write(work)
        await self.life.pause()
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        await self.life.pause()
        result = await self.real.read(work)
        await self.life.pause()
        return result


@dataclass
class LivingCaller:
    """A worker's door to AWS."""

    aws: StaleAws
    life: Life
    slow: Callable[[], None]

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
        await self.life.pause()
        self.slow()
        answer = await self.aws.call(account, region, client, operation, params, pages=pages)
        await self.life.pause()
        return answer


def carry_out(aws: FakeAws, emit: Callable[..., None], kind: str, name: str, flag: bool) -> None:
    """One change by a user, if it is possible in this state. ``emit`` sends its event."""
    widgets, crates = aws.widgets, aws.crates
    color = "red" if flag else "blue"
    if kind == "create" and name not in widgets:
        widgets[name] = {"Color": color}
        emit("CreateWidget", widgetId=name)
    elif kind == "delete" and name in widgets:
        del widgets[name]
        emit("DeleteWidget", widgetId=name)
    elif kind == "color" and name in widgets:
        widgets[name]["Color"] = color
        emit("ModifyWidget", widgetId=name)
    elif kind == "repaint" and name in widgets:
        widgets[name]["Color"] = color
        emit("RepaintWidget", target={"arn": f"arn:aws:fake:{REGION}:{ACCOUNT}:widget/{name}"})
    elif kind == "mystery" and name in widgets:
        widgets[name]["Color"] = color
        emit("ChangeSomething", what=name)
    elif kind == "lock" and name in widgets:
        widgets[name]["Lock"] = "L" if flag else None
        emit("PutLock" if flag else "DeleteLock", widgetId=name)
    elif kind == "put in crate" and name in widgets:
        widgets[name]["Crates"] = [f"c{name}"] if flag else []
        emit("ModifyWidget", widgetId=name)
    elif kind == "crate" and (f"c{name}" in crates) != flag:
        if flag:
            crates[f"c{name}"] = []
        else:
            del crates[f"c{name}"]
        emit("CreateCrate" if flag else "DeleteCrate", crateId=f"c{name}")
    elif kind == "label" and f"c{name}" in crates:
        crates[f"c{name}"] = ["x"] if flag else []
        emit("PutLabel" if flag else "DeleteLabel", crateId=f"c{name}")
    elif kind == "key" and name in widgets:
        widgets[name].setdefault("Keys", {})[f"k{name}{flag}"] = int(flag)
        emit("CreateKey", widgetId=name)
    elif kind == "account":
        aws.settings = {"LockAll": flag}
        emit("PutSettings", anything=1)


@dataclass
class World:
    """The fake AWS with its changes, each of which sends its event at a time of its own."""

    aws: StaleAws
    clock: Clock
    rng: random.Random
    under_way: list[tuple[float, str]] = field(default_factory=list)
    sent: int = 0
    reds: dict[str, int] = field(default_factory=dict)
    """How often each widget has become red: so often its finding may open."""

    def emit(self, name: str, **more: Any) -> None:
        """Send the event of a change: after a while, and perhaps twice."""
        self.sent += 1
        made = dt.datetime.fromtimestamp(int(self.clock.now), tz=dt.UTC)
        detail = {
            "eventSource": "fake.amazonaws.com",
            "eventName": name,
            "awsRegion": REGION,
            "eventTime": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventID": f"e-{self.sent}",
            "recipientAccountId": ACCOUNT,
            "requestParameters": more,
        }
        envelope = {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.fake",
            "account": ACCOUNT,
            "region": REGION,
            "detail": detail,
        }
        for _ in range(1 + (self.rng.random() < 0.2)):
            haste = self.rng.random()
            most = 0.0 if haste < 0.3 else 3.0 if haste < 0.7 else 300.0
            delay = self.rng.random() * most
            self.under_way.append((self.clock.now + delay, json.dumps(envelope)))

    def arrived(self) -> list[str]:
        """The events that have come by now, in any order."""
        now = [each for each in self.under_way if each[0] <= self.clock.now]
        self.under_way = [each for each in self.under_way if each[0] > self.clock.now]
        self.rng.shuffle(now)
        return [body for _, body in now]

    def change(self, kind: str, name: str, flag: bool) -> None:
        """One change by a user, if it is possible in this state."""
        before = {each: self._is_red(each) for each in NAMES}
        carry_out(self.aws, self.emit, kind, name, flag)
        self.aws.remember()
        for each in NAMES:
            if self._is_red(each) and not before[each]:
                self.reds[each] = self.reds.get(each, 0) + 1

    def _is_red(self, name: str) -> bool:
        return self.aws.widgets.get(name, {}).get("Color") == "red"


@dataclass
class Weather:
    """How bad the days are."""

    lag: Lag = Lag.NONE
    kills: bool = False
    refusals: bool = False
    sweeps: bool = False
    slow_calls: bool = False

    @classmethod
    def of(cls, rng: random.Random) -> Weather:
        """Any."""
        return cls(
            rng.choice(list(Lag)),
            rng.random() < 0.6,
            rng.random() < 0.4,
            rng.random() < 0.4,
            rng.random() < 0.3,
        )


@dataclass
class Run:
    """One history under way. ``doors``: the store, as each of the two workers reaches it."""

    doors: Sequence[Database]
    history: Sequence[Change]
    rng: random.Random
    weather: Weather
    clock: Clock = field(default_factory=Clock)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    world: World = field(init=False)
    workers: list[Worker] = field(init=False)
    lives: list[Life] = field(init=False)
    todo: list[Change] = field(init=False)
    numbers: int = 0

    def __post_init__(self) -> None:
        aws = StaleAws(self.clock, self.rng, self.weather.lag)
        self.world = World(aws, self.clock, self.rng)
        there = [("create", name, self.rng.random() < 0.5, 0.0) for name in NAMES[: self.rng.randrange(3)]]
        self.todo = list(reversed([*there, ("crate", "a", True, 0.0), *self.history]))
        self.lives = [self.born(), self.born()]
        self.workers = [self.worker(number, self.lives[number]) for number in range(2)]

    @property
    def database(self) -> Database:
        """The store, as the test reaches it."""
        return self.doors[0]

    def born(self) -> Life:
        """A process that may end soon."""
        return Life(self.rng, self.rng.randrange(1, 50) if self.weather.kills else None)

    def worker(self, number: int, life: Life) -> Worker:
        """One of the two workers, that lives this life."""
        self.numbers += 1
        owner = f"w{self.numbers}"
        ids = iter(range(10**6))
        database = LivingDatabase(self.doors[number], life)
        auditor = Auditor(
            database=database,
            catalog=CATALOG,
            policies=POLICIES,
            caller=LivingCaller(self.world.aws, life, self.slow),
            context=Context(frozenset({ACCOUNT})),
            clock=self.clock,
            owner=owner,
            tuning=Tuning(lease=LEASE),
            probe=life.step,
            new_id=lambda: f"finding-{owner}-{next(ids)}",
            jitter=lambda: 1.0,
        )
        return Worker(database, CATALOG, auditor, [self.queue], {ACCOUNT}, self.clock, probe=life.step)

    def slow(self) -> None:
        """Now and then a call takes longer than a lease, and things change while they are read."""
        if self.weather.slow_calls and self.rng.random() < 0.05:
            self.clock.now += LEASE + 1
        if self.rng.random() < 0.15:
            self.happen()
            self.deliver()

    def happen(self) -> None:
        """The next change, if there is one."""
        if self.todo:
            kind, name, flag, after = self.todo.pop()
            self.clock.now += after
            self.world.change(kind, name, flag)

    def deliver(self) -> None:
        """What has arrived is in the queue now."""
        for body in self.world.arrived():
            self.numbers += 1
            self.queue.put(body, now=self.clock(), message_id=f"m{self.numbers}")

    async def steps(self, number: int, many: int) -> None:
        """Some steps of a worker; it may be killed at one, and then another starts."""
        for _ in range(many):
            await self.one_step(number)

    async def one_step(self, number: int) -> None:
        """A worker takes messages, audits or sweeps."""
        worker, dice = self.workers[number], self.rng.random()
        try:
            if self.weather.sweeps and dice < 0.06:
                sweeper = Sweeper(worker.auditor)
                for stage in sweeper.stages(SCOPE):
                    await sweeper.make_due(SCOPE, stage, f"s{self.numbers}")
            elif dice < 0.5:
                await self.take(worker)
            else:
                await worker.auditor.work_once(limit=self.rng.randrange(1, 4))
        except Killed:
            self.lives[number] = self.born()
            self.workers[number] = self.worker(number, self.lives[number])
            # whoever had them in hand, the visibility timeout ends some time
            self.queue.return_flying()

    async def take(self, worker: Worker) -> Sequence[Message]:
        """Receive and take in."""
        messages = await self.queue.receive()
        await worker.take(messages, self.queue)
        return messages

    def refuse(self) -> None:
        """AWS refuses something, or stops refusing it."""
        aws = self.world.aws
        operation = self.rng.choice(
            ("DescribeWidgets", "GetLock", "GetSettings", "ListLabels", "ListWidgets")
        )
        if aws.break_at:
            aws.break_at.clear()
        elif self.rng.random() < 0.5:
            aws.deny(operation)
        else:
            aws.throttle(operation)

    async def run(self) -> None:
        """Everything happens; then everything arrives and is worked off."""
        while self.todo:
            self.happen()
            if self.weather.refusals and self.rng.random() < 0.3:
                self.refuse()
            for _ in range(self.rng.randrange(1, 3)):
                self.clock.now += self.rng.random()
                self.deliver()
                if self.rng.random() < 0.5:
                    await asyncio.gather(self.steps(0, 2), self.steps(1, 2))
                else:
                    await self.one_step(self.rng.randrange(2))
        await self.settle()

    async def settle(self) -> None:
        """Nobody is killed or refused any more. What is under way arrives, and every look is taken."""
        self.world.aws.break_at.clear()
        self.weather = Weather()
        for life in self.lives:
            life.steps = None
        self.queue.return_flying()
        for _ in range(400):
            self.deliver()
            while await self.take(self.workers[0]):
                continue
            later = await self.database.read(next_row)
            if later is not None and later < self.clock.now:
                await self.workers[self.rng.randrange(2)].auditor.work_once()
                continue
            times = [at for at, _ in self.world.under_way] + ([] if later is None else [later])
            if not times:
                return
            self.clock.now = max(self.clock.now, min(times)) + 0.001
        raise AssertionError("the work never ends")

    async def check(self) -> None:
        """What is stored is true, was told once, and what could not be known says so."""
        listed = await self.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
        unknown = {(each["id"], each["policy"]) for each in listed if each["verdict"] == "UNKNOWN"}
        failing = {(each["id"], each["policy"]) for each in listed if each["verdict"] == "FAIL"}
        held = await self.database.read(
            lambda c: findings.list_findings(c, findings.Filter(status=("new", "reopened")))
        )
        standing = {(each["resource"], each["policy"]) for each in held}
        truth = self.world.aws.failing()
        assert standing - unknown == truth - unknown, "the findings are not those of the final state"
        assert failing - unknown == truth - unknown, "the verdicts are not those of the final state"
        assert not [each for each in listed if each["unsettled"]], "everything is old, and not all is settled"
        moved = await self.database.read(lambda c: findings.transitions_since(c, 0))
        last: dict[str, str] = {}
        opened: dict[str, int] = {}
        for each in moved:
            is_open = each["to"] in ("new", "reopened")
            was_open = last.get(each["id"]) in ("new", "reopened")
            assert is_open != was_open, "a transition happened twice"
            last[each["id"]] = each["to"]
            if is_open and each["policy"] == "widget_is_blue":
                opened[each["resource"]] = opened.get(each["resource"], 0) + 1
        if self.world.aws.lag != Lag.WILD:
            for name, times in opened.items():
                assert times <= self.world.reds.get(name, 0), "a finding opened more often than it was true"


def next_row(connection: Connection) -> float | None:
    """When the next row of due work can be claimed, whoever has it in hand (Unix seconds); None: there is none."""
    free = greatest(connection.dialect.name, due.c.not_before, func.coalesce(due.c.lease_until, 0.0))
    found: float | None = connection.execute(select(func.min(free))).scalar()
    return found


async def run_history(
    doors: Sequence[Database], history: Sequence[Change], seed: int, weather: Weather | None = None
) -> Run:
    """Run one history on an empty store, and check it. ``doors``: the store, as each of the two workers reaches it."""
    rng = random.Random(seed)
    run = Run(doors, history, rng, weather or Weather.of(rng))
    await run.run()
    await run.check()
    return run


async def swept(database: Database, run: Run) -> set[tuple[str, str]]:
    """What a full sweep of the state as it is finds to fail, on an empty store."""
    run.world.aws.lag = Lag.NONE
    life = Life(run.rng, None)
    auditor: Auditor = run.worker(0, life).auditor
    auditor.database = database
    await Sweeper(auditor).sweep(SCOPE, "final")
    wanted = findings.Filter(outcome=(Outcome.FAIL.value,))
    failing = await database.read(lambda c: findings.list_verdicts(c, wanted))
    assert await database.read(work.pending) == 0
    return {(each["id"], each["policy"]) for each in failing}
