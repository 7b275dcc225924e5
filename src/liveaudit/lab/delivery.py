"""From an event to the queues it ends in: rules, one hop between buses, policies, dead letters.

Routing is pure: it asks a ``World`` what rules, policies and queues there are and answers with what to send where.
The ``Postman`` below it owns the clock and the thread. Sources: EventBridge User Guide, "Sending and receiving events
between accounts", "Using resource-based policies", "Using dead-letter queues".
"""

from __future__ import annotations

import heapq
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Envelope = Mapping[str, Any]
EVENTS = "events.amazonaws.com"
PUT, SEND = "events:PutEvents", "sqs:SendMessage"


@dataclass(frozen=True, slots=True)
class Bus:
    """An event bus."""

    account: str
    region: str
    name: str = "default"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:events:{self.region}:{self.account}:event-bus/{self.name}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends what it matches."""

    id: str
    arn: str
    role_arn: str = ""
    dead_letter_arn: str = ""
    group_id: str | None = None
    """For a FIFO queue."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as routing sees it. ``matches`` is its pattern."""

    arn: str
    enabled: bool
    matches: Callable[[Envelope], bool]
    targets: tuple[Target, ...]


class World(Protocol):
    """What there is: asked anew for each event, because rules and policies change."""

    def rules(self, bus: Bus) -> list[Rule] | None:
        """The rules of a bus, None when there is no such bus."""

    def has_queue(self, arn: str) -> bool:
        """Whether this queue exists."""

    def refusal(self, rule_arn: str, role_arn: str, action: str, resource: str) -> str:
        """Why a rule may not do ``action`` on ``resource``; empty when it may.

        With the role of its target, or, where the target has none, as EventBridge itself.
        """

    def send(self, queue_arn: str, body: str, attributes: Mapping[str, str], group_id: str | None) -> None:
        """Put a message into a queue that exists."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message for a queue."""

    queue_arn: str
    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """What a target could not get, and why. ``dead_letter``: the message for its dead-letter queue, if it has one."""

    rule_arn: str
    target_arn: str
    reason: str
    dead_letter: Sent | None = None


def route(world: World, bus: Bus, envelope: Envelope, hopped: bool = False) -> Iterator[Sent | Undeliverable]:
    """Everything that comes of ``envelope`` arriving at ``bus``. ``hopped``: it came from another bus already."""
    for rule in world.rules(bus) or []:
        if not rule.enabled or not rule.matches(envelope):
            continue
        for target in rule.targets:
            service = target.arn.split(":")[2]
            if service == "sqs":
                yield _to_queue(world, bus, rule, target, envelope)
            elif service == "events" and ":event-bus/" in target.arn:
                yield from _to_bus(world, bus, rule, target, envelope, hopped)
            else:
                yield _lost(world, rule, target, envelope, f"the lab has no target of the service {service}")


def _to_queue(world: World, bus: Bus, rule: Rule, target: Target, envelope: Envelope) -> Sent | Undeliverable:
    if not world.has_queue(target.arn):
        return _lost(world, rule, target, envelope, "NO_RESOURCE: the queue does not exist")
    region, account = target.arn.split(":")[3:5]
    if region != bus.region:
        return _lost(world, rule, target, envelope, "NO_RESOURCE: the queue is in another region")
    if account != bus.account and not target.role_arn:
        return _lost(world, rule, target, envelope, "NO_PERMISSIONS: another account's queue needs a role")
    if why := world.refusal(rule.arn, target.role_arn, SEND, target.arn):
        return _lost(world, rule, target, envelope, f"NO_PERMISSIONS: {why}")
    return Sent(target.arn, json.dumps(envelope), group_id=target.group_id)


def _to_bus(
    world: World, bus: Bus, rule: Rule, target: Target, envelope: Envelope, hopped: bool
) -> Iterator[Sent | Undeliverable]:
    destination = bus_of(target.arn)
    if hopped:
        yield _lost(world, rule, target, envelope, "an event from another bus is not forwarded again")
    elif world.rules(destination) is None:
        yield _lost(world, rule, target, envelope, "NO_RESOURCE: the event bus does not exist")
    elif refused := _bus_refusal(world, bus, rule, target):
        yield _lost(world, rule, target, envelope, f"NO_PERMISSIONS: {refused}")
    else:
        yield from route(world, destination, envelope, hopped=True)


