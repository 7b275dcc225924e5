"""Where the parts are put together for the programs: worker, sweep, demo."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from liveaudit import __version__
from liveaudit.audit.asked.asker import Asker
from liveaudit.audit.asked.config_rules import ConfigRules
from liveaudit.audit.asked.functions import FunctionEvaluator
from liveaudit.audit.asked.invoking import LONGEST_INVOCATION, AwsInvoke
from liveaudit.audit.auditor import Auditor, Probe, Tuning
from liveaudit.audit.call_counts import CallCounts
from liveaudit.audit.declared import Declared
from liveaudit.audit.narrate import Narrator
from liveaudit.audit.rejudge import NoCalls, Rejudger
from liveaudit.audit.schedule import Schedule
from liveaudit.audit.scheduler import Scheduler, Watched
from liveaudit.audit.shared_budget import SharedBudget
from liveaudit.aws.caller import AwsCaller, is_emulated
from liveaudit.aws.rates import limit_of
from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.following import FOLLOWING, folder_of
from liveaudit.deliver.dispatcher import Dispatcher
from liveaudit.deliver.hearing import Hearing
from liveaudit.deliver.interface import Library
from liveaudit.deliver.plans import Plans
from liveaudit.deliver.routing import Router
from liveaudit.deliver.telling import Teller
from liveaudit.fix.plan import Known as KnownForFixes
from liveaudit.fixing import Mending
from liveaudit.intake.queues import Queue, SqsQueue
from liveaudit.model import home_region
from liveaudit.policies.policy import Context, Policy, PolicyKind, PolicyRegistry
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.known import everything_known
from liveaudit.provision.queue_watch import QueueWatch
from liveaudit.provision.resolve import declared, resolve, role_of
from liveaudit.services import load
from liveaudit.settings import Settings, check
from liveaudit.settings.followed import Followed
from liveaudit.store.clock import StoreClock
from liveaudit.store.database import Database
from liveaudit.store.heartbeats import Heartbeat
from liveaudit.store.meter import Meter
from liveaudit.store.pulse import Pulse
from liveaudit.traces.spans import NOWHERE, Sink
from liveaudit.worker import Enrolment, Worker

log = structlog.get_logger(__name__)
ASK_REGIONS_EVERY = 3600.0
"""Seconds. Organizations is asked every time; each account's regions more seldom: a client for it costs 30 ms of CPU."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What one process works with."""

    database: Database
    catalog: Catalog
    policies: PolicyRegistry
    caller: AwsCaller
    auditor: Auditor
    counts: CallCounts
    budget: SharedBudget
    asker: Asker
    asking: AwsCaller
    clock: Callable[[], float] = time.time

    async def aclose(self) -> None:
        """Store what was counted and spent. Not the caller and the store: they are closed by who made them."""
        self.counts.close()
        await self.budget.close()
        await self.asking.close()


