"""The set-up's works as programs begin them, commands and console alike: from settings to a check, a plan, a proof."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from liveaudit.audit.tries import Tries
from liveaudit.aws.caller import AwsCaller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog
from liveaudit.deliver.looking import Found, look
from liveaudit.intake.queues import SqsQueue
from liveaudit.intake.take import Intake
from liveaudit.model import home_region
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.provision.apply import Outcome, Wanted, apply, setting_up
from liveaudit.provision.desired import Target
from liveaudit.provision.documents import documents
from liveaudit.provision.drift import drifted
from liveaudit.provision.drift_roles import drifted_roles
from liveaudit.provision.drifts import Drifts, Mend
from liveaudit.provision.hands import make_hands
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.likely import explained
from liveaudit.provision.observe import Observed, observe
from liveaudit.provision.plan import make_plan
from liveaudit.provision.planner import Options
from liveaudit.provision.preflight.channels import Trouble
from liveaudit.provision.preflight.check import Check
from liveaudit.provision.preflight.check import Outcome as CheckOutcome
from liveaudit.provision.preflight.run import Preflight
from liveaudit.provision.progress import Progress
from liveaudit.provision.resolve import Problem, Resolved, declared, resolve, role_of
from liveaudit.provision.steps import Plan
from liveaudit.provision.verify import Result, Verification
from liveaudit.services import load
from liveaudit.settings import Settings
from liveaudit.store.database import Database

RETRIES = 8
"""Attempts of one call: the set-up may wait longer for one answer than a worker, which has others to get on with."""
_LONG_POLL = 1
"""Seconds: a proof waits for its last polls, a longer one would make it slow to end."""


_OUTCOMES = {
    Found.DENIED: CheckOutcome.FAILED,
    Found.WRONG: CheckOutcome.FAILED,
    Found.UNKNOWN: CheckOutcome.UNKNOWN,
    # the workers may run elsewhere
    Found.HERE: CheckOutcome.WARNING,
}


@dataclass(frozen=True, slots=True)
class SetupContext:
    """What the works need. ``problems``: what is not as the settings want it; to be told."""

    settings: Settings
    installation: Installation
    caller: AwsCaller
    catalog: Catalog
    policies: PolicyRegistry
    problems: tuple[Problem, ...] = ()


@asynccontextmanager
async def opened(settings: Settings, *, whatever: bool = False) -> AsyncIterator[SetupContext]:
    """The settings resolved to the installation, with a patient door to AWS. Raises SetupError.

    ``whatever``: what cannot be looked up is a problem among others, and the work is done with what the settings say by
    themselves.
    """
    catalog, policies = load()
    caller = AwsCaller(partial(role_of, settings), home=home_region(settings.partition), retries=RETRIES)
    try:
        try:
            found = await resolve(settings, caller, catalog=catalog)
        except SetupError as error:
            found = Resolved(declared(settings), (Problem("", "", str(error)),))
            # the partition is told by the regions, and without it nothing can be called
            if not whatever or found.installation.partition != settings.partition:
                raise
        yield SetupContext(settings, found.installation, caller, catalog, policies, found.problems)
    finally:
        await caller.close()


def preflight_of(setup: SetupContext, *, thorough: bool, on_check: Callable[[Check], None]) -> Preflight:
    """The checks of an installation; ``thorough``: every read is tried for real."""
    given = setup.installation
    tries = Tries(setup.catalog, setup.policies, setup.caller)

    async def reads(account: str, region: str, *, every: bool) -> Mapping[tuple[str, str], str]:
        return await tries.run(given.partition, account, region, given.services, every=every)

    async def looks() -> Sequence[Trouble]:
        found = await look(
            given.channels,
            setup.caller,
            accounts=[each.id for each in given.accounts],
            regions=given.regions,
        )
        return [Trouble(_OUTCOMES[each.found], each.reason, each.found is Found.DENIED) for each in found]

    return Preflight(
        given,
        setup.caller,
        setup.catalog,
        setup.policies,
        reads,
        thorough=thorough,
        on_check=on_check,
        looks=looks,
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done. ``by_hand``: what somebody changed that no roll-out mends, or that cannot be looked at."""

    plan: Plan
    options: Options
    by_hand: Drifts

    @property
    def left(self) -> int:
        """How much of what somebody changed it does not see or mend."""
        return len(self.by_hand.found) + len(self.by_hand.unread)


