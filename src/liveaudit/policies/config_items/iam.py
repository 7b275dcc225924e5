"""Items of IAM: users, roles, groups and policies. Policy documents are percent-encoded, as the API sends them.

Source: properties of these types in AWS's resource schemas; AWS Config calls an IAM resource by its unique id.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items.kinds import ItemKind, Sections, id_at
from liveaudit.policies.config_items.spelling import OLD


def encoded(document: Any) -> str:
    """A policy document as IAM's API and AWS Config hand it over."""
    text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
    return urllib.parse.quote(text, safe="")


def _inline(items: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    return [
        {"policyName": each.get("PolicyName"), "policyDocument": encoded(each.get("PolicyDocument"))}
        for each in items or ()
    ]


def _attached(sections: Sections) -> Any:
    return OLD.told(sections.get("attached_policies") or [])


def _boundary(sections: Sections) -> Any:
    boundary = sections.get("permissions_boundary")
    return None if boundary is None else OLD.told(boundary)


def _user(_resource: Resource, sections: Sections) -> dict[str, Any]:
    user = sections.get("user") or {}
    return {
        **OLD.told(
            {key: user[key] for key in ("Path", "UserName", "UserId", "Arn", "CreateDate") if key in user}
        ),
        "userPolicyList": _inline(sections.get("inline_policies")),
        "groupList": [each.get("GroupName") for each in sections.get("groups") or ()],
        "attachedManagedPolicies": _attached(sections),
        "permissionsBoundary": _boundary(sections),
    }


def _role(_resource: Resource, sections: Sections) -> dict[str, Any]:
    role = sections.get("role") or {}
    made = OLD.told(
        {key: role[key] for key in ("Path", "RoleName", "RoleId", "Arn", "CreateDate") if key in role}
    )
    return {
        **made,
        "assumeRolePolicyDocument": encoded(role.get("AssumeRolePolicyDocument")),
        "rolePolicyList": _inline(sections.get("inline_policies")),
        "attachedManagedPolicies": _attached(sections),
        "permissionsBoundary": _boundary(sections),
    }


def _group(_resource: Resource, sections: Sections) -> dict[str, Any]:
    return {
        **OLD.told(sections.get("group") or {}),
        "groupPolicyList": _inline(sections.get("inline_policies")),
        "attachedManagedPolicies": _attached(sections),
    }


def _policy(_resource: Resource, sections: Sections) -> dict[str, Any]:
    """Of the versions only the one in force: it is the only one that is read."""
    policy = sections.get("policy") or {}
    return {
        **OLD.told(policy),
        "policyVersionList": [
            {
                "document": encoded(sections.get("document")),
                "versionId": policy.get("DefaultVersionId"),
                "isDefaultVersion": True,
            }
        ],
    }


KINDS = (
    ItemKind(
        "AWS::IAM::User",
        sections=("user", "permissions_boundary", "attached_policies", "inline_policies", "groups"),
        configuration=_user,
        resource_id=id_at("userId"),
        created="createDate",
    ),
    ItemKind(
        "AWS::IAM::Role",
        sections=("role", "permissions_boundary", "attached_policies", "inline_policies"),
        configuration=_role,
        resource_id=id_at("roleId"),
        created="createDate",
        unread=("configuration.instanceProfileList",),
    ),
    ItemKind(
        "AWS::IAM::Group",
        sections=("group", "attached_policies", "inline_policies"),
        configuration=_group,
        resource_id=id_at("groupId"),
        created="createDate",
    ),
    ItemKind(
        "AWS::IAM::ManagedPolicy",
        sections=("policy", "document"),
        configuration=_policy,
        recorded_as="AWS::IAM::Policy",
        resource_id=id_at("policyId"),
        created="createDate",
        unread=("configuration.policyVersionList.createDate",),
    ),
)
