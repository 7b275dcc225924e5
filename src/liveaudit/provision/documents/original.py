"""The original's documents, as they were printed: facts to compare with, and to print for who wants to see them.

Source: Skyhigh Security, "Near Real Time Configuration Audit for AWS", the policies and trusts under "Receiver AWS
Account" and "Publisher AWS Account". The page does not print the administration role's trust; that is AWS's own
(CloudFormation User Guide, "Grant self-managed permissions"). The role MVC_for_AWS_role it takes as given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.provision import names

_VERSION = "2012-10-17"
_RECEIVER_ACTIONS = (
    "cloudformation:CreateStackInstances",
    "cloudformation:DeleteStackInstances",
    "cloudformation:UpdateStackInstances",
    "cloudformation:ListStackInstances",
    "cloudformation:DescribeStacks",
    "sqs:ListQueues",
    "sqs:AddPermission",
    "sqs:DeleteMessageBatch",
    "sqs:ReceiveMessage",
    "sqs:CreateQueue",
    "cloudformation:DescribeStackSet",
    "cloudformation:CreateStackSet",
    "cloudformation:UpdateStackSet",
    "cloudformation:DescribeStackSetOperation",
    "cloudformation:ListStackSetOperationResults",
    "cloudformation:DeleteStackSet",
)
_BUS_ACTIONS = (
    "events:PutPermission",
    "events:DescribeEventBus",
    "events:DescribeRule",
    "events:RemovePermission",
)
_RECEIVER_EXECUTION_ACTIONS = (
    "sns:Publish",
    "cloudformation:CancelUpdateStack",
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStacks",
    "cloudformation:GetStackPolicy",
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
    "cloudformation:SetStackPolicy",
    "cloudformation:UpdateStack",
    "events:DeleteRule",
    "events:DescribeRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "sqs:AddPermission",
    "sqs:CreateQueue",
    "sqs:DeleteMessage",
    "sqs:DeleteMessageBatch",
    "sqs:DeleteQueue",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
    "sqs:RemovePermission",
    "sqs:SetQueueAttributes",
)
_PUBLISHER_EXECUTION_ACTIONS = (
    "events:PutTargets",
    "events:DeleteRule",
    "sqs:ListQueues",
    "events:DescribeRule",
    "cloudformation:CreateStack",
    "cloudformation:ListStacks",
    "cloudformation:UpdateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStacks",
    "cloudformation:SetStackPolicy",
    "cloudformation:GetStackPolicy",
    "cloudformation:CancelUpdateStack",
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:ListStackResources",
    "events:PutRule",
    "sqs:GetQueueAttributes",
    "events:RemoveTargets",
    "sns:Publish",
)


@dataclass(frozen=True, slots=True)
class OriginalRole:
    """A role of the original. ``trust`` is None where the original takes it as given."""

    name: str
    trust: Mapping[str, Any] | None
    attached: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OriginalDocuments:
    """What the original has the owner of one account make. ``policies``: name to document."""

    account: str
    policies: Mapping[str, Mapping[str, Any]]
    roles: tuple[OriginalRole, ...]


def original_receiver(receiver: str) -> OriginalDocuments:
    """The receiver's documents, with its account filled in."""
    return OriginalDocuments(
        receiver,
        {
            names.RECEIVER_POLICY: _document(
                "ShnNrtConfigAuditReceiverPermissions", _RECEIVER_ACTIONS, ["*"]
            ),
            names.RECEIVER_PUBLISHERS_POLICY: _document(
                "ShnNrtConfigAuditReceiverProducerList",
                _BUS_ACTIONS,
                [f"arn:aws:events:*:{receiver}:event-bus/default"],
            ),
            names.ADMINISTRATION_POLICY: {
                "Version": _VERSION,
                "Statement": [
                    {
                        "Action": ["sts:AssumeRole"],
                        "Resource": [f"arn:aws:iam::*:role/{names.EXECUTION_ROLE}"],
                        "Effect": "Allow",
                    }
                ],
            },
            names.EXECUTION_POLICY: _document("VisualEditor0", _RECEIVER_EXECUTION_ACTIONS, "*"),
        },
        (
            OriginalRole(
                names.ADMINISTRATION_ROLE,
                {"Version": _VERSION, "Statement": [_trusted_service()]},
                (names.ADMINISTRATION_POLICY,),
            ),
            _execution_role(receiver),
            OriginalRole(names.AUDIT_ROLE, None, (names.RECEIVER_POLICY, names.RECEIVER_PUBLISHERS_POLICY)),
        ),
    )


def original_publisher(publisher: str, receiver: str) -> OriginalDocuments:
    """The documents of a publisher that is not the receiver, with the receiver's account filled in."""
    return OriginalDocuments(
        publisher,
        {names.EXECUTION_POLICY: _document("VisualEditor0", _PUBLISHER_EXECUTION_ACTIONS, "*")},
        (_execution_role(receiver),),
    )


def _execution_role(receiver: str) -> OriginalRole:
    return OriginalRole(
        names.EXECUTION_ROLE,
        {
            "Version": _VERSION,
            "Statement": [
                {"Sid": "", **_trusted_service()},
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{receiver}:root"},
                    "Action": "sts:AssumeRole",
                    "Condition": {},
                },
            ],
        },
        (names.EXECUTION_POLICY,),
    )


def _trusted_service() -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def _document(sid: str, actions: Sequence[str], resource: str | list[str]) -> dict[str, Any]:
    return {
        "Version": _VERSION,
        "Statement": [{"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}],
    }