async def planned(setup: SetupContext) -> Planned:
    """Look at what stands and say what is to be done; nothing is changed. Raises SetupError."""
    observed = await observe(setup.caller, setup.installation)
    options, by_hand = await mending(setup, observed)
    wanted = setting_up(setup.installation, setup.catalog, setup.policies)
    return Planned(make_plan(wanted(observed), observed, options=options), options, by_hand)


async def mending(setup: SetupContext, observed: Observed) -> tuple[Options, Drifts]:
    """What has to be written again because somebody changed it, and what cannot be looked at or mended so."""
    found = await drifted(setup.caller, setup.installation, observed)
    by_hand = [each for each in found.found if each.mend not in (Mend.STACK, Mend.GRANT)]
    return Options(drifted=found.targets, repair=uuid.uuid4().hex), Drifts(by_hand, found.unread)


async def carried_out(
    setup: SetupContext,
    wanted: Wanted,
    *,
    patience: float,
    progress: Progress,
    options: Options | None = None,
) -> Outcome:
    """Make it so. Raises SetupError when nothing can be done at all."""
    hands = make_hands(
        setup.caller,
        setup.installation,
        clock=time.monotonic,
        sleep=asyncio.sleep,
        patience=patience,
        progress=progress,
    )
    return await apply(hands, wanted, options)


async def drifts_of(setup: SetupContext, observed: Observed, only: Sequence[Target] = ()) -> Drifts:
    """Everything that is not as it was rolled out: of our stacks and grants, and of the owners' forwarding roles."""
    found = await drifted(setup.caller, setup.installation, observed, only)
    if observed.rules:
        made = documents(setup.installation, setup.catalog, setup.policies)
        found.add(await drifted_roles(setup.caller, setup.installation, made, only))
    return found


@dataclass(slots=True)
class Proof:
    """What a proof came to. ``notes``: what could not be read or looked at."""

    results: list[Result] = field(default_factory=list)
    drifts: Drifts = field(default_factory=Drifts)
    notes: list[str] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many hellos did not arrive."""
        return sum(each.sent.stored_at is None for each in self.results)


async def proved(
    setup: SetupContext,
    database: Database,
    targets: Sequence[Target],
    timeout: float,
    on_result: Callable[[Result], None],
) -> Proof:
    """A hello from each of these publishers and regions, and what somebody changed by hand on their way.

    Raises SetupError when nothing is set up yet.
    """
    given = setup.installation
    observed = await observe(setup.caller, given)
    if not observed.rules:
        raise SetupError("nothing is set up yet, so there is nothing to prove: liveaudit setup apply")
    on_the_way = {*targets, *((given.receiver, region) for _, region in targets)}
    # first, so that the hellos find every account entered and their times are those of the way alone
    drifts = await drifts_of(setup, observed, sorted(on_the_way))
    errors: dict[str, str] = {}

    def failed(queue: str, error: AwsCallError) -> None:
        errors[queue] = f"{queue} cannot be read: {error}"

    verification = Verification(
        given,
        setup.caller,
        Intake(database, setup.catalog, {each.id for each in given.accounts}, time.time),
        [
            SqsQueue(
                setup.caller,
                account=given.receiver,
                region=region,
                queue_name=given.queue,
                clock=time.time,
                wait=_LONG_POLL,
            )
            for region in sorted({one for _, one in targets})
        ],
        sorted(observed.rules),
        nonce=lambda: uuid.uuid4().hex,
        clock=time.time,
        targets=targets,
        on_result=on_result,
        on_error=failed,
    )
    results = await verification.run(timeout)
    told = [explained(each, given, observed, drifts) for each in results]
    return Proof(told, drifts, [*errors.values(), *verification.notes])
