"""The part of the plan that is about stack sets and their instances. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from liveaudit.provision import names
from liveaudit.provision.desired import SetKey, StackSet, Target
from liveaudit.provision.difference import set_differences
from liveaudit.provision.installation import Rollout
from liveaudit.provision.observe import CURRENT, INOPERABLE, Instance, SetNow
from liveaudit.provision.planner import CREATES, REMOVES, Planner, instance_subject, set_subject
from liveaudit.provision.steps import (
    ChangeInstances,
    ChangeSet,
    MakeSet,
    Phase,
    RemoveSet,
    Subject,
    Verb,
    Where,
    rectangles,
)

_SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"
_SENDERS = (names.PUBLISHER_STACK_SET,)


def plan_set(planner: Planner, wanted: StackSet, found: SetNow | None) -> None:
    """Plan a stack set that should be there, with its instances."""
    sends = wanted.key.name in _SENDERS
    phase = Phase.SEND if sends else Phase.RECEIVE
    subject = set_subject(planner.desired, wanted.key)
    if found is None:
        if not planner.tried.may(subject, Verb.CREATE, CREATES):
            planner.give_up(subject, "the stack set could not be made")
            return
        planner.change(Verb.CREATE, subject, wanted.what)
        planner.steps.append(MakeSet(phase, wanted))
        _plan_instances(planner, wanted, SetNow(wanted.key, None, None), phase, ())
        return
    if (found.permission_model == "SERVICE_MANAGED") != wanted.service_managed:
        # AWS changes the permission model of no stack set that has instances
        rollout = Rollout.SERVICE_MANAGED if wanted.service_managed else Rollout.SELF_MANAGED
        remove_set(planner, found, f"the rollout becomes {rollout.value}: it is taken down and made again")
        return
    differences = set_differences(wanted, found)
    updated: frozenset[Target] = frozenset()
    if differences and planner.tried.may(subject, Verb.UPDATE, CREATES):
        updated = frozenset(found.instances)
        planner.change(Verb.UPDATE, subject, "; ".join(differences))
        for target in sorted(updated & wanted.targets):
            planner.change(Verb.UPDATE, instance_subject(wanted.key, target), "; ".join(differences))
        planner.steps.append(ChangeSet(_when_changed(wanted, found, phase), wanted, updated))
    elif differences:
        planner.give_up(subject, "; ".join(differences))
    else:
        planner.standing += 1
    _plan_instances(planner, wanted, found, phase, updated)


def _when_changed(wanted: StackSet, found: SetNow, phase: Phase) -> Phase:
    """What only lets fewer send is changed after the publishers have stopped sending so."""
    if phase is Phase.SEND:
        return phase
    fewer = _principals(found.template) - _principals(wanted.template)
    more = _principals(wanted.template) - _principals(found.template)
    return Phase.STOP_RECEIVING if fewer and not more else phase


def _principals(template: Mapping[str, object] | None) -> frozenset[str]:
    """Who may send straight to the queue, by this template of the receiver's."""
    statements: object = template
    for key in ("Resources", "QueuePolicy", "Properties", "PolicyDocument", "Statement"):
        statements = statements.get(key) if isinstance(statements, Mapping) else None
    found = set()
    for statement in statements if isinstance(statements, list) else []:
        principal = statement.get("Principal") if isinstance(statement, Mapping) else None
        given = principal.get("AWS") if isinstance(principal, Mapping) else None
        found |= {repr(each) for each in (given if isinstance(given, list) else [given]) if each}
    return frozenset(found)


def _plan_instances(
    planner: Planner, wanted: StackSet, found: SetNow, phase: Phase, updated: Collection[Target]
) -> None:
    create: dict[Target, str] = {}
    update: dict[Target, str] = {}
    remove: dict[Target, str] = {}
    for target in sorted(wanted.targets):
        instance = found.instances.get(target)
        subject = instance_subject(wanted.key, target)
        verb, why = _mend(planner, wanted, subject, instance)
        if verb is None:
            planner.standing += target not in updated
        elif verb is Verb.CREATE and phase is Phase.SEND and target[1] in planner.blocked:
            planner.give_up(subject, planner.blocked[target[1]])
        elif verb is Verb.CREATE:
            create[target] = why
        elif verb is Verb.REMOVE:
            remove[target] = why
        elif verb is Verb.LEAVE:
            planner.give_up(subject, why)
        elif target not in updated:
            update[target] = why
    surplus = {
        target: why
        for target, instance in sorted(found.instances.items())
        if target not in wanted.targets and (why := _unwanted(planner, wanted, instance))
    }
    _create(planner, wanted, create, phase, frozenset(found.instances))
    _update(planner, wanted, found, update, phase)
    _remove(planner, found, remove, phase)
    _remove(planner, found, surplus, _when_removed(wanted.key))


def _mend(
    planner: Planner, wanted: StackSet, subject: Subject, instance: Instance | None
) -> tuple[Verb | None, str]:
    """What a wanted instance needs; None: nothing. LEAVE: nothing (more) can be done here."""
    tried = planner.tried
    reason = "" if instance is None else instance.reason
    if instance is None:
        ladder = [(Verb.CREATE, CREATES, "new")]
    elif instance.detailed == _SUSPENDED:
        return Verb.LEAVE, reason or "the account is suspended"
    elif instance.status == INOPERABLE:
        ladder = [(Verb.REMOVE, 1, f"its removal failed once: {reason}")]
    elif instance.status != CURRENT and not instance.stack:
        ladder = [(Verb.CREATE, CREATES, f"it could not be made: {reason}")]
    elif instance.status != CURRENT:
        # the receiver's stack holds a queue with messages: it is never removed to be mended
        last = Verb.REMOVE if wanted.key.name in _SENDERS else Verb.CREATE
        ladder = [
            (Verb.UPDATE, 1, f"it is not up to date: {reason}"),
            (last, 1, f"updating it failed: {reason}"),
        ]
    elif wanted.key.name == names.ROLES_STACK_SET:
        return None, ""
    else:
        return planner.mended(subject)
    for verb, times, why in ladder:
        if tried.may(subject, verb, times):
            return verb, why.removesuffix(": ")
    return Verb.LEAVE, reason or "it could not be made"


