"""An account's documents as Terraform configuration: one file, a root module of its own.

Source: Terraform AWS provider, aws_iam_policy, aws_iam_role, aws_iam_role_policy, aws_iam_role_policy_attachment.
"""

from __future__ import annotations

from collections.abc import Iterator

from liveaudit.provision.documents.model import AccountDocuments, Role
from liveaudit.provision.render.hcl import Block, Call, Ref, Value, hcl, identifier

_PROVIDER: dict[str, Value] = {"source": "hashicorp/aws", "version": ">= 5.0"}

_KEPT = Block("lifecycle", (), {"ignore_changes": [Ref("description")]})
"""A policy's description is that of its making: another one would be another policy."""


def configuration(documents: AccountDocuments, home: str) -> str:
    """The text of ``main.tf``. It works in that account only: the provider refuses any other."""
    taken: set[str] = set()
    policies = {each.name: _free(each.name, taken) for each in documents.policies}
    roles = {each.name: _free(each.name, taken) for each in documents.roles}
    blocks = [
        Block("terraform", blocks=(Block("required_providers", (), {"aws": _PROVIDER}),)),
        Block("provider", ("aws",), {"region": home, "allowed_account_ids": [documents.account]}),
    ]
    for policy in documents.policies:
        blocks.append(
            Block(
                "resource",
                ("aws_iam_policy", policies[policy.name]),
                {
                    "name": policy.name,
                    "description": policy.why,
                    "policy": Call("jsonencode", policy.document),
                },
                (_KEPT,),
            )
        )
    for role in documents.roles:
        blocks += _role(role, roles[role.name], policies)
    return hcl(blocks, comment=f"liveaudit: {', '.join(documents.parts)} {documents.account}")


def _role(role: Role, name: str, policies: dict[str, str]) -> Iterator[Block]:
    yield Block(
        "resource",
        ("aws_iam_role", name),
        {
            "name": role.name,
            "path": role.path,
            "description": role.why,
            "assume_role_policy": Call("jsonencode", role.trust),
        },
    )
    for policy in role.inline:
        yield Block(
            "resource",
            ("aws_iam_role_policy", f"{name}_{identifier(policy.name)}"),
            {
                "name": policy.name,
                "role": Ref(f"aws_iam_role.{name}.name"),
                "policy": Call("jsonencode", policy.document),
            },
        )
    for each in role.attached:
        yield Block(
            "resource",
            ("aws_iam_role_policy_attachment", f"{name}_{policies[each]}"),
            {
                "role": Ref(f"aws_iam_role.{name}.name"),
                "policy_arn": Ref(f"aws_iam_policy.{policies[each]}.arn"),
            },
        )


def _free(name: str, taken: set[str]) -> str:
    wanted = identifier(name)
    candidate, number = wanted, 1
    while candidate in taken:
        number += 1
        candidate = f"{wanted}_{number}"
    taken.add(candidate)
    return candidate
