"""What stands of an installation, account by account and region by region. Pure but for the looking."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from liveaudit.aws.caller import Caller
from liveaudit.provision.apply import Wanted
from liveaudit.provision.desired import Desired, Target
from liveaudit.provision.installation import Installation
from liveaudit.provision.observe import Observed, observe
from liveaudit.provision.plan import make_plan
from liveaudit.provision.queue_state import QueueState, queue_states
from liveaudit.provision.steps import Kind, Plan, Subject, Verb


class Standing(StrEnum):
    """How a stack stands in one account and region."""

    CURRENT = "current"
    MISSING = "missing"
    OUTDATED = "outdated"
    SURPLUS = "surplus"
    FAILED = "failed"
    RUNNING = "running"


_STANDINGS = {
    Verb.CREATE: Standing.MISSING,
    Verb.UPDATE: Standing.OUTDATED,
    Verb.REMOVE: Standing.SURPLUS,
    Verb.LEAVE: Standing.FAILED,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One account and region. ``reason``: why it is not current, AWS's or ours."""

    standing: Standing
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What stands. ``grants``: region to what differs there, empty where nothing does."""

    desired: Desired
    observed: Observed
    plan: Plan
    cells: Mapping[Target, Cell]
    grants: Mapping[str, str]
    queues: Mapping[str, QueueState]

    @property
    def complete(self) -> bool:
        """Whether everything is as it should be, and known to be."""
        return (
            self.plan.complete
            and not self.observed.running
            and not any(each.reason for each in self.queues.values())
        )


async def status(caller: Caller, installation: Installation, wanted: Wanted) -> Status:
    """Look at everything. Raises SetupError when nothing can be seen."""
    observed, queues = await asyncio.gather(
        observe(caller, installation), queue_states(caller, installation, installation.regions)
    )
    desired = wanted(observed)
    plan = make_plan(desired, observed)
    return Status(desired, observed, plan, cells_of(desired, observed, plan), _grants(plan), queues)


def cells_of(desired: Desired, observed: Observed, plan: Plan) -> dict[Target, Cell]:
    """Every account and region that should have a stack, or has one, with how it stands."""
    targets = {target for wanted in desired.stack_sets for target in wanted.targets}
    targets |= {target for found in observed.stack_sets.values() for target in found.instances}
    targets |= {(each.account, each.region) for each in desired.stacks} | set(observed.stacks)
    cells = dict.fromkeys(sorted(targets), Cell(Standing.CURRENT))
    for change in plan.changes:
        if change.subject.kind in (Kind.INSTANCE, Kind.STACK):
            cells[change.subject.target] = _cell(change.verb, change.subject, change.why, observed)
    for key in {key for key, _ in observed.running}:
        for target, instance in observed.stack_sets[key].instances.items():
            if instance.detailed in ("RUNNING", "PENDING"):
                cells[target] = Cell(Standing.RUNNING)
    return cells


def _cell(verb: Verb, subject: Subject, why: str, observed: Observed) -> Cell:
    """A stack that is there and failed is failed, whatever would be done about it."""
    for key, found in observed.stack_sets.items():
        instance = found.instances.get(subject.target)
        if (
            key.name == subject.name
            and instance is not None
            and instance.detailed in ("FAILED", "INOPERABLE")
        ):
            return Cell(Standing.FAILED, instance.reason or why)
    return Cell(_STANDINGS[verb], why)


def _grants(plan: Plan) -> dict[str, str]:
    return {each.subject.region: each.why for each in plan.changes if each.subject.kind is Kind.GRANTS}