def _unwanted(planner: Planner, wanted: StackSet, instance: Instance) -> str:
    """Why an instance that no target asks for goes; empty when it stays.

    It stays where it is not known whether it is needed, and where AWS enrolled an account by itself.
    """
    unknown = planner.desired.undetermined
    if instance.account in unknown or (unknown and wanted.key.name not in _SENDERS):
        planner.standing += 1
        return ""
    if not wanted.service_managed:
        return "it is not among the settings' accounts and regions"
    if instance.unit and instance.unit not in wanted.units:
        return f"{instance.unit} is not rolled out to any more"
    excluded = wanted.excluded.get(instance.region)
    if excluded is None:
        return "the region is not watched any more"
    if instance.account in excluded:
        return "the account is excluded there"
    known = {each.id for each in planner.desired.installation.accounts}
    if instance.account not in known:
        planner.standing += 1
        return ""
    return "it is not among the settings' accounts and regions"


def _create(
    planner: Planner,
    wanted: StackSet,
    targets: Mapping[Target, str],
    phase: Phase,
    standing: frozenset[Target],
) -> None:
    for target, why in sorted(targets.items()):
        planner.change(Verb.CREATE, instance_subject(wanted.key, target), why)
    for where, covered in _created_where(wanted, frozenset(targets), standing):
        planner.steps.append(ChangeInstances(phase, Verb.CREATE, wanted.key, where, covered))


def _created_where(
    wanted: StackSet, targets: frozenset[Target], standing: frozenset[Target]
) -> Iterator[tuple[Where, frozenset[Target]]]:
    """The operations that create. A region without any instance yet is rolled out to whole units, so that AWS enrols
    accounts that come later too."""
    if not wanted.service_managed:
        for where in rectangles(targets):
            yield where, _covered(where, targets)
        return
    begun = {region for _, region in standing}
    first: dict[tuple[str, ...], list[str]] = {}
    for region in sorted({region for _, region in targets} - begun):
        first.setdefault(wanted.excluded.get(region, ()), []).append(region)
    for excluded, regions in first.items():
        where = Where(tuple(regions), excluded, wanted.units, "DIFFERENCE" if excluded else "NONE")
        yield where, frozenset(each for each in targets if each[1] in regions)
    for where in rectangles([each for each in targets if each[1] in begun]):
        yield (
            Where(where.regions, where.accounts, wanted.units, "INTERSECTION"),
            _covered(where, targets),
        )


def _covered(where: Where, targets: frozenset[Target]) -> frozenset[Target]:
    return frozenset(each for each in targets if each[0] in where.accounts and each[1] in where.regions)


def _update(
    planner: Planner, wanted: StackSet, found: SetNow, targets: Mapping[Target, str], phase: Phase
) -> None:
    for target, why in sorted(targets.items()):
        planner.change(Verb.UPDATE, instance_subject(wanted.key, target), why)
    drifted = frozenset(targets) & planner.options.drifted
    for repair, group in (("", frozenset(targets) - drifted), (planner.options.repair, drifted)):
        for where in _by_unit(found, group):
            planner.steps.append(
                ChangeInstances(phase, Verb.UPDATE, found.key, where, _covered(where, group), repair)
            )


def _by_unit(found: SetNow, targets: Collection[Target]) -> list[Where]:
    """The operations on instances that are there, with their units where they have some."""
    units: dict[str, set[Target]] = {}
    for target in targets:
        units.setdefault(found.instances[target].unit, set()).add(target)
    return [
        Where(where.regions, where.accounts, (unit,), "INTERSECTION") if unit else where
        for unit, group in sorted(units.items())
        for where in rectangles(group)
    ]


# --- taking down


def _when_removed(key: SetKey) -> Phase:
    return Phase.STOP_SENDING if key.name in _SENDERS else Phase.STOP_RECEIVING


def _remove(planner: Planner, found: SetNow, targets: Mapping[Target, str], phase: Phase) -> bool:
    """Plan the removal of these instances; whether all of them may be tried."""
    going: dict[Target, str] = {}
    for target, why in sorted(targets.items()):
        subject = instance_subject(found.key, target)
        if planner.tried.may(subject, Verb.REMOVE, REMOVES):
            going[target] = why
            planner.change(Verb.REMOVE, subject, why)
        else:
            planner.give_up(subject, why)
    abandoned = frozenset(each for each in going if each[0] in planner.options.abandon)
    for group, retain in ((frozenset(going) - abandoned, False), (abandoned, True)):
        for where in _by_unit(found, group):
            planner.steps.append(
                ChangeInstances(phase, Verb.REMOVE, found.key, where, _covered(where, group), retain=retain)
            )
    return len(going) == len(targets)


def remove_set(planner: Planner, found: SetNow, why: str) -> None:
    """Plan the removal of a stack set with all its instances."""
    phase = _when_removed(found.key)
    subject = set_subject(planner.desired, found.key)
    all_go = _remove(planner, found, dict.fromkeys(found.instances, why), phase)
    if all_go and planner.tried.may(subject, Verb.REMOVE, REMOVES):
        planner.change(Verb.REMOVE, subject, why)
        planner.steps.append(RemoveSet(phase, found.key))
    else:
        planner.give_up(subject, "it still has stacks")
