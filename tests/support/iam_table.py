"""What IAM knows: actions with their resources (the table that cfn-lint ships), condition keys, what the registry needs.

The condition keys are not in cfn-lint's table. Sources: IAM User Guide, "AWS global condition context keys"; Service
Authorization Reference, condition keys of EventBridge, IAM and STS (those of the actions that our documents have).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import cfnlint

_DATA = Path(cfnlint.__file__).parent / "data"
GLOBAL_KEYS = frozenset(
    {
        *("aws:AssumedRoot", "aws:FederatedProvider", "aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent"),
        *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID"),
        *("aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"),
        *("aws:PrincipalType", "aws:SourceIdentity", "aws:TokenIssueTime", "aws:userid", "aws:username"),
        *("aws:SourceIp", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:VpcSourceIp"),
        *("aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"),
        *("aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths"),
        *("aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:ViaAWSService"),
        *("aws:CurrentTime", "aws:EpochTime", "aws:referer", "aws:RequestedRegion", "aws:SecureTransport"),
        *("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"),
        *("aws:TagKeys", "aws:UserAgent"),
    }
)
_KEYS = {
    "events:PutEvents": {"events:detail-type", "events:eventBusInvocation", "events:source"},
    "events:PutTargets": {"events:ManagedBy", "events:TargetArn", "events:creatorAccount"},
    "iam:PassRole": {"iam:AssociatedResourceArn", "iam:PassedToService"},
    "iam:CreateRole": {"iam:PermissionsBoundary"},
    "iam:PutRolePolicy": {"iam:PermissionsBoundary"},
    "iam:DeleteRolePolicy": {"iam:PermissionsBoundary"},
    "sts:AssumeRole": {
        "sts:ExternalId",
        "sts:RoleSessionName",
        "sts:SourceIdentity",
        "sts:TransitiveTagKeys",
    },
}


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    given: dict[str, Any] = json.loads(
        (_DATA / "AdditionalSpecs" / "Policies.json").read_text(encoding="utf-8")
    )
    return given


def exists(action: str) -> bool:
    prefix, _, name = action.partition(":")
    return name.lower() in _table().get(prefix, {}).get("Actions", {})


def resource_types(action: str) -> tuple[str, ...]:
    """The resource types of an action, none for one that is on nothing in particular."""
    prefix, _, name = action.partition(":")
    return tuple(_table()[prefix]["Actions"][name.lower()].get("Resources", ()))


def fits(action: str, resource: str) -> bool:
    """Whether the form of a Resource is one of the action's; ``*`` fits all."""
    types = resource_types(action)
    if resource == "*" or not types:
        return resource == "*"
    # the table spells one and the same type in two ways
    forms = {name.lower(): each for name, each in _table()[action.partition(":")[0]]["Resources"].items()}
    return any(
        re.fullmatch(re.sub(r"\$\{\w+\}", "[^:]*", form), resource)
        for each in types
        for form in forms[each.lower()]["ARNFormats"]
    )


def has_key(action: str, key: str) -> bool:
    return key in GLOBAL_KEYS or key in _KEYS.get(action, ())


def handlers(resource_type: str) -> frozenset[str]:
    """What the registry says that creating, reading, changing and deleting a resource of this type needs."""
    listed = json.loads((_DATA / "schemas" / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    file = _DATA / "schemas" / "resources" / f"{listed[resource_type]}.json"
    given = json.loads(file.read_text(encoding="utf-8"))["handlers"]
    return frozenset(
        action
        for kind in ("create", "read", "update", "delete")
        for action in given.get(kind, {}).get("permissions", ())
    )
