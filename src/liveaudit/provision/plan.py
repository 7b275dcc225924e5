"""From what stands to what should stand: the steps, in order, and what each changes. Pure.

Only what differs is touched. Publishers are set up after what they send to, and taken down before it.
"""

from __future__ import annotations

from dataclasses import replace

from liveaudit.provision import names
from liveaudit.provision.desired import Desired, Stack
from liveaudit.provision.grants import GrantChange, change_of, wanted_grants
from liveaudit.provision.installation import SetupError
from liveaudit.provision.observe import Observed, StackNow
from liveaudit.provision.plan_sets import plan_set, remove_set
from liveaudit.provision.planner import CREATES, REMOVES, Options, Planner
from liveaudit.provision.steps import (
    ChangeGrants,
    Kind,
    Phase,
    Plan,
    PutStack,
    RemoveStack,
    Subject,
    Tried,
    Verb,
)
from liveaudit.provision.templates import OWNER, REPAIR

_ORDER = {Kind.SET: 0, Kind.INSTANCE: 1, Kind.STACK: 2, Kind.GRANTS: 3}


def make_plan(
    desired: Desired, observed: Observed, tried: Tried | None = None, options: Options | None = None
) -> Plan:
    """What to do. ``tried``: what this run tried already, which is left alone once it is of no use.

    Raises SetupError, before anything is changed: a stack set or stack under our name that is not ours, and grants
    that no bus can take.
    """
    _refuse_strangers(desired, observed)
    planner = Planner(desired, observed, tried or Tried(), options or Options())
    _plan_grants(planner)
    for wanted in desired.stack_sets:
        plan_set(planner, wanted, observed.stack_sets.get(wanted.key))
    for key, found in sorted(observed.stack_sets.items()):
        if desired.stack_set(key) is None:
            remove_set(planner, found, "it is not needed any more")
    _plan_stacks(planner)
    planner.steps.sort(key=lambda step: step.phase)
    return Plan(
        tuple(planner.steps),
        tuple(sorted(planner.changes, key=lambda each: (_ORDER[each.subject.kind], each.subject, each.verb))),
        tuple(planner.stuck),
        planner.standing,
    )


def _refuse_strangers(desired: Desired, observed: Observed) -> None:
    installation = desired.installation
    where = f"{installation.receiver} {installation.home}"
    for key, found in observed.stack_sets.items():
        if found.owned is None:
            raise SetupError(
                f"{where}: there is a stack set {key.name} that was not made by liveaudit (its template has no "
                f"Metadata.{OWNER}): nothing was changed; look at it with  aws cloudformation describe-stack-set "
                f"--stack-set-name {key.name} --region {installation.home}  and delete it if nobody needs it"
            )
    for (account, region), stack in observed.stacks.items():
        if stack.owned is None:
            raise SetupError(
                f"{account} {region}: there is a stack {names.MANAGEMENT_STACK} that was not made by liveaudit (its "
                f"template has no Metadata.{OWNER}): nothing was changed; delete it if nobody needs it"
            )


def _plan_grants(planner: Planner) -> None:
    installation = planner.desired.installation
    regions = set(planner.observed.buses) | set(planner.desired.publishers)
    unknown = bool(planner.desired.undetermined)
    for region in sorted(regions):
        subject = Subject(Kind.GRANTS, names.BUS, installation.receiver, region)
        bus = planner.observed.buses.get(region)
        if bus is None:
            problem = planner.observed.problem("bus", installation.receiver, region)
            planner.give_up(subject, problem.reason if problem else "the bus's policy is not known")
            continue
        publishers = planner.desired.publishers.get(region, ())
        everybody = installation.grants_organization or (unknown and names.ORGANIZATION_GRANT in bus.ours)
        wanted = wanted_grants(bus, publishers, installation.organization, everybody=everybody)
        change = change_of(bus, wanted)
        if unknown:
            # an account whose regions are not known may need its grant
            change = GrantChange(change.put)
        if change.empty:
            planner.standing += bool(wanted)
            continue
        verb = Verb.CREATE if change.put else Verb.REMOVE
        if not planner.tried.may(subject, verb, CREATES):
            planner.give_up(subject, "the grants could not be changed")
            if change.put:
                reason = planner.stuck[-1].reason
                planner.blocked[region] = f"the grant on the receiver's bus failed: {reason}"
            continue
        told = [f"+{each.id}" for each in change.put] + [
            f"-{each}" for each in (*change.room, *change.remove)
        ]
        planner.change(verb, subject, ", ".join(told))
        # what is new is put before the publishers' rules are made, what is old goes after they are gone
        if change.put or change.room:
            first = GrantChange(put=change.put, room=change.room)
            planner.steps.append(ChangeGrants(Phase.RECEIVE, region, first))
        if change.remove:
            planner.steps.append(
                ChangeGrants(Phase.STOP_RECEIVING, region, GrantChange(remove=change.remove))
            )


def _plan_stacks(planner: Planner) -> None:
    wanted = {(each.account, each.region): each for each in planner.desired.stacks}
    for problem in planner.observed.problems:
        if problem.what == "stack":
            subject = Subject(Kind.STACK, names.MANAGEMENT_STACK, problem.account, problem.region)
            planner.give_up(subject, problem.reason)
            wanted.pop(subject.target, None)
    for target, stack in sorted(wanted.items()):
        _plan_stack(planner, stack, planner.observed.stacks.get(target))
    for (account, region), found in sorted(planner.observed.stacks.items()):
        if (account, region) not in wanted and account not in planner.desired.undetermined:
            _remove_stack(planner, found, "it is not needed any more", Phase.STOP_SENDING)


def _plan_stack(planner: Planner, wanted: Stack, found: StackNow | None) -> None:
    subject = Subject(Kind.STACK, wanted.name, wanted.account, wanted.region)
    if found is None:
        verb, why = Verb.CREATE, "new"
    elif found.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
        # CloudFormation updates no stack that was never made
        _remove_stack(planner, found, f"it could not be made: {found.reason}", Phase.SEND)
        return
    elif found.template != wanted.template or found.status.endswith("ROLLBACK_COMPLETE"):
        verb, why = Verb.UPDATE, "the template differs"
    else:
        mend, why = planner.mended(subject)
        if mend is Verb.LEAVE:
            planner.give_up(subject, why)
            return
        if mend is not Verb.UPDATE:
            planner.standing += 1
            return
        verb, wanted = mend, replace(wanted, parameters={REPAIR: planner.options.repair})
    if planner.tried.may(subject, verb, CREATES):
        planner.change(verb, subject, why)
        planner.steps.append(PutStack(Phase.SEND, verb, wanted))
    else:
        planner.give_up(subject, found.reason if found else "it could not be made")


def _remove_stack(planner: Planner, found: StackNow, why: str, phase: Phase) -> None:
    subject = Subject(Kind.STACK, names.MANAGEMENT_STACK, found.account, found.region)
    if planner.tried.may(subject, Verb.REMOVE, REMOVES):
        planner.change(Verb.REMOVE, subject, why)
        planner.steps.append(RemoveStack(phase, found.account, found.region, names.MANAGEMENT_STACK))
    else:
        planner.give_up(subject, found.reason or why)
