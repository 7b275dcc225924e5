"""Which accounts a call about a stack set means: those it names, or those of an organisation's units.

Source: CloudFormation API Reference, "DeploymentTargets"; User Guide, "Account level targets for service-managed StackSets".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.lab.answers import CallRefused
from liveaudit.lab.organization import STACK_SETS, Organization, organization_of
from liveaudit.lab.stacks.sets import StackSet


@dataclass(frozen=True, slots=True)
class Aim:
    """The accounts, and for which unit each of them is meant (empty for self-managed permissions)."""

    accounts: Mapping[str, str]
    units: Sequence[str] = field(default=())


def owner_of(caller: str, params: Mapping[str, Any]) -> str:
    """In which account the stack sets are that a call is about. Raises CallRefused for a wrong ``CallAs``."""
    if params.get("CallAs", "SELF") != "DELEGATED_ADMIN":
        return caller
    organization = organization_of(caller)
    if organization is None or not organization.delegates(caller, STACK_SETS):
        raise CallRefused("ValidationError", "Account used is not a delegated administrator")
    return organization.management_account


def trusting(owner: str) -> Organization:
    """The organisation that ``owner`` manages, which trusts stack sets. Raises CallRefused."""
    organization = organization_of(owner)
    if organization is None or organization.management_account != owner:
        raise CallRefused(
            "ValidationError",
            "You must be the management account or delegated admin account of an organization before operating a "
            "SERVICE_MANAGED stack set",
        )
    if not organization.trusts(STACK_SETS):
        raise CallRefused(
            "ValidationError", "You must enable organizations access to operate a service managed stack set"
        )
    return organization


def access(caller: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``DescribeOrganizationsAccess``. Raises CallRefused."""
    organization = organization_of(owner_of(caller, params))
    if organization is None:
        raise CallRefused("InvalidOperationException", "Your account is not a member of an organization.")
    return {"Status": "ENABLED" if organization.trusts(STACK_SETS) else "DISABLED"}


def set_access(caller: str, active: bool) -> dict[str, Any]:
    """Carry out ``ActivateOrganizationsAccess`` or the contrary. Raises CallRefused."""
    organization = organization_of(caller)
    if organization is None or organization.management_account != caller:
        raise CallRefused(
            "InvalidOperationException",
            "Only the management account of an organization can change its access",
        )
    act = "enable_aws_service_access" if active else "disable_aws_service_access"
    getattr(organization.backend, act)(ServicePrincipal=STACK_SETS)
    return {}


def aim(stack_set: StackSet, params: Mapping[str, Any], *, is_update: bool) -> Aim:
    """The accounts that ``Accounts`` or ``DeploymentTargets`` of a call mean. Raises CallRefused."""
    accounts = list(params.get("Accounts") or ())
    given: Mapping[str, Any] = params.get("DeploymentTargets") or {}
    if accounts and given:
        raise CallRefused("ValidationError", "You can specify Accounts or DeploymentTargets, but not both")
    if not stack_set.is_service_managed:
        if given.get("OrganizationalUnitIds"):
            raise CallRefused(
                "ValidationError",
                "OrganizationalUnitIds can only be specified for a StackSet with SERVICE_MANAGED permission model",
            )
        named = accounts or list(given.get("Accounts") or ())
        if not named:
            raise CallRefused("ValidationError", "Either Accounts or DeploymentTargets must be specified")
        return Aim(dict.fromkeys(named, ""))
    organization = trusting(stack_set.owner)
    if accounts:
        raise CallRefused(
            "ValidationError",
            "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target",
        )
    return _of_units(organization, given, is_update)


def _of_units(organization: Organization, given: Mapping[str, Any], is_update: bool) -> Aim:
    units = list(given.get("OrganizationalUnitIds") or ())
    named = list(given.get("Accounts") or ())
    kind = given.get("AccountFilterType") or ("UNION" if named and is_update else "NONE")
    unknown = sorted(set(units) - organization.units)
    if unknown:
        raise CallRefused("ValidationError", f"OrganizationalUnit not found: {', '.join(unknown)}")
    if not units and not (is_update and named):
        raise CallRefused("ValidationError", "OrganizationalUnitIds must be specified in DeploymentTargets")
    if kind in ("INTERSECTION", "DIFFERENCE", "UNION") and not named:
        raise CallRefused("ValidationError", f"Accounts must be specified with AccountFilterType {kind}")
    if kind == "UNION" and not is_update:
        raise CallRefused("ValidationError", "AccountFilterType UNION is only supported for updates")
    if kind == "NONE" and named:
        raise CallRefused("ValidationError", "AccountFilterType must be specified with Accounts")
    found: dict[str, str] = {}
    for unit in units:
        for account in organization.accounts(unit):
            found.setdefault(account, unit)
    if kind == "INTERSECTION":
        found = {account: unit for account, unit in found.items() if account in named}
    elif kind == "DIFFERENCE":
        found = {account: unit for account, unit in found.items() if account not in named}
    elif kind == "UNION":
        found.update({account: "" for account in named if account not in found})
    found.pop(organization.management_account, None)  # stack sets leave it out, whatever unit it is in
    return Aim(found, tuple(units))
