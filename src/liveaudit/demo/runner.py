"""Runs the demonstration: lab, set-up, worker, sweep, then step by step, noting every transition."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from liveaudit.assembly import Parts, caller_of, context_of, make_parts, make_worker
from liveaudit.audit.auditor import Tuning
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.aws.caller import AwsCaller, RoleToAssume
from liveaudit.demo.owner import make_documents, make_runner
from liveaudit.demo.scenario import CLOSED, OPENED, Step
from liveaudit.lab import Lab
from liveaudit.model import FindingStatus, responsible_one
from liveaudit.provision import names
from liveaudit.provision.apply import apply, setting_up
from liveaudit.provision.documents import documents
from liveaudit.provision.hands import make_hands
from liveaudit.provision.installation import Account, Installation, SetupError
from liveaudit.provision.progress import Lines
from liveaudit.services import load
from liveaudit.settings import Settings, parse
from liveaudit.store import findings, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.web.access.sign_in import one_time_link
from liveaudit.web.console import make_console
from liveaudit.web.serving import listening
from liveaudit.worker import Worker

EXTERNAL_ID = "liveaudit-demo"
PATIENCE = 20.0
_QUIET = 1.3
"""Longer than a resource takes to be quiet again (``store.pace``), else the next step waits for others of its burst."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A finding that moved, and how long after the call was made (seconds)."""

    policy: str
    resource: str
    what: str
    status: str
    severity: str
    latency: float | None
    actor: str
    event: str
    hops: Mapping[str, float]
    finding: str
    number: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What the scenario expects of it."""
        return (self.policy, self.resource, self.what)


@dataclass(slots=True)
class Outcome:
    """A step with what came of it."""

    step: Step
    began: float
    transitions: list[Transition] = field(default_factory=list)
    missing: set[tuple[str, str, str]] = field(default_factory=set)
    unexpected: list[Transition] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether exactly the expected findings moved."""
        return not self.missing and not self.unexpected


