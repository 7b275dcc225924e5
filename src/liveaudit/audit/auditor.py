"""Claims due work, reads, judges and reconciles it."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy import Connection

from liveaudit.audit.judge import judge
from liveaudit.audit.lease import held
from liveaudit.audit.read import Reader, Wanted, search
from liveaudit.audit.reading import Reading, References, ResourceReading, State
from liveaudit.audit.record import Audit, Recorder
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.plan import base_section
from liveaudit.catalog.targets import ALIAS_PREFIX, alias_of
from liveaudit.catalog.types import Alias, Effect
from liveaudit.model import Cause, Resource
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.store import locks, snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.work import Claim, Due, LeaseLostError

log = structlog.get_logger(__name__)

Probe = Callable[[str], None]
"""Called with the name of each step as it is reached; the tests kill the process there."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times in seconds. ``most_attempts`` are for what is throttled, ``unavailable_attempts`` for what gives no
    answer. ``reference_age``: how old another resource's section may be to be stood on unread. ``lease``: how soon what
    a killed worker had is taken over; ``longest_audit``: how long it is held by one that lives."""

    lease: float = 60.0
    reference_age: float = 900.0
    batch: int = 64
    most_attempts: int = 8
    unavailable_attempts: int = 3
    first_wait: float = 1.0
    longest_wait: float = 60.0
    creation_wait: float = 2.0
    creation_attempts: int = 3
    longest_audit: float = 900.0


@dataclass(frozen=True, slots=True)
class Prefetched:
    """Sections that a listing gave, and the order in which it was made."""

    order: int
    sections: Mapping[str, Reading]


@dataclass(slots=True)
class _Job:
    """A claim with what it asks for."""

    claim: Claim
    policies: tuple[Policy, ...]
    sections: frozenset[str]
    root_first: bool


@dataclass(slots=True)
class Auditor:
    """Works off due work. Everything that is not pure is handed in."""

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
    prefetched: dict[Resource, Prefetched] = field(default_factory=dict)
    failures: int = 0

    async def work_once(self, *, limit: int | None = None) -> int:
        """Claim what is due and audit it. Returns how many resources were claimed."""
        claims = await self.claim(limit or self.tuning.batch)
        await self.audit(claims)
        return len(claims)

    async def claim(self, limit: int) -> list[Claim]:
        """Lease up to ``limit`` due rows."""
        claims = await self.database.write(
            lambda connection: work.claim(
                connection,
                owner=self.owner,
                now=self.clock(),
                lease_seconds=self.tuning.lease,
                limit=limit,
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
        by_account: dict[str, list[Claim]] = {}
        for claim in claims:
            by_account.setdefault(claim.resource.account, []).append(claim)
        groups = list(by_account.values())
        results = await asyncio.gather(
            *(self._audit_account(each) for each in groups), return_exceptions=True
        )
        for group, result in zip(groups, results, strict=True):
            if isinstance(result, BaseException):
                await self._set_aside(group, result)

    async def _audit_account(self, claims: Sequence[Claim]) -> None:
        claimed_at = self.clock()
        jobs = []
        for claim in claims:
            if claim.resource.type not in self.catalog.types:
                await self._end(claim)
            elif claim.resource.id.startswith(ALIAS_PREFIX):
                await self._resolve_alias(claim)
            else:
                jobs.append(self.job(claim))
        idle = [job for job in jobs if not job.sections]
        for job in idle:
            await self._end(job.claim)
        jobs = [job for job in jobs if job.sections]
        if not jobs:
            return
        reader = Reader(self.catalog, self.caller, self._lookup, self._usable_prefetched(jobs))
        readings = await reader.read(
            [Wanted(job.claim.resource, job.sections, job.root_first) for job in jobs]
        )
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
        log.error("audit failed", resources=[claim.resource.id for claim in claims][:10], error=repr(error))
        until = self.clock() + self.tuning.longest_wait

        def put_off(connection: Connection, claim: Claim) -> None:
            work.put_off(connection, claim, until=until)

        for claim in claims:
            await self._write(claim, partial(put_off, claim=claim))

    async def _write(self, claim: Claim, write: Callable[[Connection], object]) -> None:
        """Write what became of a claim; when its lease is lost, another has it now, and nothing is written."""
        try:
            await self.database.write(write)
        except LeaseLostError as error:
            log.warning("lease lost", resource=claim.resource.id, error=str(error))

    def job(self, claim: Claim) -> _Job:
        """What a claim asks to be read and judged."""
        resource = claim.resource
        touched = frozenset[str]().union(*(cause.sections for cause in claim.causes))
        everything = not claim.causes or any(not cause.sections for cause in claim.causes)
        policies, sections = wanted(self.catalog, self.policies, resource, None if everything else touched)
        deleted = any(cause.effect == Effect.DELETE for cause in claim.causes)
        return _Job(claim, policies, sections, deleted)

    def _usable_prefetched(self, jobs: Iterable[_Job]) -> dict[Resource, Mapping[str, Reading]]:
        """A listing's sections stand for a read only if nothing was written or announced since it was made."""
        usable: dict[Resource, Mapping[str, Reading]] = {}
        for job in jobs:
            given = self.prefetched.pop(job.claim.resource, None)
            if (
                given is not None
                and given.order > job.claim.last_order
                and all(cause.kind == "sweep" for cause in job.claim.causes)
            ):
                usable[job.claim.resource] = given.sections
        return usable

    async def _lookup(self, wanted_sections: Set[tuple[Resource, str]]) -> References:
        since = self.clock() - self.tuning.reference_age
        found = await self.database.read(
            lambda connection: snapshots.known_sections(connection, wanted_sections, younger_than=since)
        )
        return {key: Reading(State(each.state), each.value) for key, each in found.items()}

    def _judged(self, job: _Job, reading: ResourceReading, claimed_at: float, read_at: float) -> Audit:
        claim = job.claim
        if reading.gone and self._may_yet_appear(claim):
            return Audit(
                claim,
                ResourceReading(claim.resource),
                {},
                {},
                retry_at=self.clock() + self.tuning.creation_wait,
            )
        now = dt.datetime.fromtimestamp(self.clock(), tz=dt.UTC)
        verdicts = (
            {}
            if reading.gone
            else judge(job.policies, reading, now=now, context=self.context, report=self._report)
        )
        hops = {"claimed": claimed_at, "read": read_at, "judged": self.clock()}
        return Audit(
            claim,
            reading,
            verdicts,
            hops,
            retry_at=self._retry_at(claim, reading.retry) if reading.retry else None,
            arn=self._arn(reading),
        )

    def _may_yet_appear(self, claim: Claim) -> bool:
        """Not found straight after a creation is no deletion: AWS may not show it yet."""
        effects = {cause.effect for cause in claim.causes}
        return (
            Effect.CREATE in effects
            and Effect.DELETE not in effects
            and claim.attempts < self.tuning.creation_attempts
        )

    def _retry_at(self, claim: Claim, kind: Kind) -> float | None:
        """When to ask again: throttling passes for sure, what gives no answer may never give one."""
        most = self.tuning.most_attempts if kind == Kind.THROTTLED else self.tuning.unavailable_attempts
        if claim.attempts + 1 >= most:
            return None
        wait = min(self.tuning.longest_wait, self.tuning.first_wait * 2.0**claim.attempts)
        return self.clock() + wait * (0.5 + self.jitter() / 2)

    def _arn(self, reading: ResourceReading) -> str | None:
        resource_type = self.catalog.types[reading.resource.type]
        root = reading.sections.get(resource_type.root)
        if resource_type.arn_from is None or root is None or root.state != State.VALUE:
            return None
        found = search(resource_type.arn_from, root.value)
        return found if isinstance(found, str) else None

    async def _record(self, audit: Audit) -> None:
        recorder = Recorder(self.catalog, self.policies, self.clock, self.new_id)
        await self._write(audit.claim, lambda connection: recorder.record(connection, audit))

    async def _end(self, claim: Claim) -> None:
        await self._write(claim, lambda connection: work.finish(connection, claim))

    async def _resolve_alias(self, claim: Claim) -> None:
        """An event gave a name: make the resources that bear it due, by our store and by AWS."""
        resource = claim.resource
        resource_type = self.catalog.types[resource.type]
        known = alias_of(resource_type, resource.id)
        found: set[Resource] = set()
        retry_at: float | None = None
        if known is not None:
            alias, name = known
            found |= await self._bearers(resource_type.root, alias, resource, name)
            try:
                found |= await self._named(alias, resource, name)
            except AwsCallError as error:
                log.warning("name not resolved", name=name, error=str(error))
                retry_at = self._retry_at(claim, error.kind) if error.kind.passing else None
        due = [Due(each, self.catalog.arn(each), cause) for each in sorted(found) for cause in claim.causes]
        await self._write(
            claim, lambda connection: _end_alias(connection, claim, due, self.clock(), retry_at)
        )

    async def _bearers(self, root: str, alias: Alias, resource: Resource, name: str) -> set[Resource]:
        found = await self.database.read(
            lambda connection: snapshots.resources_with(
                connection,
                account=resource.account,
                region=resource.region,
                type_name=resource.type,
                section=root,
                key=alias.key,
                value=name,
            )
        )
        return set(found)

    async def _named(self, alias: Alias, resource: Resource, name: str) -> set[Resource]:
        call = alias.call
        params = fill(call.params, {**placeholders(resource), "alias": name})
        answer = await self.caller.call(
            resource.account, resource.call_region, call.client, call.operation, params
        )
        ids = [item.get(alias.item_id) for item in search(alias.items, answer) or ()]
        return {
            Resource(resource.partition, resource.account, resource.region, resource.type, each)
            for each in ids
            if isinstance(each, str)
        }

    def _report(self, policy: Policy, reading: ResourceReading, error: Exception) -> None:
        self.failures += 1
        log.error("policy failed", policy=policy.id, resource=reading.resource.id, error=repr(error))


