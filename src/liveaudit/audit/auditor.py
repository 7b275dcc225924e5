"""Claims due work, reads, judges and reconciles it."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from sqlalchemy import Connection

from liveaudit.audit.aliases import Namer
from liveaudit.audit.bulk import BulkReads
from liveaudit.audit.jobs import Job, job_of
from liveaudit.audit.judging import Judging
from liveaudit.audit.lanes import lane_of
from liveaudit.audit.lease import held
from liveaudit.audit.listing import Lister
from liveaudit.audit.narrate import Narrator
from liveaudit.audit.outcome import Audit
from liveaudit.audit.patience import PATIENCE, Patience
from liveaudit.audit.reading import Reading, ResourceReading
from liveaudit.audit.record import Recorder
from liveaudit.audit.rules import Rules
from liveaudit.audit.settle import Settler
from liveaudit.audit.settled import Settled
from liveaudit.audit.source import Source, is_stored
from liveaudit.audit.whole_services import ServiceSweep
from liveaudit.aws.budget import LANE, Lane
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import ALIAS_PREFIX, SERVICE_TYPE
from liveaudit.model import Resource
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.store import dependents, leases, snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.fair import NOTHING, InHand
from liveaudit.store.meter import Meter
from liveaudit.store.pace import PACE, Pace
from liveaudit.store.work import Claim, LeaseLostError
from liveaudit.traces.correlation import events_of

log = structlog.get_logger(__name__)

Probe = Callable[[str], None]
"""Called with the name of each step as it is reached; the tests kill the process there."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times in seconds. ``most_attempts`` are for what is throttled, ``unavailable_attempts`` for what gives no
    answer. ``reference_age``: how old another resource's section may be to be stood on unread. ``lease``: how soon what
    a killed worker had is taken over; ``longest_audit``: how long it is held by one that lives. ``patience``: how long
    AWS may show older states. ``pace``: how soon a resource that keeps changing is audited again. ``service_rest``: how
    soon a service is swept again because of events that no row knows."""

    lease: float = 60.0
    reference_age: float = 900.0
    batch: int = 64
    most_attempts: int = 8
    unavailable_attempts: int = 3
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_audit: float = 900.0
    patience: Patience = PATIENCE
    pace: Pace = PACE
    service_rest: float = 900.0


@dataclass(slots=True)
class Auditor:
    """Works off due work. Everything that is not pure is handed in.

    ``stored_only``: nothing is read, and a policy that would need it is left out: ``left_out`` counts these.
    ``spent``: is told how many calls each audit took.
    ``chosen``: type and id of the policies that are run; None: of all.
    """

    database: Database
    catalog: Catalog
    policies: PolicyRegistry
    caller: Caller
    context: Context
    clock: Callable[[], float]
    owner: str
    tuning: Tuning = field(default_factory=Tuning)
    probe: Probe = lambda _step: None
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    jitter: Callable[[], float] = random.random
    spent: Callable[[Claim, float], None] = lambda _claim, _calls: None
    prefetched: dict[Resource, Mapping[str, Reading]] = field(default_factory=dict)
    failures: int = 0
    meter: Meter = field(default_factory=Meter)
    narrator: Narrator = field(default_factory=Narrator)
    stored_only: bool = False
    chosen: frozenset[tuple[str, str]] | None = None
    left_out: int = 0
    bulk: BulkReads = field(init=False)
    rules: Rules = field(init=False)

    def __post_init__(self) -> None:
        self.rules = Rules(self.database)
        self.bulk = BulkReads(self.catalog, self.caller, self.clock, self._next_order)

    @property
    def source(self) -> Source:
        """Where sections come from."""
        age = self.tuning.reference_age
        given = (self.catalog, self.caller, self.database, self.clock, self._next_order)
        ours = self.context.own_accounts.__contains__
        return Source(*given, self.bulk, self.prefetched, age, ours)

    @property
    def lister(self) -> Lister:
        """What finds resources for the sweeps."""
        return Lister(self.catalog, self.caller, self.database, self.clock)

    async def work_once(self, *, limit: int | None = None, lane: tuple[int, int] = work.EVERYTHING) -> int:
        """Claim what is due and audit it. Returns how many resources were claimed."""
        claims = await self.claim(limit or self.tuning.batch, lane)
        await self.audit(claims)
        return len(claims)

    async def claim(
        self,
        limit: int,
        lane: tuple[int, int] = work.EVERYTHING,
        in_hand: InHand = NOTHING,
        *,
        only: Sequence[str] = (),
    ) -> list[Claim]:
        """Lease up to ``limit`` due rows of a lane, but none of accounts of which enough is in hand.

        ``only``: those that are due for these causes and no others.
        """
        claims = await self.database.write(
            lambda connection: work.claim(
                connection,
                owner=self.owner,
                now=self.clock(),
                lease_seconds=self.tuning.lease,
                limit=limit,
                lane=lane,
                in_hand=in_hand,
                only=only,
            )
        )
        if claims:
            self.probe("claimed")
        return claims

    async def audit(self, claims: Sequence[Claim]) -> None:
        """Audit claimed rows: those of one account together, the accounts beside each other.

        Raises StoreUnavailableError when what was found could not be stored; the leases run out then.
        """
        if not claims:
            return
        tuning = self.tuning
        async with held(
            self.database, claims, lease=tuning.lease, longest=tuning.longest_audit, clock=self.clock
        ):
            await self._audit_all(claims)

    async def _audit_all(self, claims: Sequence[Claim]) -> None:
        by_account: dict[tuple[str, Lane], list[Claim]] = {}
        for claim in claims:
            by_account.setdefault((claim.resource.account, lane_of(claim)), []).append(claim)
        groups = list(by_account.values())
        results = await asyncio.gather(
            *(self._audit_account(each) for each in groups), return_exceptions=True
        )
        for group, result in zip(groups, results, strict=True):
            if isinstance(result, BaseException):
                await self._set_aside(group, result)

    async def _audit_account(self, claims: Sequence[Claim]) -> None:
        LANE.set(lane_of(claims[0]))
        claimed_at = self.clock()
        chosen = []
        for claim in claims:
            if claim.resource.type == SERVICE_TYPE:
                await self._sweep_service(claim)
            elif claim.resource.type == dependents.DEPENDENTS_TYPE:
                await self._go_on(claim)
            elif claim.resource.type not in self.catalog.types:
                await self._end(claim)
            elif claim.resource.id.startswith(ALIAS_PREFIX):
                await self._resolve_alias(claim)
            else:
                chosen.append(claim)
        jobs = await self._jobs(chosen)
        for job in jobs:
            if not job.sections:
                await self._end(job.claim)
        jobs = [job for job in jobs if job.sections]
        if not jobs:
            return
        readings = await self.source.read(jobs)
        read_at = self.clock()
        self.probe("read")
        audits = [self._judged(job, readings[job.claim.resource], claimed_at, read_at) for job in jobs]
        self.probe("judged")
        outcomes = await asyncio.gather(*(self._record(audit) for audit in audits), return_exceptions=True)
        for audit, outcome in zip(audits, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                await self._set_aside([audit.claim], outcome)
        self.probe("stored")

    async def _set_aside(self, claims: Sequence[Claim], error: BaseException) -> None:
        """An audit broke, by a fault of ours: it is reported, and tried again after the longest wait.

        What is no fault of ours is raised: the end of the process, and a store that is away.
        """
        if isinstance(error, StoreUnavailableError) or not isinstance(error, Exception):
            raise error
        self.failures += 1
        log.error(
            "audit failed",
            resources=[claim.resource.id for claim in claims][:10],
            correlations=[each for claim in claims for each in events_of(claim.causes)][:10],
            error=repr(error),
        )
        until = self.clock() + self.tuning.longest_wait

        def put_off(connection: Connection, claim: Claim) -> None:
            leases.put_off(connection, claim, until=until, now=self.clock())

        for claim in claims:
            await self._write(claim, partial(put_off, claim=claim))

    async def _write(self, claim: Claim, write: Callable[[Connection], object]) -> bool:
        """Write what became of a claim, and whether that was done: when its lease is lost, another has it now."""
        try:
            await self.database.write(write)
        except LeaseLostError as error:
            log.warning("lease lost", resource=claim.resource.id, error=str(error))
            return False
        return True

    async def _jobs(self, claims: Sequence[Claim]) -> list[Job]:
        """What the claims ask to be read and judged; the order of their readings begins here."""
        if not claims:
            return []
        keys = [claim.key for claim in claims]
        sections, self.rules.book = await self.database.read(
            lambda connection: (snapshots.standing_sections(connection, keys), self.rules.look(connection))
        )
        order = claims[0].order
        if any(self.catalog.dependents(claim.resource.type) for claim in claims):
            # others may read these sections too: who began later counts
            order = await self._next_order()
        began = self.clock()
        return [
            job_of(
                self.catalog,
                self.policies,
                claim,
                sections.get(claim.key, {}),
                began=began,
                order=max(order, claim.order),
                besides=self.rules.tags_wanted(self.policies, self.catalog.types[claim.resource.type]),
            )
            for claim in claims
        ]

    async def _next_order(self) -> int:
        return await self.database.write(lambda connection: work.next_value(connection, "read_order"))

    def _judged(self, job: Job, reading: ResourceReading, claimed_at: float, read_at: float) -> Audit:
        claim = job.claim
        if self.stored_only:
            reading.leave_out_unknown()
        self.spent(claim, reading.calls)
        settled = self._settled(job, reading)
        hops = {"claimed": claimed_at, "read": read_at, "judged": self.clock()}
        streak = self.tuning.pace.next_streak(claim.streak, claim.audited_at, claimed_at)
        audit = Audit(
            claim,
            settled.reading if settled.believed else ResourceReading(claim.resource),
            {},
            hops,
            order=job.order,
            began=job.began,
            streak=streak,
            rest=self.tuning.pace.silence(streak),
            settled=settled,
            window=self.tuning.patience.window,
            look_at=self.tuning.patience.next_look(claim.looks, self.clock()),
            retry_at=self._retry_at(claim, reading.retry) if reading.retry else None,
            standing=job.standing,
            from_store=job.from_store,
            nothing_read=is_stored(self.catalog, job, reading),
        )
        if not settled.believed or reading.gone:
            return audit
        judging = Judging(
            self.catalog, self.policies, self.context, self.rules.book, self.clock(), self._report
        )
        chosen = [each for each in job.policies if self.chosen is None or (each.type, each.id) in self.chosen]
        judged = judging.judge(job, settled.reading, chosen, known_only=self.stored_only)
        self.left_out += judged.left_out
        return replace(
            audit,
            verdicts=judged.verdicts,
            arn=judged.arn,
            rings=judged.rings,
            ruled=judged.ruled,
            asks=judged.asks,
        )

    def _settled(self, job: Job, reading: ResourceReading) -> Settled:
        if is_stored(self.catalog, job, reading):
            return Settled(reading, held=set(job.from_store))
        resource_type = self.catalog.types[job.claim.resource.type]
        settler = Settler(
            resource_type, job.standing, job.began, self.clock(), job.claim.looks, self.tuning.patience
        )
        settled = settler.settle(job.claim.causes, reading)
        settled.held |= job.from_store.keys()
        return settled

    def _retry_at(self, claim: Claim, kind: Kind) -> float | None:
        """When to ask again: throttling passes for sure, what gives no answer may never give one."""
        most = self.tuning.most_attempts if kind == Kind.THROTTLED else self.tuning.unavailable_attempts
        if claim.attempts + 1 >= most:
            return None
        wait = min(self.tuning.longest_wait, self.tuning.first_wait * 2.0**claim.attempts)
        return self.clock() + wait * (0.5 + self.jitter() / 2)

    async def _record(self, audit: Audit) -> None:
        recorder = Recorder(self.catalog, self.policies, self.clock, self.new_id)
        if await self._write(audit.claim, lambda connection: recorder.record(connection, audit)):
            stored = self.clock()
            audit.measure(self.meter, stored)
            self.narrator.audited(audit, recorder.moved, stored)

    async def _end(self, claim: Claim) -> None:
        await self._write(claim, lambda connection: leases.finish(connection, claim, now=self.clock()))

    async def _resolve_alias(self, claim: Claim) -> None:
        """An event gave a name: the resources that bear it become due."""
        namer = Namer(self.catalog, self.caller, self.database, self.tuning.patience, self.tuning.pace)
        began = self.clock()
        named = await namer.resolve(claim.resource)
        failed = named.error
        retry_at = self._retry_at(claim, failed.kind) if failed is not None and failed.kind.passing else None
        await self._write(
            claim,
            lambda connection: namer.end(
                connection, claim, named, began=began, now=self.clock(), retry_at=retry_at
            ),
        )

    async def _sweep_service(self, claim: Claim) -> None:
        """A service as a whole: all that there is of it becomes due."""
        tuning = self.tuning
        sweep = ServiceSweep(self.lister, tuning.patience, tuning.service_rest, self.prefetched)
        swept = await sweep.run(claim)
        self.probe("listed")
        retry_at = self._retry_at(claim, swept.error.kind) if swept.error is not None else None
        await self._write(
            claim, lambda connection: sweep.end(connection, claim, swept, now=self.clock(), retry_at=retry_at)
        )

    async def _go_on(self, claim: Claim) -> None:
        """Who stands on a changed resource and is not due yet: the next ones of them."""

        def write(connection: Connection) -> None:
            now = self.clock()
            dependents.go_on(connection, claim.resource, claim.causes, now)
            leases.finish(connection, claim, now=now)

        await self._write(claim, write)

    def _report(self, policy: Policy, reading: ResourceReading, error: Exception) -> None:
        self.failures += 1
        told = {"account": reading.resource.account, "resource": reading.resource.id}
        log.error("policy failed", policy=policy.id, **told, error=repr(error))
