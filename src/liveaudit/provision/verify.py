"""The proof: a hello from every publisher, region and rule, awaited at the receiver's queues.

The queues are polled as one more worker would, so a worker may run beside it, or none: whatever else comes is taken in
the ordinary way, and arrivals are read from the store, whoever took them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.intake.queues import Queue
from liveaudit.intake.take import Intake
from liveaudit.provision import names
from liveaudit.provision.hello import put
from liveaudit.provision.installation import Installation
from liveaudit.store import hellos
from liveaudit.store.hellos import Sent

KEEP_SECONDS = 30 * 24 * 3600.0
"""How long hellos stay in the store."""
_LOOK_EVERY = 0.2
_WHOLE_EVERY = 5.0
_AFTER_ERROR = 2.0
_LOOKS = 10
"""How often a dead-letter queue is asked for ten messages more."""
_HIDDEN_SECONDS = 5
"""For how long a look at a dead-letter queue hides what it shows from others."""


class Arrival(StrEnum):
    """What became of a hello."""

    WAITING = "waiting"
    ARRIVED = "arrived"
    NOT_SENT = "not sent"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Result:
    """One hello with its fate. ``reason``: why it is not there, as far as that can be told."""

    sent: Sent
    arrival: Arrival = Arrival.WAITING
    reason: str = ""

    @property
    def seconds(self) -> float | None:
        """From sending to being stored, None when it is not there."""
        return None if self.sent.stored_at is None else max(0.0, self.sent.stored_at - self.sent.sent_at)

    @property
    def hops(self) -> Mapping[str, float]:
        """When it was where, Unix seconds. EventBridge tells its time in whole seconds, by a clock of its own."""
        times = {
            "sent": self.sent.sent_at,
            "bus": self.sent.bus_at,
            "queue": self.sent.queued_at,
            "received": self.sent.received_at,
            "stored": self.sent.stored_at,
        }
        return {name: at for name, at in times.items() if at is not None}


@dataclass(slots=True)
class Verification:
    """Sends and awaits hellos. ``nonce`` gives 32 hexadecimal digits, new ones each time; ``rules``: their numbers.

    ``targets``: the accounts and regions to send from, all publishers' if empty; ``on_result`` is told of every change.
    """

    installation: Installation
    caller: Caller
    intake: Intake
    queues: Sequence[Queue]
    rules: Sequence[int]
    nonce: Callable[[], str]
    clock: Callable[[], float]
    targets: Sequence[tuple[str, str]] = ()
    on_result: Callable[[Result], None] = lambda _result: None
    on_error: Callable[[str, AwsCallError], None] = lambda _queue, _error: None
    results: dict[str, Result] = field(default_factory=dict)
    """By nonce."""
    notes: list[str] = field(default_factory=list)
    """What could not be looked at when the missing ones were searched for."""
    _seen: float = 0.0
    """When the latest arrival that is known was stored: older ones are mostly not read again."""
    _whole_at: float = 0.0
    _took: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, timeout: float) -> list[Result]:
        """Send, wait up to ``timeout`` seconds, and say of each hello what became of it."""
        database = self.intake.database
        await database.write(partial(hellos.forget, before=self.clock() - KEEP_SECONDS))
        round_id = self.nonce()
        # the polls begin first: a worker would be there too
        polls = [asyncio.create_task(self._poll(queue), name=f"poll {queue.name}") for queue in self.queues]
        sending = asyncio.gather(*(self._send(round_id, *target) for target in self._targets()))
        try:
            while await self._look(round_id, timeout) or not sending.done():
                if any(poll.done() for poll in polls):
                    break  # by an error, which the end raises
                await self._pause()
            await sending
            self._whole_at = 0.0
            await self._look(round_id, timeout)
        finally:
            # what a poll that is cut off had received would stay hidden until its visibility timeout
            self._stopping.set()
            await asyncio.gather(*polls)
        await self._explain()
        return sorted(
            self.results.values(), key=lambda one: (one.sent.account, one.sent.region, one.sent.rule)
        )

    def _targets(self) -> Sequence[tuple[str, str]]:
        return self.targets or tuple(self.installation.targets())

    async def _send(self, round_id: str, account: str, region: str) -> None:
        now = self.clock()
        sent = [Sent(self.nonce(), account, region, rule, now) for rule in self.rules]
        # before they leave: an arrival is noted only for what is known to be on its way
        await self.intake.database.write(partial(hellos.send, round_id=round_id, sent=sent))
        for each in sent:
            self._tell(Result(each))
        for refusal in await put(self.caller, sent):
            given = self.results[refusal.nonce].sent
            self._tell(Result(given, Arrival.NOT_SENT, refusal.reason))

    async def _look(self, round_id: str, timeout: float) -> bool:
        """Take over what arrived. Returns whether any that is still awaited has time left."""
        now = self.clock()
        since = self._seen
        if now >= self._whole_at:
            # another worker's clock may be behind: now and then everything is read
            since, self._whole_at = 0.0, now + _WHOLE_EVERY
        found = await self.intake.database.read(partial(hellos.arrived, round_id=round_id, since=since))
        for each in found:
            self._seen = max(self._seen, each.stored_at or 0.0)
            if self.results[each.nonce].arrival is not Arrival.ARRIVED:
                self._tell(Result(each, Arrival.ARRIVED))
        return any(
            each.arrival is Arrival.WAITING and each.sent.sent_at + timeout > now
            for each in self.results.values()
        )

    async def _pause(self) -> None:
        self._took.clear()
        await _wait(self._took, _LOOK_EVERY)

    async def _poll(self, queue: Queue) -> None:
        while not self._stopping.is_set():
            try:
                await self.intake.take(await queue.receive(), queue)
                self._took.set()
                await asyncio.sleep(0)  # a queue that answers at once lets others run all the same
            except AwsCallError as error:
                self.on_error(queue.name, error)
                await _wait(self._stopping, _AFTER_ERROR)

    def _tell(self, result: Result) -> None:
        self.results[result.sent.nonce] = result
        self.on_result(result)

    async def _explain(self) -> None:
        """Look for what is missing among what could not be delivered."""
        missing = [each for each in self.results.values() if each.arrival is Arrival.WAITING]
        places = sorted({(each.sent.account, each.sent.region) for each in missing})
        region_queues = {
            (self.installation.receiver, region, names.dead_letters(self.installation.queue))
            for _, region in places
        }
        own_queues = {
            (account, region, names.UNDELIVERED_QUEUE)
            for account, region in places
            if account != self.installation.receiver
        }
        found: dict[str, str] = {}
        for letters in await asyncio.gather(
            *(self._letters(*one) for one in sorted(region_queues | own_queues))
        ):
            found |= letters
        for each in missing:
            self._tell(replace(each, arrival=Arrival.MISSING, reason=found.get(each.sent.nonce, "")))

    async def _letters(self, account: str, region: str, queue: str) -> dict[str, str]:
        """From nonce to reason, for the hellos in a dead-letter queue.

        Source: EventBridge User Guide, "Using dead-letter queues" (ERROR_CODE and ERROR_MESSAGE of each message).
        """
        found: dict[str, str] = {}
        try:
            answer = await self.caller.call(account, region, "sqs", "GetQueueUrl", {"QueueName": queue})
            params = {
                "QueueUrl": answer["QueueUrl"],
                "MaxNumberOfMessages": 10,
                "VisibilityTimeout": _HIDDEN_SECONDS,
                "MessageAttributeNames": ["All"],
            }
            for _ in range(_LOOKS):
                answer = await self.caller.call(account, region, "sqs", "ReceiveMessage", params)
                letters = answer.get("Messages") or ()
                if not letters:
                    break
                for each in letters:
                    nonce = nonce_of(str(each.get("Body", "")))
                    if nonce:
                        found[nonce] = _why(each.get("MessageAttributes") or {}, queue)
        except AwsCallError as error:
            what = "is not there" if error.kind is Kind.ANSWER else "could not be looked at"
            self.notes.append(f"{account} {region}: the dead-letter queue {queue} {what}: {error}")
        return found


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def _why(attributes: Mapping[str, Any], queue: str) -> str:
    told = [
        str(attributes[name].get("StringValue", ""))
        for name in ("ERROR_CODE", "ERROR_MESSAGE", "TARGET_ARN")
        if name in attributes
    ]
    return f"undelivered, in {queue}: {': '.join(told) or 'without a reason'}"[:500]


def nonce_of(body: str) -> str:
    """The nonce in the event of a dead letter, empty when there is none. The text is hostile."""
    try:
        nonce = json.loads(body)["detail"]["nonce"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return nonce if isinstance(nonce, str) else ""


def summary(results: Iterable[Result]) -> dict[str, int]:
    """How many hellos ended how."""
    counts = {each.value: 0 for each in Arrival if each is not Arrival.WAITING}
    for each in results:
        counts[each.arrival.value] = counts.get(each.arrival.value, 0) + 1
    return {name: number for name, number in counts.items() if number or name == Arrival.ARRIVED.value}