def owner_name() -> str:
    """A name for this process that no other bears: it stands on leases."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def caller_of(settings: Settings, *, retries: int = 3) -> AwsCaller:
    """The door to AWS with the roles of the settings, and with the usual one for accounts that they do not name.

    ``retries``: attempts of one call.
    """
    return AwsCaller(partial(role_of, settings), home=home_region(settings.partition), retries=retries)


def make_parts(
    database: Database,
    caller: AwsCaller,
    context: Context,
    *,
    tuning: Tuning | None = None,
    probe: Probe = lambda _step: None,
    spans: Sink = NOWHERE,
) -> Parts:
    """An auditor on the store's time, real ids and all services. The caller is put under the shared budget.

    ``spans``: where it tells how long what took; who made it closes it.
    """
    catalog, policies = load()
    clock = StoreClock(database)
    counts = CallCounts(database, clock)
    budget = SharedBudget(database, lambda client: limit_of(client, emulated=is_emulated(client)), clock)
    caller.meter, caller.budget = counts, budget
    meter = Meter()
    auditor = Auditor(
        database=database,
        catalog=catalog,
        policies=policies,
        caller=caller,
        context=context,
        clock=clock,
        owner=owner_name(),
        tuning=tuning or Tuning(),
        probe=probe,
        spent=counts.audited,
        meter=meter,
        narrator=Narrator(spans, meter),
    )
    asking = caller.waiting(LONGEST_INVOCATION)
    invoke = AwsInvoke(asking)
    asker = Asker(
        database,
        catalog,
        policies,
        {
            PolicyKind.LAMBDA: FunctionEvaluator(invoke),
            PolicyKind.CONFIG_RULE: ConfigRules(catalog, clock, invoke),
        },
        clock,
        auditor.owner,
        auditor.new_id,
        lambda account: account in auditor.context.own_accounts,
        narrator=auditor.narrator,
        probe=probe,
    )
    return Parts(database, catalog, policies, caller, auditor, counts, budget, asker, asking, clock)


def context_of(settings: Settings, installation: Installation | None = None) -> Context:
    """What policies may know: whose accounts are ours. ``installation``: what the settings were resolved to."""
    return Context((installation or declared(settings)).account_ids, frozenset(settings.trusted_accounts))


def own_roles_of(installation: Installation) -> dict[str, str]:
    """With which role we audit each account. Where there is none, nothing is taken for our own."""
    roles = {each: installation.role_to_assume(each) for each in installation.account_ids}
    return {account: role for account, role in roles.items() if role}


def watched_of(installation: Installation) -> tuple[Watched, ...]:
    """The accounts that are swept, where, and of whom events come."""
    return tuple(
        Watched(installation.partition, each.id, each.regions, installation.services, each.publishes)
        for each in installation.accounts
    )


def pulse_of(parts: Parts) -> Pulse:
    """The signs of life of a worker that begins now; what its auditor measures is put down with them."""
    now = parts.clock()
    worker = Heartbeat(parts.auditor.owner, socket.gethostname(), os.getpid(), __version__, now, now)
    return Pulse(parts.database, parts.clock, worker, parts.auditor.meter)


def make_judge(database: Database, context: Context, chosen: Iterable[Policy]) -> tuple[Auditor, Rejudger]:
    """An auditor that judges what is stored by the chosen policies, and asks AWS nothing."""
    catalog, policies = load()
    clock = StoreClock(database)
    auditor = Auditor(
        database=database,
        catalog=catalog,
        policies=policies,
        caller=NoCalls(),
        context=context,
        clock=clock,
        owner=owner_name(),
        stored_only=True,
        chosen=frozenset((each.type, each.id) for each in chosen),
    )
    return auditor, Rejudger(database, policies, lambda: context, clock, catalog)


def rejudger_of(
    parts: Parts, declared: Declared | None = None, follow: Callable[[], object] = lambda: None
) -> Rejudger:
    """What has changed policies judged anew, on what the auditor's policies may know.

    ``declared``: keeps in the store what a settings file says of them; ``follow``: takes in the users' own policies.
    """
    return Rejudger(
        parts.database,
        parts.policies,
        lambda: parts.auditor.context,
        parts.clock,
        parts.catalog,
        declared,
        follow,
    )


def follow_own(settings: Settings, file: Path | None) -> None:
    """Take in the users' own policies as they stand now; what is wrong with them is logged. Raises FolderError."""
    if FOLLOWING.step(folder_of(settings, file)):
        for line in FOLLOWING.told():
            log.warning("a mistake in your own policies", mistake=line)


