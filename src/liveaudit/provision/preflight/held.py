"""What every role holds, put together from the simulation and from the calls that were really made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision import names
from liveaudit.provision.documents.model import AccountDocuments, ManagedPolicy, Role, Statement
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.check import Check, Name, Outcome, unanswered
from liveaudit.provision.preflight.denial import Refuser, denial_of
from liveaudit.provision.preflight.permissions import ORGANIZATION, May, Permission

_RECEIVER = (names.RECEIVER_POLICY, names.RECEIVER_PUBLISHERS_POLICY)
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Holding:
    """What a role should be able to do. ``role``: its ARN."""

    name: Name
    role: str
    statements: tuple[Statement, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """Each action once."""
        return tuple(dict.fromkeys(action for each in self.statements for action in each.actions))

    @property
    def optional(self) -> Mapping[str, str]:
        """The actions without which the audit goes on, and what each is for."""
        needed = {action for each in self.statements if not each.optional for action in each.actions}
        return {
            action: each.why
            for each in self.statements
            if each.optional
            for action in each.actions
            if action not in needed
        }


def holdings(documents: AccountDocuments, installation: Installation, audit_role: str) -> tuple[Holding, ...]:
    """What the roles of one account should be able to do, by its documents. ``audit_role``: its ARN."""
    found = []
    for role in documents.roles:
        policies = (*(documents.policy(each) for each in role.attached), *role.inline)
        arn = f"arn:{installation.partition}:iam::{documents.account}:role{role.path}{role.name}"
        if arn == audit_role:
            receiver = [each for each in policies if each.name in _RECEIVER]
            found.append(_holding(Name.AUDIT_PERMISSIONS, arn, [e for e in policies if e not in receiver]))
            if receiver:
                found.append(_holding(Name.RECEIVER_PERMISSIONS, arn, receiver))
        elif (name := _name(role)) is not None:
            found.append(_holding(name, arn, policies))
    return tuple(found)


def _name(role: Role) -> Name | None:
    return {
        names.ADMINISTRATION_ROLE: Name.ADMINISTRATION_PERMISSIONS,
        names.EXECUTION_ROLE: Name.EXECUTION_PERMISSIONS,
        names.FORWARDING_ROLE: Name.FORWARDING_PERMISSIONS,
    }.get(role.name)


def _holding(name: Name, arn: str, policies: Sequence[ManagedPolicy]) -> Holding:
    return Holding(name, arn, tuple(statement for each in policies for statement in each.statements))


def judged(
    installation: Installation,
    account: str,
    holding: Holding,
    simulated: Sequence[Permission] | AwsCallError,
    tried: Mapping[str, str],
) -> Check:
    """The check of one role's permissions. ``tried``: from action to AWS's refusal, empty where a call was answered.

    What was really called counts more than what was simulated.
    """
    if isinstance(simulated, AwsCallError):
        if simulated.code == "NoSuchEntity":
            reason = f"there is no role {holding.role.rsplit('/', 1)[-1]}"
            return _check(installation, account, holding, Outcome.FAILED, reason)
        why = f"not tried, and the simulation cannot be asked: {unanswered(simulated)}"
        permissions = [Permission(action, May.UNTOLD, why) for action in holding.actions]
    else:
        permissions = list(simulated)
    given = {action.lower(): refusal for action, refusal in tried.items()}
    permissions = [_with(each, given.get(each.action.lower())) for each in permissions]
    optional = holding.optional
    spared = [each for each in permissions if each.may is May.NO and each.action in optional]
    missing = [each for each in permissions if each.may is May.NO and each.action not in optional]
    untold = [each for each in permissions if each.may is May.UNTOLD and each.action not in optional]
    if missing:
        return _check(installation, account, holding, Outcome.FAILED, f"lacks {_listed(missing)}", missing)
    if untold:
        reason = f"not certain of {_listed(untold)}"
        return _check(installation, account, holding, Outcome.UNKNOWN, reason, untold, simulated)
    if spared:
        purposes = " ".join(dict.fromkeys(optional[each.action] for each in spared))
        reason = f"lacks {_listed(spared)}. {purposes}"
        return _check(installation, account, holding, Outcome.WARNING, reason, spared)
    proved = sum(each.action.lower() in given for each in permissions)
    return Check(
        account,
        None,
        holding.name,
        Outcome.OK,
        f"{len(permissions)} actions simulated, {proved} of them tried",
    )


def _with(permission: Permission, refusal: str | None) -> Permission:
    if refusal is None:
        return permission
    if not refusal:
        return replace(permission, may=May.YES, why="")
    denial = denial_of(refusal)
    why = ORGANIZATION if denial.refuser is Refuser.ORGANIZATION else f"denied when it was tried: {refusal}"
    return replace(permission, may=May.NO, why=why[:300])


def _listed(permissions: Sequence[Permission]) -> str:
    shown = ", ".join(
        each.action + (f" ({each.why})" if each.why and number == 0 else "")
        for number, each in enumerate(sorted(permissions, key=lambda one: not one.why)[:_SHOWN])
    )
    return shown + (f" and {len(permissions) - _SHOWN} more" if len(permissions) > _SHOWN else "")


def _check(
    installation: Installation,
    account: str,
    holding: Holding,
    outcome: Outcome,
    reason: str,
    permissions: Sequence[Permission] = (),
    simulated: object = None,
) -> Check:
    who, command = remedy.owner(installation, account), remedy.make_documents(account)
    if permissions and all(each.why.startswith(ORGANIZATION) for each in permissions):
        who, command = "whoever administers the AWS organization", ""
    if isinstance(simulated, AwsCallError) and simulated.kind is not Kind.DENIED:
        command = ""
    return Check(account, None, holding.name, outcome, reason[:1000], who, command)
