"""The documents that an account's owner makes once: roles, their trust, their permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.provision import names

_VERSION = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its trust document and its permissions, as IAM takes them."""

    name: str
    trust: Mapping[str, Any]
    permissions: Mapping[str, Any]


def _document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": _VERSION, "Statement": list(statements)}


def _trust(principal: Mapping[str, Any], condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": dict(principal), "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = dict(condition)
    return _document(statement)


def receiver_roles(partition: str, receiver: str) -> list[Role]:
    """What the receiver needs beside the roles of every account: the role that runs stack sets."""
    return [
        Role(
            names.ADMINISTRATION_ROLE,
            _trust(
                {"Service": "cloudformation.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": receiver}}
            ),
            _document(
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Resource": names.role_arn(partition, "*", names.EXECUTION_ROLE),
                }
            ),
        )
    ]


def account_roles(
    partition: str,
    account: str,
    *,
    receiver: str,
    external_id: str,
    read_actions: Sequence[str],
) -> list[Role]:
    """What every account needs: execution, forwarding and audit role.

    The forwarding role exists because EventBridge, since March 2023, demands a role for every new target that is
    a bus of another account. Sources: EventBridge User Guide, "Sending and receiving events between AWS
    accounts"; CloudFormation User Guide, "Grant self-managed permissions".
    """
    admin = names.role_arn(partition, receiver, names.ADMINISTRATION_ROLE)
    return [
        Role(names.EXECUTION_ROLE, _trust({"AWS": admin}), _execution(partition, account)),
        Role(
            names.FORWARDING_ROLE,
            _trust(
                {"Service": "events.amazonaws.com"},
                {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": f"arn:{partition}:events:*:{account}:rule/{names.RULE}"},
                },
            ),
            _document(
                {
                    "Effect": "Allow",
                    "Action": "events:PutEvents",
                    "Resource": names.bus_arn(partition, receiver, "*"),
                }
            ),
        ),
        Role(
            names.AUDIT_ROLE,
            _trust(
                {"AWS": f"arn:{partition}:iam::{receiver}:root"},
                {"StringEquals": {"sts:ExternalId": external_id}},
            ),
            _document({"Effect": "Allow", "Action": list(read_actions), "Resource": "*"}),
        ),
    ]


def _execution(partition: str, account: str) -> dict[str, Any]:
    """What a stack of ours may do in an account, and on nothing but what bears our names."""
    return _document(
        {
            "Effect": "Allow",
            "Action": [
                "cloudformation:CreateStack",
                "cloudformation:DeleteStack",
                "cloudformation:DescribeStacks",
                "cloudformation:UpdateStack",
            ],
            "Resource": f"arn:{partition}:cloudformation:*:{account}:stack/StackSet-liveaudit-*",
        },
        {
            "Effect": "Allow",
            "Action": [
                "events:DeleteRule",
                "events:DescribeRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
            ],
            "Resource": f"arn:{partition}:events:*:{account}:rule/{names.RULE}",
        },
        {
            "Effect": "Allow",
            "Action": [
                "sqs:CreateQueue",
                "sqs:DeleteQueue",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:SetQueueAttributes",
            ],
            "Resource": f"arn:{partition}:sqs:*:{account}:liveaudit-*",
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": names.role_arn(partition, account, names.FORWARDING_ROLE),
            "Condition": {"StringEquals": {"iam:PassedToService": "events.amazonaws.com"}},
        },
    )