def make_worker(
    settings: Settings,
    parts: Parts,
    *,
    installation: Installation | None = None,
    wait: int = 20,
    probe: Probe = lambda _step: None,
    settings_file: Path | None = None,
    beside: Path | None = None,
) -> Worker:
    """A worker on the queues of all regions. ``wait``: long poll in seconds. ``settings_file``: what it says of policies,
    channels and fixes is followed while the worker runs; without it, what the settings say counts. ``beside``: the file from
    which on the settings name the folder of the users' own policies, if another follows it.

    ``installation``: what the settings were resolved to; it is needed when they need a look-up (SetupError). The
    worker then looks again every few minutes, so that a new account is enrolled while it runs.
    """
    if installation is None:
        if settings.needs_lookup:
            raise SetupError("accounts or regions of the settings have to be looked up: resolve them first")
        installation = declared(settings)
    queue_in = partial(
        SqsQueue,
        parts.caller,
        account=settings.receiver,
        queue_name=settings.queue,
        clock=parts.clock,
        wait=wait,
    )
    # before anything is judged: who begins without them would miss what they find
    follow_own(settings, beside or settings_file)
    followed = Followed(settings, settings_file, lambda file: check(file, everything_known()).usable())
    declares = Declared(parts.database, followed, parts.clock)
    scheduler = Scheduler(
        parts.database,
        parts.catalog,
        parts.clock,
        Schedule(settings.sweep.seconds),
        watched_of(installation),
        lambda: followed.settings.keep.audit_log_days,
    )
    again = LookAgain(settings, parts, installation, queue_in, time.time) if settings.needs_lookup else None
    watch = QueueWatch(
        parts.database,
        parts.caller,
        lambda: installation if again is None else again.last,
        parts.clock,
    )
    mending = Mending(
        followed,
        parts.database,
        KnownForFixes(parts.catalog, parts.policies),
        parts.caller,
        parts.clock,
    )
    return Worker(
        database=parts.database,
        catalog=parts.catalog,
        auditor=parts.auditor,
        queues=[queue_in(region=region) for region in installation.regions],
        enrolled=installation.account_ids,
        own_roles=own_roles_of(installation),
        pace=parts.auditor.tuning.pace,
        clock=parts.clock,
        probe=probe,
        scheduler=scheduler,
        pulse=pulse_of(parts),
        asker=parts.asker,
        rejudger=rejudger_of(parts, declares, lambda: follow_own(followed.settings, beside or settings_file)),
        look=again,
        watch=watch.run,
        mend=mending.run,
        tell=tell_of(followed, parts, probe),
        narrator=parts.auditor.narrator,
    )


def tell_of(
    followed: Followed, parts: Parts, probe: Probe = lambda _step: None
) -> Callable[[], Coroutine[Any, Any, None]]:
    """What tells on the channels, and listens where they answer. What the settings say of channels and routes is followed.

    From then on the auditor reads the tags for which routes ask.
    """
    plans = Plans(parts.database, followed, parts.clock)
    parts.auditor.rules.others_ask = plans.ask_for_tags
    hearing = Hearing(parts.database, parts.clock, plans)
    dispatcher = Dispatcher(
        parts.database,
        parts.clock,
        parts.auditor.owner,
        plans,
        Router(parts.policies, parts.catalog),
        Teller(Library(parts.policies)),
        probe,
        spans=parts.auditor.narrator.spans,
    )

    async def tell() -> None:
        await asyncio.gather(dispatcher.run(), hearing.run())

    return tell


@dataclass(slots=True)
class LookAgain:
    """Resolves the settings once more. ``last``: what they came to before; ``queue_in``: makes a region's queue.

    What an account that cannot be asked for the moment had, it keeps. Accounts are asked for their regions when they
    are new, and once an hour.
    """

    settings: Settings
    parts: Parts
    last: Installation
    queue_in: Callable[..., Queue]
    clock: Callable[[], float]
    _enabled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _asked: float = 0.0

    async def __call__(self) -> Enrolment:
        """Who is enrolled now, and where is polled. Raises SetupError when that cannot be known."""
        now = self.clock()
        if now - self._asked >= ASK_REGIONS_EVERY:
            self._asked, self._enabled = now, {}
        resolved = await resolve(
            self.settings, self.parts.caller, catalog=self.parts.catalog, known=self._enabled
        )
        self._enabled = resolved.enabled
        for problem in resolved.problems:
            log.warning(
                "settings not carried out",
                account=problem.account,
                region=problem.region,
                reason=problem.reason,
            )
        before = {each.id: each for each in self.last.accounts}
        undetermined = set(resolved.installation.undetermined)
        self.last = replace(
            resolved.installation,
            accounts=tuple(
                before.get(each.id, each) if each.id in undetermined else each
                for each in resolved.installation.accounts
            ),
        )
        self.parts.auditor.context = context_of(self.settings, self.last)
        return Enrolment(
            self.last.account_ids,
            tuple(self.queue_in(region=each) for each in self.last.regions),
            own_roles_of(self.last),
            watched_of(self.last),
        )
