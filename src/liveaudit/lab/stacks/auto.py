"""Automatic deployment: accounts that come into a targeted unit get the stacks, those that leave it lose them.

Source: CloudFormation User Guide, "Enable or disable automatic deployments for StackSets in AWS Organizations".
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from liveaudit.lab.organization import Organization
from liveaudit.lab.stacks.rollout import Preferences, Rollout, Target
from liveaudit.lab.stacks.sets import Instance, Operation, Result, StackSet

_EVERYWHERE = Preferences(
    parallel_regions=True, concurrent_percentage=100, tolerance_percentage=100, soft=True
)


def cover(
    stack_set: StackSet, organization: Organization, units: Sequence[str], regions: Sequence[str]
) -> None:
    """From now on accounts that join these units get stacks in these regions too."""
    for unit in units:
        covered = stack_set.covered.setdefault(unit, [])
        covered += [region for region in regions if region not in covered]
        stack_set.seen.setdefault(unit, _members(organization, unit))


def uncover(stack_set: StackSet, units: Sequence[str], regions: Sequence[str]) -> None:
    """From now on they do not."""
    for unit in units:
        left = [region for region in stack_set.covered.pop(unit, []) if region not in regions]
        if left:
            stack_set.covered[unit] = left
        else:
            stack_set.seen.pop(unit, None)


def adjustments(stack_set: StackSet, organization: Organization) -> list[Operation]:
    """The operations that follow the accounts which joined or left since; new instances are entered already."""
    joined: dict[Target, str] = {}
    left: dict[Target, str] = {}
    for unit, regions in stack_set.covered.items():
        members = _members(organization, unit)
        before, stack_set.seen[unit] = stack_set.seen.get(unit, set()), members
        joined.update({(each, region): unit for each in sorted(members - before) for region in regions})
        left.update({(each, region): unit for each in sorted(before - members) for region in regions})
    if not stack_set.auto_deployment.get("Enabled"):
        return []
    leaving: dict[Target, str] = {}
    for target, unit in left.items():
        instance = stack_set.instances.get(target)
        if instance is None or instance.unit != unit:
            continue
        other = _other_unit(stack_set, target)
        if other:
            instance.unit = other
        else:
            leaving[target] = unit
    coming = {target: unit for target, unit in joined.items() if target not in stack_set.instances}
    for (account, region), unit in coming.items():
        stack_set.instances[account, region] = Instance(account, region, unit)
    retain = bool(stack_set.auto_deployment.get("RetainStacksOnAccountRemoval"))
    operations = [("DELETE", leaving, retain), ("CREATE", coming, False)]
    return [_operation(action, targets, keep) for action, targets, keep in operations if targets]


def _members(organization: Organization, unit: str) -> set[str]:
    return set(organization.accounts(unit)) - {organization.management_account}


def _other_unit(stack_set: StackSet, target: Target) -> str:
    account, region = target
    return next(
        (
            unit
            for unit, regions in stack_set.covered.items()
            if region in regions and account in stack_set.seen[unit]
        ),
        "",
    )


def _operation(action: str, targets: dict[Target, str], retain: bool) -> Operation:
    results = {target: Result(*target, unit=unit) for target, unit in targets.items()}
    rollout = Rollout.over(list(results), _EVERYWHERE)
    return Operation(str(uuid.uuid4()), action, results, rollout, retain_stacks=retain)
