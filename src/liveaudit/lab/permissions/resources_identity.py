"""The resources of calls to IAM, STS, Organizations and Account Management. Pure.

Source: AWS Service Authorization Reference, "Resource types defined by" these services.
"""

from __future__ import annotations

from collections.abc import Mapping

from liveaudit.lab.permissions.action_table import resource_types
from liveaudit.lab.permissions.facts import Facts, Places

Found = tuple[str, ...]
_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "user": ("UserName",),
    "role": ("RoleName",),
    "group": ("GroupName",),
    "instance-profile": ("InstanceProfileName",),
    "server-certificate": ("ServerCertificateName",),
    "policy": ("PolicyName",),
    "mfa": ("VirtualMFADeviceName",),
    "saml-provider": ("Name",),
}
_ARN_BY = (
    "PolicyArn",
    "PolicySourceArn",
    "SAMLProviderArn",
    "OpenIDConnectProviderArn",
    "SerialNumber",
    "Arn",
)
_NAMED_BEFORE_ARN = ("user", "role", "group")
_CREATES = ("Create", "Upload")


def iam(facts: Facts, places: Places, action: str) -> Found:
    """The user, role, group, policy ... that the call names; the caller where it names no user."""
    types = resource_types(action) or ()
    operation = action.partition(":")[2]
    if operation == "GetAccessKeyLastUsed":
        owner = places.key_owner(facts.account, facts.text("AccessKeyId"))
        return (places.iam_arn(facts.account, "user", owner),) if owner else ()
    for kind in types:
        name = facts.text(*_NAMED_BY.get(kind, ()))
        if not name:
            continue
        if operation.startswith(_CREATES) and operation.lower().endswith(_made(kind)):
            return (facts.arn("iam", f"{kind}{facts.text('Path') or '/'}{name}", region=""),)
        if kind in _NAMED_BEFORE_ARN or not facts.text(*_ARN_BY):
            return (places.iam_arn(facts.account, kind, name),)
    if given := facts.text(*_ARN_BY):
        return (given,) if given.startswith("arn:") else ()
    if types == ("user",) and ":user/" in facts.principal_arn:
        return (facts.principal_arn,)
    return ()


def _made(kind: str) -> str:
    return {"mfa": "virtualmfadevice"}.get(kind, kind.replace("-", ""))


def sts(facts: Facts, _places: Places, _action: str) -> Found:
    """The role to be assumed."""
    role = facts.text("RoleArn")
    if role:
        return (role,)
    name = facts.text("Name")
    return (facts.arn("sts", f"federated-user/{name}", region=""),) if name else ()


def organizations(facts: Facts, places: Places, _action: str) -> Found:
    """The accounts, units, roots and policies that the call names."""
    known = places.organization(facts.account)
    if known is None:
        return ()
    found: list[str] = []
    for value in facts.params.values():
        if isinstance(value, str) and (kind := _kind(value)):
            inside = f"/{facts.text('Type', 'Filter').lower() or '*'}" if kind == "policy" else ""
            rest = f"{kind}/{known.id}{inside}/{value}"
            found.append(facts.arn("organizations", rest, account=known.management_account, region=""))
    return tuple(found)


def _kind(value: str) -> str:
    if value.isdigit() and len(value) == 12:
        return "account"
    return {"r": "root", "ou": "ou", "p": "policy"}.get(value.partition("-")[0], "") if "-" in value else ""


def account(facts: Facts, places: Places, _action: str) -> Found:
    """The caller's own account, or the account of the organization that it names."""
    named = facts.text("AccountId")
    if not named:
        return (facts.arn("account", "account", region=""),)
    known = places.organization(facts.account)
    if known is None:
        return ()
    rest = f"account/{known.id}/{named}"
    return (facts.arn("account", rest, account=known.management_account, region=""),)
