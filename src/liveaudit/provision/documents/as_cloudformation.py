"""An account's documents as a CloudFormation template that makes them all.

Source: CloudFormation template reference, AWS::IAM::Role and AWS::IAM::ManagedPolicy. Names are given, so the stack
needs CAPABILITY_NAMED_IAM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.provision.documents.model import ANY_ACCOUNT, AccountDocuments, Role
from liveaudit.provision.render.cloudformation import Template, portable, ref

CAPABILITY = "CAPABILITY_NAMED_IAM"


def template(documents: AccountDocuments, *, metadata: Mapping[str, Any] | None = None) -> Template:
    """A template with every policy and role. Pseudo parameters are substituted in those of ``ANY_ACCOUNT`` only."""
    written = portable if documents.account == ANY_ACCOUNT else _as_it_is
    made = Template(
        f"liveaudit: roles and policies ({', '.join(documents.parts)})",
        metadata=metadata,
    )
    policies = {
        policy.name: made.add(
            policy.name,
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": policy.name,
                "PolicyDocument": written(policy.document),
            },
            # no Description: a policy with a name could never get another one, and the stack could not be updated
            {"Why": policy.why},
        )
        for policy in documents.policies
    }
    for role in documents.roles:
        made.add(role.name, "AWS::IAM::Role", _role(role, policies, written))
    return made


def _as_it_is(value: Any) -> Any:
    return value


def _role(role: Role, policies: Mapping[str, str], written: Callable[[Any], Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "RoleName": role.name,
        "Description": role.why,
        "AssumeRolePolicyDocument": written(role.trust),
    }
    if role.path != "/":
        properties["Path"] = role.path
    if role.attached:
        properties["ManagedPolicyArns"] = [ref(policies[each]) for each in role.attached]
    if role.inline:
        properties["Policies"] = [
            {"PolicyName": each.name, "PolicyDocument": written(each.document)} for each in role.inline
        ]
    return properties
