"""Asks who decides policies elsewhere, and records the answers as any audit's.

What is asked about is what is stored; AWS is not read. Each policy has a lane of its own, so who is slow keeps only its own
questions waiting. A worker that is killed loses nothing: the leases run out, and the questions are asked again under the
same keys.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy import Connection

from liveaudit.audit.asked.asking import Asked, ask_of
from liveaudit.audit.bulk import BulkReads
from liveaudit.audit.narrate import Narrator
from liveaudit.audit.record import Recorder
from liveaudit.audit.rejudge import NoCalls
from liveaudit.audit.rules import Rules
from liveaudit.audit.source import Source
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Resource, Verdict
from liveaudit.policies.asking import Evaluator, Unanswered, unanswered
from liveaudit.policies.policy import Policy, PolicyKind, PolicyRegistry
from liveaudit.policies.rulebook import Rulebook
from liveaudit.store import asked, questions, snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.questions import Claimed
from liveaudit.store.standing import Standing

log = structlog.get_logger(__name__)
GIVING_BACK = 5.0
"""Seconds that giving back may take; after that the leases run out by themselves."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times in seconds. ``batch``: questions of one policy that are asked together. ``first_wait``, ``longest_wait``: until
    one is asked again that was not answered; after ``most_attempts`` it waits for the next audit. ``idle``: between two
    looks at what there is to ask; ``longest``: for how long questions are held that are being answered."""

    batch: int = 100
    lease: float = 60.0
    first_wait: float = 15.0
    longest_wait: float = 1800.0
    most_attempts: int = 10
    idle: float = 1.0
    longest: float = 3600.0


@dataclass(slots=True)
class Asker:
    """Works off the questions. ``evaluators``: who is asked, by kind of policy. ``enters``: which accounts are ours.
    ``probe`` is called between the steps, for the tests."""

    database: Database
    catalog: Catalog
    policies: PolicyRegistry
    evaluators: Mapping[PolicyKind, Evaluator]
    clock: Callable[[], float]
    owner: str
    new_id: Callable[[], str]
    enters: Callable[[str], bool] = lambda _account: True
    tuning: Tuning = field(default_factory=Tuning)
    jitter: Callable[[], float] = random.random
    narrator: Narrator = field(default_factory=Narrator)
    probe: Callable[[str], None] = lambda _step: None
    rules: Rules = field(init=False)
    _lanes: dict[str, asyncio.Task[int]] = field(default_factory=dict)
    _ids: list[str] | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.rules = Rules(self.database)

    def wake(self) -> None:
        """There may be questions."""
        self._woken.set()

    async def run(self) -> None:
        """Ask until it is cancelled; what is in hand is given back then. Raises what is a fault of ours."""
        try:
            while True:
                self._woken.clear()
                wait = self.tuning.idle
                try:
                    wait = await self._begin()
                except StoreUnavailableError as error:
                    log.warning("nothing asked", error=str(error))
                try:
                    await asyncio.wait_for(self._woken.wait(), wait)
                except TimeoutError:
                    continue
        finally:
            for lane in self._lanes.values():
                lane.cancel()
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def _begin(self) -> float:
        """Begin to ask in every lane that is free. Returns after how long there may be more, if nobody wakes us."""
        for policy_id, lane in list(self._lanes.items()):
            if lane.done():
                del self._lanes[policy_id]
                lane.result()
        now = self.clock()
        times = await self._times(now)
        for policy_id, at in times.items():
            if at <= now and policy_id not in self._lanes:
                lane = asyncio.create_task(self._ask(policy_id), name=f"ask {policy_id}")
                self._lanes[policy_id] = lane
                lane.add_done_callback(lambda _lane: self._woken.set())
        later = [at - now for policy_id, at in times.items() if policy_id not in self._lanes]
        return max(0.01, min([self.tuning.idle, *later]))

    async def _times(self, now: float) -> dict[str, float]:
        ids = sorted({each.id for each in self.policies.all() if each.asks is not None})
        if ids != self._ids:
            await self.database.write(partial(asked.forget_others, policies=ids))
            self._ids = ids
        if not ids:
            return {}
        return await self.database.read(lambda connection: questions.next_times(connection, ids, now))

    async def step(self) -> int:
        """Ask what may be asked now, once, of all at the same time. Returns how many questions that were."""
        now = self.clock()
        times = await self._times(now)
        done = await asyncio.gather(*(self._ask(each) for each, at in times.items() if at <= now))
        return sum(done)

    async def _ask(self, policy_id: str) -> int:
        """One batch of one policy's questions. Returns how many."""
        claims, order = await self.database.write(lambda connection: self._claim(connection, policy_id))
        if not claims:
            return 0
        self.probe("questions taken")
        holder = asyncio.create_task(self._hold(claims), name="hold questions")
        try:
            await self._ask_all(claims, order)
        except asyncio.CancelledError:
            await self._give_back(claims)
            raise
        except StoreUnavailableError as error:
            log.warning("answers not stored, it is asked again", policy=policy_id, error=str(error))
        finally:
            holder.cancel()
            await asyncio.gather(holder, return_exceptions=True)
        return len(claims)

    def _claim(self, connection: Connection, policy_id: str) -> tuple[list[Claimed], int]:
        tuning = self.tuning
        claims = questions.claim(
            connection,
            policy_id,
            owner=self.owner,
            now=self.clock(),
            lease_seconds=tuning.lease,
            limit=tuning.batch,
        )
        return claims, work.next_value(connection, "read_order") if claims else 0

    async def _ask_all(self, claims: Sequence[Claimed], order: int) -> None:
        by_type: dict[str, list[Claimed]] = {}
        over: list[Claimed] = []
        for each in claims:
            policy = self.policies.get(each.policy, each.resource.type)
            if policy is None or policy.asks is None or each.state != "present":
                over.append(each)
            else:
                by_type.setdefault(each.resource.type, []).append(each)
        if over:
            await self.database.write(partial(_end_all, claims=over))
        for type_name, chosen in sorted(by_type.items()):
            policy = self.policies.get(chosen[0].policy, type_name)
            if policy is not None:
                await self._ask_one(policy, chosen, order)

    async def _ask_one(self, policy: Policy, claims: Sequence[Claimed], order: int) -> None:
        begun = self.clock()
        keys = [each.key for each in claims]

        def look(connection: Connection) -> tuple[dict[int, dict[str, Standing]], Rulebook]:
            return snapshots.standing_sections(connection, keys), self.rules.look(connection)

        standing, self.rules.book = await self.database.read(look)
        asking = [
            ask_of(self.catalog, policy, each, standing.get(each.key, {}), order=order, began=begun)
            for each in claims
        ]
        readings = await self._source().read([each.job for each in asking])
        self.probe("questions read")
        found = [
            each.judged_by(
                self.catalog, self.policies, self.rules.book, readings[each.claimed.resource], begun
            )
            for each in asking
        ]
        open_ones = [each for each in found if each.question is not None]
        answers = await self._answers(policy, open_ones)
        self.probe("answered")
        if open_ones:
            await self._note(policy, answers)
            self.probe("answers noted")
            before = self.rules.book
            if await self.rules.refresh() is not before:
                # it took its time: what counts is what people have set by now
                found = [
                    each.judged_by(
                        self.catalog, self.policies, self.rules.book, readings[each.claimed.resource], begun
                    )
                    for each in found
                ]
        at, spread = self.clock(), 0.5 + self.jitter() / 2
        hops = {"claimed": begun, "read": begun, "judged": at}
        await asyncio.gather(
            *(
                self._record(policy, each, answers, hops, self._again_at(each.claimed, at, spread))
                for each in found
            )
        )

    async def _answers(self, policy: Policy, asking: Sequence[Asked]) -> Mapping[Resource, Verdict]:
        """A verdict on each. What an evaluator raises is a fault of ours: it is reported, and nothing is answered."""
        evaluator = self.evaluators.get(policy.kind)
        if evaluator is None:
            reason = f"nobody here asks for policies of the kind {policy.kind.value}"
            return {each.claimed.resource: unanswered(reason) for each in asking}
        given = [each.question for each in asking if each.question is not None]
        try:
            found = await evaluator.ask(policy, given) if given else {}
        except StoreUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - who is asked must not stop the others; it is reported
            log.error("asking failed", policy=policy.id, error=repr(error))
            reason = f"asking itself failed: {type(error).__name__}: {error}"[:300]
            found = {each.resource: unanswered(reason) for each in given}
        missing = unanswered("no verdict was given on it")
        return {each.resource: found.get(each.resource, missing) for each in given}

    async def _note(self, policy: Policy, answers: Mapping[Resource, Verdict]) -> None:
        failed = [each for each in answers.values() if isinstance(each, Unanswered)]
        whom = policy.asks.whom if policy.asks is not None else ""
        if failed:
            log.warning(
                "not answered", policy=policy.id, whom=whom, questions=len(failed), reason=failed[0].reason
            )
        await self.database.write(
            lambda connection: asked.note(
                connection,
                policy.id,
                whom,
                answered=len(answers) - len(failed),
                unanswered=len(failed),
                reason=failed[0].reason if failed else "",
                now=self.clock(),
            )
        )

    async def _record(
        self,
        policy: Policy,
        each: Asked,
        answers: Mapping[Resource, Verdict],
        hops: Mapping[str, float],
        again_at: float | None,
    ) -> None:
        verdict = each.known if each.question is None else answers[each.claimed.resource]
        audit = each.audit(verdict, hops)
        recorder = Recorder(self.catalog, self.policies, self.clock, self.new_id)
        until = again_at if isinstance(verdict, Unanswered) else None
        counts = await self.database.write(
            lambda connection: recorder.record_answer(connection, audit, each.claimed, until)
        )
        self.probe("answer stored")
        if counts:
            self.narrator.audited(audit, recorder.moved, self.clock())
        else:
            log.info("answer out of date", policy=policy.id, resource=each.claimed.resource.id)

    def _again_at(self, claimed: Claimed, at: float, spread: float) -> float | None:
        """When to ask again; those of a batch at the same time, so that they are a batch again."""
        tuning = self.tuning
        if claimed.attempts + 1 >= tuning.most_attempts:
            return None
        wait = min(tuning.longest_wait, tuning.first_wait * 2.0**claimed.attempts)
        return at + wait * spread

    def _source(self) -> Source:
        """What is stored, and nothing else."""
        nobody = NoCalls()
        bulk = BulkReads(self.catalog, nobody, self.clock, self._no_order)
        given = (self.catalog, nobody, self.database, self.clock, self._no_order)
        return Source(*given, bulk, {}, 0.0, self.enters)

    async def _no_order(self) -> int:
        return 0

    async def _hold(self, claims: Sequence[Claimed]) -> None:
        lease = self.tuning.lease
        for _ in range(int(self.tuning.longest * 3 / lease)):
            await asyncio.sleep(lease / 3)
            until = self.clock() + lease
            try:
                await self.database.write(partial(questions.hold, claims=claims, until=until))
            except StoreUnavailableError as error:
                log.warning("questions not held", error=str(error))

    async def _give_back(self, claims: Sequence[Claimed]) -> None:
        giving = self.database.write(partial(questions.give_back, claims=claims))
        try:
            await asyncio.wait_for(giving, GIVING_BACK)
        except (StoreUnavailableError, TimeoutError) as error:
            log.warning("questions not given back, their leases run out", error=str(error))


def _end_all(connection: Connection, claims: Sequence[Claimed]) -> None:
    for each in sorted(claims, key=lambda one: one.key):
        if questions.is_held(connection, each):
            questions.end(connection, each)
