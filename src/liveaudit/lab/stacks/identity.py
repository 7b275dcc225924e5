"""Roles of IAM as resources of stacks.

Source: CloudFormation Template Reference, "AWS::IAM::Role".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from liveaudit.lab import internals
from liveaudit.lab.stacks.actor import Actor, Subject
from liveaudit.lab.stacks.resource import Resource, as_list, text

_SESSION_SECONDS = 3600


def iam_of(actor: Actor) -> Any:
    """moto's IAM of the account."""
    return internals.module("iam.models").iam_backends[actor.account]["aws"]


def find_role(actor: Actor, name: str) -> Any:
    """moto's role of this name, None when there is none."""
    return next((role for role in iam_of(actor).roles.values() if role.name == name), None)


def _inline(properties: Mapping[str, Any]) -> dict[str, str]:
    return {one["PolicyName"]: text(one["PolicyDocument"]) for one in as_list(properties.get("Policies"))}


def _managed(properties: Mapping[str, Any]) -> set[str]:
    return {str(arn) for arn in as_list(properties.get("ManagedPolicyArns"))}


def _bound_by(boundary: Any) -> dict[str, str]:
    """What a condition sees of a role's permissions boundary; it has none where there is none."""
    return {"iam:PermissionsBoundary": str(boundary)} if boundary else {}


def _with_policies(arn: str, policies: Iterable[str]) -> list[Subject]:
    return [(arn, {"iam:PolicyARN": one}) for one in sorted(policies)]


