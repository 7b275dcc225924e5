"""Who is asked for Lambda policies: the user's function, in batches, no more at once than it bears."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from liveaudit.audit.asked.invoking import Failure, Function, InvocationError, Invoke
from liveaudit.audit.asked.replies import verdicts_of
from liveaudit.audit.asked.requests import Asking, asking_of, batches, request_of
from liveaudit.custom.functions import Asked
from liveaudit.model import Resource, Verdict
from liveaudit.policies.asking import Question, unanswered
from liveaudit.policies.policy import Policy


@dataclass(frozen=True, slots=True)
class Tries:
    """How often one request is tried. Times in seconds. ``fruitless``: failures of parts of a batch after which it is left,
    when no part of it was answered."""

    throttled: int = 6
    unavailable: int = 3
    first_wait: float = 0.5
    longest_wait: float = 20.0
    fruitless: int = 4


@dataclass(slots=True)
class Gate:
    """How many invocations of one function may be under way: fewer when it is throttled, and slowly more again."""

    most: int
    allowed: float = 0.0
    under_way: int = 0
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.allowed = float(self.most)

    async def __aenter__(self) -> None:
        while self.under_way >= max(1, int(self.allowed)):
            self._freed.clear()
            await self._freed.wait()
        self.under_way += 1

    async def __aexit__(self, *_: object) -> None:
        self.under_way -= 1
        self._freed.set()

    def throttled(self) -> None:
        """Lambda said that there were too many."""
        self.allowed = max(1.0, min(self.allowed, self.under_way) / 2)

    def answered(self) -> None:
        """One more was let through."""
        self.allowed = min(float(self.most), self.allowed + 1 / self.allowed)


@dataclass(slots=True)
class _Part:
    """How a batch goes that is cut in halves: whether any part was answered, and how many were not before that."""

    answered: bool = False
    failures: int = 0


@dataclass(slots=True)
class FunctionEvaluator:
    """See Evaluator. ``pause`` waits for so many seconds; ``jitter`` gives a number from 0 to 1."""

    invoke: Invoke
    tries: Tries = field(default_factory=Tries)
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    _gates: dict[str, Gate] = field(default_factory=dict)

    async def ask(self, policy: Policy, questions: Sequence[Question]) -> Mapping[Resource, Verdict]:
        """See Evaluator."""
        if policy.asks is None or not isinstance(policy.asks.options, Asked):
            raise ValueError(f"policy {policy.id} asks no function")
        options, function = policy.asks.options, Function(policy.asks.whom)
        gate = self._gates.setdefault(function.arn, Gate(options.concurrency))
        gate.most = options.concurrency
        parts = batches([asking_of(each) for each in questions], options.batch)
        asker = _Asker(self, policy, function, options.timeout, gate)
        found: dict[Resource, Verdict] = {}
        for each in await asyncio.gather(*(asker.ask(batch, _Part()) for batch in parts)):
            found.update(each)
        return found


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks one function for one policy."""

    evaluator: FunctionEvaluator
    policy: Policy
    function: Function
    timeout: float
    gate: Gate

    async def ask(self, batch: Sequence[Asking], part: _Part) -> Mapping[Resource, Verdict]:
        """A verdict on each of the batch. One that makes the function fail is found by halves, so that it spoils no other."""
        try:
            answer = await self._invoke(request_of(self.policy, batch))
        except InvocationError as error:
            part.failures += 1
            hopeless = not part.answered and part.failures >= self.evaluator.tries.fruitless
            if error.failure is not Failure.BATCH or len(batch) == 1 or hopeless:
                return {each.question.resource: unanswered(str(error)) for each in batch}
            half = len(batch) // 2
            first = await self.ask(batch[:half], part)
            return {**first, **await self.ask(batch[half:], part)}
        part.answered = True
        return verdicts_of(answer, batch)

    async def _invoke(self, request: bytes) -> bytes:
        """The function's answer; what passes is waited for, for a while. Raises InvocationError."""
        tries, tried = self.evaluator.tries, 0
        while True:
            try:
                async with self.gate:
                    answer = await self.evaluator.invoke(self.function, request, timeout=self.timeout)
            except InvocationError as error:
                tried += 1
                if error.failure is Failure.THROTTLED:
                    self.gate.throttled()
                most = {Failure.THROTTLED: tries.throttled, Failure.UNAVAILABLE: tries.unavailable}
                if tried >= most.get(error.failure, 0):
                    raise
                wait = min(tries.longest_wait, tries.first_wait * 2.0 ** (tried - 1))
                await self.evaluator.pause(wait * (0.5 + self.evaluator.jitter() / 2))
            else:
                self.gate.answered()
                return answer
