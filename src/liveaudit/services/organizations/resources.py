"""The table of AWS Organizations: the organization that an account is in, as far as the account may look into it.

Source: the Organizations API reference. Organizations is global: its events arrive in the partition's home region only. Only
the management account, and who is delegated for a service, may ask for more than that there is an organization.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.model import Shows

service = Service("organizations", event_source="organizations.amazonaws.com")

_IN_NONE = "AWSOrganizationsNotInUseException"
# A member gets the very code of a role that may not ask: only the message tells them apart.
_MAY_NOT = (_IN_NONE, "AccessDeniedException: You don't have permissions to access this resource")


def in_order_of(key: str) -> Callable[[Any], Any]:
    """A shape that orders a list by a key of its items: Organizations lists in no order."""
    return lambda items: sorted(items, key=lambda each: str(each[key]))


# The organization as one account sees it; this ARN is ours, made so that it collides with none of AWS's.
account = service.resource_type(
    "AWS::Organizations::AccountSettings",
    arn="arn:{partition}:organizations::{id}:account-settings",
    is_global=True,
    named_by="{account}",
    always="{account}",
)
account.section(
    "organization",
    "DescribeOrganization",
    value="Organization",
    absent=_IN_NONE,
    changed_by=[
        "AcceptHandshake",
        "CreateOrganization",
        "DeleteOrganization",
        "EnableAllFeatures",
        "LeaveOrganization",
    ],
    root=True,
)
account.section(
    "delegated_administrators",
    "ListDelegatedAdministrators",
    value="DelegatedAdministrators",
    absent=_MAY_NOT,
    shape=in_order_of("Id"),
    changed_by=[
        "DeregisterDelegatedAdministrator",
        "RegisterDelegatedAdministrator",
        "RemoveAccountFromOrganization",
    ],
)
for _name, _kind in (
    ("service_control_policies", "SERVICE_CONTROL_POLICY"),
    ("ai_opt_out_policies", "AISERVICES_OPT_OUT_POLICY"),
):
    account.section(
        _name,
        "ListPolicies",
        {"Filter": _kind},
        value="Policies",
        absent=_MAY_NOT,
        each=Each("DescribePolicy", {"PolicyId": "{item.Id}"}, value="Policy.Content", into="Content"),
        shape=in_order_of("Id"),
        changed_by=["CreatePolicy", "UpdatePolicy", "DeletePolicy", "EnablePolicyType", "DisablePolicyType"],
    )
# Whatever is registered or taken away, the list is there.
for _event in ("CreatePolicy", "DeletePolicy"):
    for _name in ("service_control_policies", "ai_opt_out_policies"):
        account.shows(_name, None, _event, as_=None)
account.shows("delegated_administrators", None, "RemoveAccountFromOrganization", as_=None)
account.shows(
    "delegated_administrators", {"requestParameters.accountId": "[].Id"}, "RegisterDelegatedAdministrator"
)
account.shows("organization", None, "DeleteOrganization", "LeaveOrganization", as_=Shows.ABSENT)

service.ignores(
    "which policy is attached where is read by no policy yet",
    "AttachPolicy",
    "DetachPolicy",
)
service.ignores(
    "accounts, units, handshakes, access of services and tags are read by no policy",
    "CancelHandshake",
    "CloseAccount",
    "CreateAccount",
    "CreateAccountResult",
    "CreateGovCloudAccount",
    "CreateOrganizationalUnit",
    "DeclineHandshake",
    "DeleteOrganizationalUnit",
    "DeleteResourcePolicy",
    "DisableAWSServiceAccess",
    "EnableAWSServiceAccess",
    "InviteAccountToOrganization",
    "InviteOrganizationToTransferResponsibility",
    "MoveAccount",
    "PutResourcePolicy",
    "TagResource",
    "TerminateResponsibilityTransfer",
    "UntagResource",
    "UpdateOrganizationalUnit",
    "UpdateResponsibilityTransfer",
)
service.spells("CreateAccountResult")
