"""Policies of IAM as resources of stacks: managed ones, and inline ones on roles, users and groups.

Sources: CloudFormation Template Reference, "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from liveaudit.lab.stacks.actor import Actor, ResourceFailure, Subject
from liveaudit.lab.stacks.identity import find_role, iam_of
from liveaudit.lab.stacks.resource import Resource, as_list, text

_VERSIONS = 5
"""How many versions a managed policy may have. Source: IAM quotas."""
_KINDS = (("Role", "Roles"), ("User", "Users"), ("Group", "Groups"))


def _holders(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, key in _KINDS:
        for name in as_list(properties.get(key)):
            yield kind, str(name)


def _on_holders(
    actor: Actor, holders: set[tuple[str, str]], verb: str, noun: str
) -> dict[str, list[Subject]]:
    """Which action is on which role, user or group: ``verb`` and ``noun`` around the kind."""
    return {
        f"iam:{verb}{kind}{noun}": [
            (actor.arn("iam", f"{kind.lower()}/{name}", everywhere=True), {})
            for one, name in sorted(holders)
            if one == kind
        ]
        for kind, _ in _KINDS
    }


class ManagedPolicy:
    """``AWS::IAM::ManagedPolicy``."""

    type: ClassVar[str] = "AWS::IAM::ManagedPolicy"
    fixed: ClassVar[frozenset[str]] = frozenset({"ManagedPolicyName", "Path", "Description"})
    name: ClassVar[str] = "ManagedPolicyName"

    def create(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        properties = resource.properties
        name = str(properties.get("ManagedPolicyName") or resource.suggested_name)
        path = str(properties.get("Path") or "/")
        arn = actor.arn("iam", f"policy{path}{name}", everywhere=True)
        holders = set(_holders(properties))
        actor.demand(self.type, "create", arn, others=_on_holders(actor, holders, "Attach", "Policy"))
        document = text(properties["PolicyDocument"])
        description = str(properties.get("Description") or "")
        params = {"PolicyName": name, "Path": path, "PolicyDocument": document}
        actor.do(
            "iam",
            "CreatePolicy",
            params,
            lambda: iam_of(actor).create_policy(description, path, document, name, []),
            lambda made: {"Policy": {"PolicyName": name, "PolicyId": made.id, "Arn": made.arn, "Path": path}},
        )
        resource.physical_id = arn
        resource.attributes = {"PolicyArn": arn}
        self._attach(actor, arn, holders)

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """See ``Handler``."""
        arn = resource.physical_id
        before, after = set(_holders(resource.properties)), set(_holders(properties))
        changed = resource.properties["PolicyDocument"] != properties["PolicyDocument"]
        policy = iam_of(actor).managed_policies.get(arn)
        full = policy is not None and len(policy.versions) >= _VERSIONS
        spared = {
            *(() if changed else ("iam:CreatePolicyVersion", "iam:ListPolicyVersions")),
            *(() if changed and full else ("iam:DeletePolicyVersion",)),
        }
        others = {
            **_on_holders(actor, after - before, "Attach", "Policy"),
            **_on_holders(actor, before - after, "Detach", "Policy"),
        }
        actor.demand(self.type, "update", arn, spared=spared, others=others)
        if policy is None:
            raise ResourceFailure(f"Policy {arn} was not found.", "NotFound", "Iam")
        if changed:
            if full:
                oldest = next(one.version_id for one in policy.versions if not one.is_default)
                self._delete_version(actor, arn, oldest)
            document = text(properties["PolicyDocument"])
            actor.do(
                "iam",
                "CreatePolicyVersion",
                {"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": True},
                lambda: iam_of(actor).create_policy_version(arn, document, True),
            )
        self._attach(actor, arn, after - before)
        self._detach(actor, arn, before - after)

    def delete(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        arn = resource.physical_id
        policy = iam_of(actor).managed_policies.get(arn)
        holders = {one for one in _holders(resource.properties) if _is_attached(actor, arn, one)}
        versions = [one.version_id for one in policy.versions if not one.is_default] if policy else []
        spared = set() if versions else {"iam:DeletePolicyVersion"}
        others = _on_holders(actor, holders, "Detach", "Policy")
        actor.demand(self.type, "delete", arn, spared=spared, others=others)
        if policy is None:
            return
        self._detach(actor, arn, holders)
        for version in versions:
            self._delete_version(actor, arn, version)
        if policy.attachment_count:
            raise ResourceFailure(
                "Cannot delete a policy attached to entities.", "GeneralServiceException", "Iam"
            )
        actor.do("iam", "DeletePolicy", {"PolicyArn": arn}, lambda: iam_of(actor).delete_policy(arn))

    @staticmethod
    def _delete_version(actor: Actor, arn: str, version: str) -> None:
        params = {"PolicyArn": arn, "VersionId": version}
        actor.do(
            "iam", "DeletePolicyVersion", params, lambda: iam_of(actor).delete_policy_version(arn, version)
        )

    @staticmethod
    def _attach(actor: Actor, arn: str, holders: set[tuple[str, str]]) -> None:
        _on_each(actor, "attach", "Attach", arn, holders)

    @staticmethod
    def _detach(actor: Actor, arn: str, holders: set[tuple[str, str]]) -> None:
        _on_each(actor, "detach", "Detach", arn, holders)


def _on_each(actor: Actor, method: str, verb: str, arn: str, holders: set[tuple[str, str]]) -> None:
    for kind, name in sorted(holders):
        act = getattr(iam_of(actor), f"{method}_{kind.lower()}_policy")
        actor.do(
            "iam",
            f"{verb}{kind}Policy",
            {f"{kind}Name": name, "PolicyArn": arn},
            partial(act, arn, name),
        )


def _is_attached(actor: Actor, arn: str, holder: tuple[str, str]) -> bool:
    kind, name = holder
    iam = iam_of(actor)
    if kind == "Role":
        found = find_role(actor, name)
    else:
        found = (iam.users if kind == "User" else iam.groups).get(name)
    return found is not None and arn in found.managed_policies


class InlinePolicy:
    """``AWS::IAM::Policy``: an inline policy on roles, users and groups."""

    type: ClassVar[str] = "AWS::IAM::Policy"
    fixed: ClassVar[frozenset[str]] = frozenset()
    name: ClassVar[str] = ""

    def create(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        holders = set(_holders(resource.properties))
        others = {
            **_on_holders(actor, holders, "Put", "Policy"),
            **_on_holders(actor, holders, "Get", "Policy"),
        }
        actor.demand(self.type, "create", "*", others=others)
        resource.attributes = {"Id": resource.suggested_name}
        resource.physical_id = resource.suggested_name
        self._put(actor, holders, resource.properties)

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """See ``Handler``."""
        before, after = set(_holders(resource.properties)), set(_holders(properties))
        renamed = resource.properties["PolicyName"] != properties["PolicyName"]
        gone = before if renamed else before - after
        others = {
            **_on_holders(actor, after, "Put", "Policy"),
            **_on_holders(actor, gone, "Delete", "Policy"),
        }
        actor.demand(self.type, "update", "*", others=others)
        self._put(actor, after, properties)
        self._remove(actor, gone, str(resource.properties["PolicyName"]))

    def delete(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        holders = set(_holders(resource.properties))
        actor.demand(self.type, "delete", "*", others=_on_holders(actor, holders, "Delete", "Policy"))
        self._remove(actor, holders, str(resource.properties["PolicyName"]))

    @staticmethod
    def _put(actor: Actor, holders: set[tuple[str, str]], properties: Mapping[str, Any]) -> None:
        policy, document = str(properties["PolicyName"]), text(properties["PolicyDocument"])
        for kind, name in sorted(holders):
            act = getattr(iam_of(actor), f"put_{kind.lower()}_policy")
            actor.do(
                "iam",
                f"Put{kind}Policy",
                {f"{kind}Name": name, "PolicyName": policy, "PolicyDocument": document},
                partial(act, name, policy, document),
            )

    @staticmethod
    def _remove(actor: Actor, holders: set[tuple[str, str]], policy: str) -> None:
        for kind, name in sorted(holders):
            iam = iam_of(actor)
            if kind == "Role":
                found = find_role(actor, name)
            else:
                found = (iam.users if kind == "User" else iam.groups).get(name)
            if found is None or policy not in found.policies:
                continue
            act = getattr(iam, f"delete_{kind.lower()}_policy")
            actor.do(
                "iam",
                f"Delete{kind}Policy",
                {f"{kind}Name": name, "PolicyName": policy},
                partial(act, name, policy),
            )