class Role:
    """``AWS::IAM::Role``."""

    type: ClassVar[str] = "AWS::IAM::Role"
    fixed: ClassVar[frozenset[str]] = frozenset({"RoleName", "Path"})
    name: ClassVar[str] = "RoleName"

    def create(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        properties = resource.properties
        name = str(properties.get("RoleName") or resource.suggested_name)
        path = str(properties.get("Path") or "/")
        arn = actor.arn("iam", f"role{path}{name}", everywhere=True)
        inline, managed = _inline(properties), _managed(properties)
        spared = {
            *(() if inline else ("iam:PutRolePolicy", "iam:GetRolePolicy")),
            *(() if managed else ("iam:AttachRolePolicy",)),
        }
        boundary = properties.get("PermissionsBoundary")
        actor.demand(
            self.type,
            "create",
            arn,
            spared=spared,
            others={"iam:AttachRolePolicy": _with_policies(arn, managed)},
            context=_bound_by(boundary),
            tagged="Tags" in properties,
        )
        trust = text(properties["AssumeRolePolicyDocument"])
        description = str(properties.get("Description") or "")
        longest = str(properties.get("MaxSessionDuration") or _SESSION_SECONDS)
        params = {"RoleName": name, "Path": path, "AssumeRolePolicyDocument": trust}
        role = actor.do(
            "iam",
            "CreateRole",
            {**params, **({"Description": description} if description else {})},
            lambda: iam_of(actor).create_role(
                role_name=name,
                assume_role_policy_document=trust,
                path=path,
                permissions_boundary=boundary,
                description=description,
                tags=properties.get("Tags") or [],
                max_session_duration=longest,
            ),
            lambda made: {"Role": {**params, "RoleId": made.id, "Arn": made.arn}},
        )
        resource.physical_id = name
        resource.attributes = {"Arn": arn, "RoleId": role.id}
        for policy, document in inline.items():
            self._put(actor, name, policy, document)
        for policy_arn in sorted(managed):
            self._attach(actor, name, policy_arn)

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """See ``Handler``."""
        name, before = resource.physical_id, resource.properties
        old_inline, inline = _inline(before), _inline(properties)
        old_managed, managed = _managed(before), _managed(properties)
        put = {key: document for key, document in inline.items() if old_inline.get(key) != document}
        gone = sorted(old_inline.keys() - inline.keys())
        settings = ("Description", "MaxSessionDuration")
        described = any(before.get(key) != properties.get(key) for key in settings)
        trusted = before["AssumeRolePolicyDocument"] != properties["AssumeRolePolicyDocument"]
        boundary, old_boundary = properties.get("PermissionsBoundary"), before.get("PermissionsBoundary")
        needed = {
            "iam:UpdateRole": described,
            "iam:UpdateRoleDescription": described,
            "iam:UpdateAssumeRolePolicy": trusted,
            "iam:PutRolePolicy": bool(put),
            "iam:DeleteRolePolicy": bool(gone),
            "iam:AttachRolePolicy": bool(managed - old_managed),
            "iam:DetachRolePolicy": bool(old_managed - managed),
            "iam:PutRolePermissionsBoundary": bool(boundary) and boundary != old_boundary,
            "iam:DeleteRolePermissionsBoundary": bool(old_boundary) and not boundary,
        }
        arn = resource.attributes["Arn"]
        others: dict[str, list[Subject]] = {
            "iam:AttachRolePolicy": _with_policies(arn, managed - old_managed),
            "iam:DetachRolePolicy": _with_policies(arn, old_managed - managed),
            "iam:PutRolePermissionsBoundary": [(arn, _bound_by(boundary))],
        }
        spared = {action for action, is_needed in needed.items() if not is_needed}
        standing = find_role(actor, name)
        context = _bound_by(standing.permissions_boundary_arn if standing is not None else None)
        actor.demand(self.type, "update", arn, spared=spared, others=others, context=context)
        if described:
            description = str(properties.get("Description") or "")
            longest = str(properties.get("MaxSessionDuration") or _SESSION_SECONDS)
            params = {"RoleName": name, "Description": description, "MaxSessionDuration": int(longest)}
            actor.do(
                "iam", "UpdateRole", params, lambda: iam_of(actor).update_role(name, description, longest)
            )
        if trusted:
            trust = text(properties["AssumeRolePolicyDocument"])
            actor.do(
                "iam",
                "UpdateAssumeRolePolicy",
                {"RoleName": name, "PolicyDocument": trust},
                lambda: iam_of(actor).update_assume_role_policy(name, trust),
            )
        if boundary != old_boundary:
            self._bound(actor, name, boundary)
        for policy, document in put.items():
            self._put(actor, name, policy, document)
        for policy in gone:
            self._remove(actor, name, policy)
        for policy_arn in sorted(managed - old_managed):
            self._attach(actor, name, policy_arn)
        for policy_arn in sorted(old_managed - managed):
            self._detach(actor, name, policy_arn)

    def delete(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``. A policy that somebody else put on the role keeps it from being deleted."""
        name, arn = resource.physical_id, resource.attributes["Arn"]
        standing = find_role(actor, name)
        inline = sorted(_inline(resource.properties).keys() & (standing.policies if standing else ()))
        managed = sorted(_managed(resource.properties) & set(standing.managed_policies if standing else ()))
        context = _bound_by(standing.permissions_boundary_arn if standing is not None else None)
        spared = {
            *(() if inline else ("iam:DeleteRolePolicy",)),
            *(() if managed else ("iam:DetachRolePolicy",)),
        }
        others = {"iam:DetachRolePolicy": _with_policies(arn, managed)}
        actor.demand(self.type, "delete", arn, spared=spared, others=others, context=context)
        if standing is None:
            return
        for policy in inline:
            self._remove(actor, name, policy)
        for policy_arn in managed:
            self._detach(actor, name, policy_arn)
        actor.do("iam", "DeleteRole", {"RoleName": name}, lambda: iam_of(actor).delete_role(name))

    @staticmethod
    def _bound(actor: Actor, name: str, boundary: str | None) -> None:
        if boundary:
            actor.do(
                "iam",
                "PutRolePermissionsBoundary",
                {"RoleName": name, "PermissionsBoundary": boundary},
                lambda: iam_of(actor).put_role_permissions_boundary(name, boundary),
            )
        else:
            actor.do(
                "iam",
                "DeleteRolePermissionsBoundary",
                {"RoleName": name},
                lambda: iam_of(actor).delete_role_permissions_boundary(name),
            )

    @staticmethod
    def _put(actor: Actor, name: str, policy: str, document: str) -> None:
        params = {"RoleName": name, "PolicyName": policy, "PolicyDocument": document}
        actor.do(
            "iam", "PutRolePolicy", params, lambda: iam_of(actor).put_role_policy(name, policy, document)
        )

    @staticmethod
    def _remove(actor: Actor, name: str, policy: str) -> None:
        params = {"RoleName": name, "PolicyName": policy}
        actor.do("iam", "DeleteRolePolicy", params, lambda: iam_of(actor).delete_role_policy(name, policy))

    @staticmethod
    def _attach(actor: Actor, name: str, arn: str) -> None:
        params = {"RoleName": name, "PolicyArn": arn}
        actor.do("iam", "AttachRolePolicy", params, lambda: iam_of(actor).attach_role_policy(arn, name))

    @staticmethod
    def _detach(actor: Actor, name: str, arn: str) -> None:
        params = {"RoleName": name, "PolicyArn": arn}
        actor.do("iam", "DetachRolePolicy", params, lambda: iam_of(actor).detach_role_policy(arn, name))