@dataclass(slots=True)
class Demo:
    """A running demonstration. ``folder`` takes the store and the settings file."""

    lab: Lab
    folder: Path
    receiver: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    tell: Callable[[str], None]
    console_port: int = 0
    console_url: str = ""
    """A link that lets one browser into the console, while :meth:`watching`."""
    settings: Settings = field(init=False)
    parts: Parts = field(init=False)
    worker: Worker = field(init=False)
    keys: tuple[str, str] = field(init=False)
    """The access key of the user that all of it runs as, with the printed rights and no others."""
    seen: int = 0
    names: dict[str, str] = field(default_factory=dict)

    @property
    def settings_file(self) -> Path:
        """The settings of this demonstration, for other commands."""
        return self.folder / "liveaudit.yaml"

    def set_up(self) -> None:
        """Roles, stacks and grants, by the real calls; and the settings file."""
        catalog, policies = load()
        installation = Installation(
            self.receiver,
            tuple(
                Account(each, regions=tuple(sorted(self.regions)), external_id=EXTERNAL_ID)
                for each in self.accounts
            ),
        )
        made = documents(installation, catalog, policies)
        make_documents(self.lab.client, made)
        iam = self.lab.client(self.receiver, "iam", installation.home)
        self.keys = make_runner(iam, installation.partition, made.account(self.receiver))
        self.tell(
            f"{', '.join(self.accounts)}: roles as their owners make them, and a user who may only assume them"
        )
        with self._on_the_lab():
            asyncio.run(self._apply(installation))
        given = {
            "receiver": self.receiver,
            "accounts": [
                {
                    "id": account,
                    "role_arn": names.role_arn("aws", account, names.AUDIT_ROLE),
                    "external_id": EXTERNAL_ID,
                }
                for account in self.accounts
            ],
            "regions": list(self.regions),
            "queue": names.QUEUE,
            "store": sqlite_url(self.folder / "liveaudit.sqlite3"),
            # it sweeps itself, once
            "sweep": {"every": "never"},
        }
        self.settings_file.write_text(yaml.safe_dump(given, sort_keys=False), encoding="utf-8")
        self.settings = parse(given)

    async def _apply(self, installation: Installation) -> None:
        catalog, policies = load()
        caller = AwsCaller(
            lambda account: RoleToAssume(
                installation.role_to_assume(account), installation.account(account).external_id
            )
        )
        try:
            hands = make_hands(
                caller,
                installation,
                clock=time.monotonic,
                sleep=asyncio.sleep,
                patience=120.0,
                progress=Lines(self.tell),
                shortest=0.02,
            )
            outcome = await apply(hands, setting_up(installation, catalog, policies))
        finally:
            await caller.close()
        if not outcome.complete:
            raise SetupError(f"the set-up is not complete: {outcome.interrupted or outcome.plan.stuck}")

    @contextmanager
    def _on_the_lab(self) -> Iterator[None]:
        before = dict(os.environ)
        key, secret = self.keys
        os.environ.update(
            self.lab.environment(self.receiver, self.regions[0]),
            AWS_ACCESS_KEY_ID=key,
            AWS_SECRET_ACCESS_KEY=secret,
        )
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """A worker on the queues, for as long as this lasts; the environment points at the lab meanwhile."""
        with self._on_the_lab():
            async with self._working():
                yield

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        await asyncio.to_thread(self._warm)
        database = Database(self.settings.store)
        caller = caller_of(self.settings)
        self.parts = make_parts(database, caller, context_of(self.settings), tuning=Tuning())
        self.worker = make_worker(self.settings, self.parts, wait=5)
        running = asyncio.create_task(self.worker.run())
        try:
            async with self._serving(database):
                yield
        finally:
            self.worker.stop()
            await running
            await self.parts.aclose()
            await caller.close()
            database.close()

    @asynccontextmanager
    async def _serving(self, database: Database) -> AsyncIterator[None]:
        console = make_console(database, self.parts.clock, self.settings_file)
        async with listening(console, "127.0.0.1", self.console_port) as served:
            code = one_time_link(database, self.parts.clock())
            self.console_url = f"{served.url}/sign-in/link#{code}"
            running = asyncio.create_task(served.run())
            try:
                yield
            finally:
                served.stop()
                await running

    def _warm(self) -> None:
        """Make the clients of the changes beforehand: making one takes longer than all that is to be shown."""
        for account in self.accounts:
            for region in self.regions:
                for service in ("s3", "s3control", "ec2", "iam"):
                    self.lab.client(account, service, region)

    async def sweep(self) -> dict[str, int]:
        """The state before anything happens: open findings by severity."""
        for account in self.accounts:
            await Sweeper(self.parts.auditor).sweep(Scope("aws", account, self.regions), f"demo-{account}")
        await self.settle()
        await self.news(None)
        counts = await self.parts.database.read(findings.count_findings)
        totals: dict[str, int] = {}
        for (status, severity), number in counts.items():
            if FindingStatus(status).is_open:
                totals[severity] = totals.get(severity, 0) + number
        return totals

    async def settle(self) -> None:
        """Wait until every event is delivered, received and audited."""
        quiet_since: float | None = None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await asyncio.to_thread(self.lab.drain)
            if await asyncio.to_thread(self._queued) or await self.parts.database.read(work.pending):
                quiet_since = None
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= _QUIET:
                return
            await asyncio.sleep(0.1)

    def _queued(self) -> int:
        """How many messages wait in the queues, or were received and are not stored yet."""
        waiting = 0
        for region in self.regions:
            sqs = self.lab.client(self.receiver, "sqs", region)
            url = sqs.get_queue_url(QueueName=self.settings.queue)["QueueUrl"]
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            waiting += int(attributes["ApproximateNumberOfMessages"])
            waiting += int(attributes["ApproximateNumberOfMessagesNotVisible"])
        return waiting

    async def news(self, began: float | None) -> list[Transition]:
        """The transitions since the last look. ``began``: when the call behind them was made, Unix seconds."""
        rows = await self.parts.database.read(
            lambda connection: findings.transitions_since(connection, self.seen)
        )
        if rows:
            self.seen = rows[-1]["number"]
        return [_transition(row, began) for row in rows]

    async def carry_out(self, step: Step, told: Callable[[Transition], None]) -> Outcome:
        """Make the call, then watch until everything expected has come, or patience ends."""
        outcome = Outcome(step, time.time())
        await asyncio.to_thread(step.run, self.lab.client, self.names)
        expected = step.expected(self.names)
        waiting = set(expected)
        deadline = time.monotonic() + PATIENCE
        while waiting and time.monotonic() < deadline:
            self._note(outcome, waiting, await self.news(outcome.began), told)
            await asyncio.sleep(0.02)
        outcome.missing = waiting
        return outcome

    async def tell_again(self, outcomes: Sequence[Outcome]) -> None:
        """Events that came after their effect was seen have been put to their transitions: take that over."""
        rows = await self.parts.database.read(lambda connection: findings.transitions_since(connection, 0))
        by_number = {row["number"]: row for row in rows}
        for outcome in outcomes:
            outcome.transitions = [
                _transition(by_number[each.number], outcome.began) for each in outcome.transitions
            ]

    def _note(
        self,
        outcome: Outcome,
        waiting: set[tuple[str, str, str]],
        news: Sequence[Transition],
        told: Callable[[Transition], None],
    ) -> None:
        for each in news:
            told(each)
            outcome.transitions.append(each)
            if each.key in waiting:
                waiting.discard(each.key)
            else:
                outcome.unexpected.append(each)


def _transition(row: Mapping[str, Any], began: float | None) -> Transition:
    change = responsible_one(row["changes"])
    actor = change.get("actor", {})
    return Transition(
        policy=row["policy"],
        resource=row["resource"],
        what=OPENED if FindingStatus(row["to"]).is_open else CLOSED,
        status=row["to"],
        severity=row["severity"],
        latency=None if began is None else max(0.0, row["at"] - began),
        actor=actor.get("arn", ""),
        event=change.get("name", change.get("kind", "")),
        hops=row["hops"],
        finding=row["id"],
        number=row["number"],
    )


def timeline(
    baseline: Mapping[str, int], outcomes: Sequence[Outcome], late: Sequence[Transition]
) -> dict[str, Any]:
    """The whole demonstration as plain data."""
    return {
        "ok": all(each.ok for each in outcomes) and not late,
        "baseline": dict(baseline),
        "steps": [
            {
                "title": each.step.title,
                "account": each.step.account,
                "region": each.step.region,
                "at": each.began,
                "ok": each.ok,
                "missing": sorted(each.missing),
                "unexpected": sorted(one.key for one in each.unexpected),
                "transitions": [
                    {
                        "finding": one.finding,
                        "policy": one.policy,
                        "resource": one.resource,
                        "what": one.what,
                        "status": one.status,
                        "severity": one.severity,
                        "latency": one.latency,
                        "event": one.event,
                        "actor": one.actor,
                        "hops": dict(one.hops),
                    }
                    for one in each.transitions
                ],
            }
            for each in outcomes
        ],
        "late": [one.key for one in late],
    }