def _bus_refusal(world: World, bus: Bus, rule: Rule, target: Target) -> str:
    if target.role_arn:
        return world.refusal(rule.arn, target.role_arn, PUT, target.arn)
    if bus_of(target.arn).account == bus.account:
        return ""
    return f"RoleArn must be specified for target {target.id}: {target.arn} belongs to another account"


def bus_of(arn: str) -> Bus:
    """The bus that an ARN names."""
    _, _, _, region, account, path = arn.split(":", 5)
    return Bus(account, region, path.removeprefix("event-bus/"))


def _lost(world: World, rule: Rule, target: Target, envelope: Envelope, reason: str) -> Undeliverable:
    dead_letter = None
    if target.dead_letter_arn:
        exists = world.has_queue(target.dead_letter_arn)
        if exists and not world.refusal(rule.arn, "", SEND, target.dead_letter_arn):
            code, _, text = reason.rpartition(": ")
            attributes = {
                "RULE_ARN": rule.arn,
                "TARGET_ARN": target.arn,
                "ERROR_CODE": code or "SDK_CLIENT_ERROR",
                "ERROR_MESSAGE": text,
            }
            dead_letter = Sent(target.dead_letter_arn, json.dumps(envelope), attributes)
    return Undeliverable(rule.arn, target.arn, reason, dead_letter)


class Postman:
    """Carries events when their time has come, on a thread of its own."""

    def __init__(self, world: World, lock: threading.RLock) -> None:
        self._world = world
        self._lock = lock
        self._wake = threading.Condition()
        self._waiting: list[tuple[float, int, Bus, Envelope]] = []
        self._number = itertools.count()
        self._carrying = False
        self._round = 0
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.counts: Counter[str] = Counter()
        """What became of the events: ``events``, ``sent``, ``dead letters``, ``dropped``, ``failed``."""
        self.dropped: list[Undeliverable] = []
        """The latest ones that ended nowhere, at most 100."""
        self.failures: list[str] = []
        """Errors of the lab itself while carrying. Always empty, or the lab is wrong."""

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="lab-postman", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop it. What was still under way is dropped."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()

    def post(self, bus: Bus, envelope: Envelope, delay: float = 0.0) -> None:
        """Bring ``envelope`` to ``bus`` after ``delay`` seconds."""
        with self._wake:
            heapq.heappush(self._waiting, (time.monotonic() + delay, next(self._number), bus, envelope))
            self._wake.notify_all()

    def idle(self, timeout: float) -> bool:
        """Wait until nothing is under way. False when ``timeout`` seconds were not enough."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting and not self._carrying, timeout)

    def under_way(self) -> int:
        """How many events have not arrived."""
        with self._wake:
            return len(self._waiting) + self._carrying

    def reset(self) -> None:
        """Drop what is under way, and the counts. Call it under the lock: then nothing old arrives afterwards."""
        with self._wake:
            self._round += 1
            self._waiting.clear()
            self.counts.clear()
            self.dropped.clear()
            self.failures.clear()
            self._wake.notify_all()

    def _run(self) -> None:
        while (parcel := self._next()) is not None:
            bus, envelope, number = parcel
            try:
                self._carry(bus, envelope, number)
            except Exception as error:  # noqa: BLE001 - recorded and shown; the postman must outlive one bad rule
                self.counts["failed"] += 1
                self.failures.append(f"{type(error).__name__}: {error}")
            with self._wake:
                self._carrying = False
                self._wake.notify_all()

    def _next(self) -> tuple[Bus, Envelope, int] | None:
        with self._wake:
            while not self._stopping:
                now = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    _, _, bus, envelope = heapq.heappop(self._waiting)
                    self._carrying = True
                    return bus, envelope, self._round
                self._wake.wait(self._waiting[0][0] - now if self._waiting else None)
            return None

    def _carry(self, bus: Bus, envelope: Envelope, number: int) -> None:
        with self._lock:
            if number != self._round:
                return
            self.counts["events"] += 1
            for outcome in list(route(self._world, bus, envelope)):
                if isinstance(outcome, Undeliverable):
                    self._give_up(outcome)
                else:
                    self._send(outcome)
                    self.counts["sent"] += 1

    def _give_up(self, outcome: Undeliverable) -> None:
        if outcome.dead_letter is not None:
            self._send(outcome.dead_letter)
            self.counts["dead letters"] += 1
            return
        self.counts["dropped"] += 1
        self.dropped = [*self.dropped[-99:], outcome]

    def _send(self, sent: Sent) -> None:
        self._world.send(sent.queue_arn, sent.body, sent.attributes, sent.group_id)