def _end_alias(
    connection: Connection, claim: Claim, due: Sequence[Due], now: float, retry_at: float | None
) -> None:
    if due:
        keys = work.resource_keys(connection, {each.resource: each.arn for each in due}, now)
        locks.due_rows(connection, {claim.key, *keys.values()})
        work.add_due(connection, due, now)
    if retry_at is None:
        work.finish(connection, claim)
    else:
        work.put_off(connection, claim, until=retry_at)


def wanted(
    catalog: Catalog, policies: PolicyRegistry, resource: Resource, touched: frozenset[str] | None
) -> tuple[tuple[Policy, ...], frozenset[str]]:
    """The policies to run, and the sections they read, when ``touched`` sections (None: all) may have changed.

    Who touches the root may have touched everything. Sections on which other types stand are read though no policy of their own type asks for them.
    """
    resource_type = catalog.types[resource.type]
    if touched is not None and resource_type.root in touched:
        touched = None
    if touched is not None:
        touched |= {
            name for name, section in resource_type.sections.items() if base_section(section) in touched
        }
    chosen = tuple(
        policy
        for policy in policies.of(resource.type)
        if policy.applies_to(resource.id) and (touched is None or policy.sections & touched)
    )
    stood_on = {section for section, _, _ in catalog.dependents(resource.type)}
    needed = {section for policy in chosen for section in policy.sections}
    needed |= stood_on if touched is None else stood_on & touched
    if touched is None:
        needed.add(resource_type.root)
    return chosen, frozenset(needed)


def cause_of_sweep(sweep_id: str) -> Cause:
    """Why a sweep makes a resource due: all its sections."""
    return Cause(f"sweep:{sweep_id}", "sweep")
