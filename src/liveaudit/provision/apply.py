"""A plan carried out, level-triggered: observe, plan, act, and again, until nothing is left or nothing more can be done.

No state is kept outside AWS. A run that is killed at any moment is followed by another that goes on from what it finds,
and two at once end in the same state: who comes second waits for the first one's operation and looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from liveaudit.aws.errors import AwsCallError
from liveaudit.aws.errors import Kind as ErrorKind
from liveaudit.catalog.catalog import Catalog
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.provision import names, stack_sets, stacks
from liveaudit.provision.desired import Desired, nothing
from liveaudit.provision.desired import desired as desired_of
from liveaudit.provision.hands import Hands, LookAgainError, OutOfPatienceError, Pause, together
from liveaudit.provision.installation import Installation
from liveaudit.provision.observe import Observed, observe
from liveaudit.provision.plan import make_plan
from liveaudit.provision.planner import Options, instance_subject, set_subject
from liveaudit.provision.progress import State
from liveaudit.provision.steps import (
    ChangeGrants,
    ChangeInstances,
    ChangeSet,
    Kind,
    MakeSet,
    Phase,
    Plan,
    PutStack,
    RemoveSet,
    RemoveStack,
    Step,
    Subject,
    Tried,
    Verb,
    Where,
)

Wanted = Callable[[Observed], Desired]
"""What should stand, given what does (rules stay where they are)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. ``plan``: what was left then; ``interrupted``: why it ended before its time, else empty."""

    desired: Desired
    observed: Observed
    plan: Plan
    rounds: int
    interrupted: str = ""

    @property
    def complete(self) -> bool:
        """Whether everything is as it should be."""
        return self.plan.complete and not self.interrupted


async def apply(hands: Hands, wanted: Wanted, options: Options | None = None) -> Outcome:
    """Make everything as it should be, as far as it can be. Raises SetupError when nothing can be done at all."""
    run = _Run(hands, Tried(), options or Options())
    observed, rounds = Observed(), 0
    plan = Plan()
    desired: Desired | None = None
    pause = Pause(hands)
    try:
        while True:
            observed = await observe(hands, hands.installation)
            desired = wanted(observed)
            plan = make_plan(desired, observed, run.tried, run.options)
            if observed.running:
                await run.wait_for_others(observed)
                continue
            hands.progress.planned(plan)
            if plan.empty:
                return Outcome(desired, observed, plan, rounds)
            rounds += 1
            run.desired = desired
            if not await run.carry_out(plan):
                await pause("somebody else is changing the same stack sets")
    except OutOfPatienceError as error:
        if desired is None:
            raise
        return Outcome(desired, observed, plan, rounds, str(error))


def setting_up(installation: Installation, catalog: Catalog, policies: PolicyRegistry) -> Wanted:
    """What ``apply`` is to reach: the installation, with services in the rules in which they are already."""
    return lambda observed: desired_of(installation, catalog, policies, observed.rules)


def taking_down(installation: Installation) -> Wanted:
    """What ``apply`` is to reach: nothing."""
    return lambda _observed: nothing(installation)


class _Run:
    """One run: what it tried so far."""

    def __init__(self, hands: Hands, tried: Tried, options: Options) -> None:
        self.hands = hands
        self.tried = tried
        self.options = options
        self.desired = Desired(hands.installation)
        self._blocked: dict[str, str] = {}
        self._progressed = False

    async def wait_for_others(self, observed: Observed) -> None:
        """Wait for the operations that were under way already."""
        for key, operation in observed.running:
            self.hands.progress.waiting(f"{key.name}: operation {operation}, begun before, is under way")
            try:
                await stack_sets.watch_other(self.hands, key, operation)
            except LookAgainError:
                continue
            except AwsCallError as error:
                if error.code != "OperationNotFoundException":
                    raise

    async def carry_out(self, plan: Plan) -> bool:
        """Make the steps, phase by phase; whether any could be made at all."""
        self._blocked, self._progressed = {}, False
        for phase in Phase:
            lanes: dict[object, list[Step]] = {}
            for step in plan.steps:
                if step.phase is phase:
                    lanes.setdefault(_lane(step), []).append(step)
            await together([self._lane(steps) for steps in lanes.values()])
        return self._progressed

    async def _lane(self, steps: list[Step]) -> None:
        """One after another. A step that fails ends its lane, and only that."""
        for step in steps:
            subject, verb = self._subject(step)
            try:
                good = await self._make(step)
            except LookAgainError as error:
                self.hands.progress.waiting(str(error))
                return
            except AwsCallError as error:
                self._progressed = True
                self._fail(step, subject, verb, error)
                return
            self._progressed = True
            if not good:
                return

    async def _make(self, step: Step) -> bool:
        hands, tried = self.hands, self.tried
        subject, verb = self._subject(step)
        match step:
            case MakeSet():
                await stack_sets.make_set(hands, step.wanted)
            case ChangeSet():
                await stack_sets.change_set(hands, step.wanted, step.targets, tried)
            case RemoveSet():
                await stack_sets.remove_set(hands, step.key)
            case ChangeInstances():
                # one failed target ends no lane, but a stack set that still has some cannot be deleted
                allowed = self._unblocked(step)
                good = allowed is None or await stack_sets.change_instances(hands, allowed, tried)
                return good or step.verb is not Verb.REMOVE
            case ChangeGrants():
                await self._grant(step)
            case PutStack():
                await stacks.put_stack(hands, step.verb, step.wanted)
            case RemoveStack():
                await stacks.remove_stack(hands, step.account, step.region, step.name)
        tried.note([subject], verb)
        hands.progress.moved(subject, verb, State.DONE)
        return True

    async def _grant(self, step: ChangeGrants) -> None:
        receiver, region = self.hands.installation.receiver, step.region
        change = step.change
        bus = {"EventBusName": names.BUS}
        for sid in change.room:
            await self._revoke(region, sid)
        for grant in change.put:
            await self.hands.change(receiver, region, "events", "PutPermission", {**bus, **grant.params})
        for sid in change.remove:
            await self._revoke(region, sid)

    async def _revoke(self, region: str, sid: str) -> None:
        params = {"EventBusName": names.BUS, "StatementId": sid}
        try:
            await self.hands.change(
                self.hands.installation.receiver, region, "events", "RemovePermission", params
            )
        except AwsCallError as error:
            if error.code != "ResourceNotFoundException":
                raise

    def _unblocked(self, step: ChangeInstances) -> ChangeInstances | None:
        """The step without the regions where the grant just failed; None: nothing is left of it."""
        if step.phase is not Phase.SEND or step.verb is not Verb.CREATE or not self._blocked:
            return step
        regions = tuple(each for each in step.where.regions if each not in self._blocked)
        for account, region in sorted(step.targets):
            if region in self._blocked:
                subject = instance_subject(step.key, (account, region))
                self.hands.progress.moved(subject, step.verb, State.FAILED, self._blocked[region])
        if not regions:
            return None
        where = Where(regions, step.where.accounts, step.where.units, step.where.account_filter)
        left = frozenset(each for each in step.targets if each[1] in regions)
        return ChangeInstances(step.phase, step.verb, step.key, where, left, step.repair, step.retain)

    def _subject(self, step: Step) -> tuple[Subject, Verb]:
        installation = self.hands.installation
        match step:
            case MakeSet():
                return set_subject(self.desired, step.wanted.key), Verb.CREATE
            case ChangeSet():
                return set_subject(self.desired, step.wanted.key), Verb.UPDATE
            case RemoveSet():
                return set_subject(self.desired, step.key), Verb.REMOVE
            case ChangeInstances():
                return set_subject(self.desired, step.key), step.verb
            case ChangeGrants():
                verb = Verb.CREATE if step.change.put else Verb.REMOVE
                return Subject(Kind.GRANTS, names.BUS, installation.receiver, step.region), verb
            case PutStack():
                wanted = step.wanted
                return Subject(Kind.STACK, wanted.name, wanted.account, wanted.region), step.verb
            case RemoveStack():
                return Subject(Kind.STACK, step.name, step.account, step.region), Verb.REMOVE

    def _fail(self, step: Step, subject: Subject, verb: Verb, error: AwsCallError) -> None:
        reason = str(error)
        subjects = [subject]
        if isinstance(step, ChangeInstances):
            subjects = [instance_subject(step.key, each) for each in sorted(step.targets)]
        for each in subjects:
            self.tried.note([each], verb)
            self.tried.failed[each] = reason
            if error.kind is not ErrorKind.UNAVAILABLE:
                # AWS said no; what passes by itself was waited for already
                self.tried.final[each] = reason
            self.hands.progress.moved(each, verb, State.FAILED, reason)
        if isinstance(step, ChangeGrants) and step.change.put:
            self._blocked[step.region] = f"not tried: the grant on the receiver's bus failed: {reason}"


def _lane(step: Step) -> object:
    match step:
        case MakeSet() | ChangeSet():
            return step.wanted.key
        case RemoveSet() | ChangeInstances():
            return step.key
        case ChangeGrants():
            return step.region
        case PutStack():
            return (step.wanted.account, step.wanted.region)
        case RemoveStack():
            return (step.account, step.region)
