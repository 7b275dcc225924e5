"""What somebody changed since: what stands is compared with the templates that were rolled out, and the grants.

CloudFormation does not notice what is changed past it, and rolls out only what differs in its template; so every rule,
target, queue and policy is read, as the audit role.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from liveaudit.aws.caller import Caller
from liveaudit.provision import names
from liveaudit.provision.desired import Target
from liveaudit.provision.drift_stack import RolledOut, look_at
from liveaudit.provision.drifts import Drift, Drifts, Mend, Unread
from liveaudit.provision.grants import change_of, wanted_grants
from liveaudit.provision.installation import Delivery, Installation, SetupError
from liveaudit.provision.observe import CURRENT, Observed
from liveaudit.provision.render.text import compact


async def drifted(
    caller: Caller, installation: Installation, observed: Observed, only: Iterable[Target] = ()
) -> Drifts:
    """Compare everything that was rolled out with what stands. ``observed``: the stack sets and buses as they are.

    ``only``: accounts and regions to look at, all if none. What was not rolled out yet, or is being changed, is the
    plan's to tell.
    """
    drifts = Drifts()
    wanted = set(only)
    stacks = [each for each in _rolled_out(observed) if not wanted or each.target in wanted]
    await asyncio.gather(*(look_at(caller, installation, each, drifts) for each in stacks))
    _grants(installation, observed, drifts, wanted)
    drifts.found.sort()
    drifts.unread.sort()
    return drifts


def _rolled_out(observed: Observed) -> list[RolledOut]:
    """Every stack that is up to date, with the template that it was made of."""
    found: list[RolledOut] = []
    for key, now in observed.stack_sets.items():
        if now.owned is not None and now.template is not None and not now.running:
            found += [
                RolledOut(each.target, now.template, key.name)
                for each in now.instances.values()
                if each.status == CURRENT
            ]
    for stack in observed.stacks.values():
        if stack.owned is not None and stack.template is not None:
            found.append(RolledOut((stack.account, stack.region), stack.template))
    return found


def _grants(installation: Installation, observed: Observed, drifts: Drifts, wanted: set[Target]) -> None:
    """The bus grants of those publishers that are rolled out."""
    if installation.delivery is not Delivery.BUS:
        return
    publishing = {
        target
        for key, now in observed.stack_sets.items()
        if key.name == names.PUBLISHER_STACK_SET and now.owned is not None
        for target in now.instances
    } | set(observed.stacks)
    everybody = installation.grants_organization
    for problem in observed.problems:
        if problem.what == "bus":
            drifts.unread.append(Unread(problem.account, problem.region, "the bus's policy", problem.reason))
    for region, bus in observed.buses.items():
        senders = sorted({account for account, where in publishing if where == region})
        if wanted and not any((account, region) in wanted for account in senders):
            continue
        try:
            grants = wanted_grants(bus, senders, installation.organization, everybody=everybody)
        except SetupError as error:
            drifts.unread.append(Unread(installation.receiver, region, "the bus's policy", str(error)))
            continue
        standing = set(bus.ours)
        # old grants that stand too much are the plan's: they are no change of somebody's
        for grant in change_of(bus, grants).put:
            what = "was changed" if grant.id in standing else "is gone"
            expected = compact(grant.statement(bus.arn))
            resource = f"grant {grant.id} on the bus"
            drifts.found.append(
                Drift(installation.receiver, region, resource, what, expected, mend=Mend.GRANT)
            )
