"""What the receiver's owner makes besides: the two policies of its audit role, and the role that runs stack sets."""

from __future__ import annotations

from liveaudit.provision import names
from liveaudit.provision.documents.model import (
    ManagedPolicy,
    Role,
    Statement,
    Trust,
    arns,
    execution_role,
)
from liveaudit.provision.installation import Installation, Rollout

CLOUDFORMATION_SERVICE = "cloudformation.amazonaws.com"
STACK_SET_READS = (
    "cloudformation:DescribeStackSet",
    "cloudformation:DescribeStackSetOperation",
    "cloudformation:ListStackInstances",
    "cloudformation:ListStackSetOperationResults",
    "cloudformation:ListStackSetOperations",
)
STACK_SET_CHANGES = (
    "cloudformation:CreateStackInstances",
    "cloudformation:DeleteStackInstances",
    "cloudformation:UpdateStackInstances",
    "cloudformation:UpdateStackSet",
)
TEMPLATE_TYPES = (
    "AWS-Events-Rule",
    "AWS-IAM-ManagedPolicy",
    "AWS-IAM-Role",
    "AWS-SQS-Queue",
    "AWS-SQS-QueuePolicy",
)
"""Resource types that stand in our stack sets' templates, as IAM writes them."""
_ALWAYS_ENABLED = frozenset(
    {
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
        *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        *(
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
        ),
    }
)
"""The regions of the aws partition that every account has; AWS's later ones have to be enabled.
Source: Account Management Reference Guide, "Enable or disable AWS Regions in your account"."""


def receiver_policy(installation: Installation) -> ManagedPolicy:
    """Work on the queues, and stack sets under our names."""
    partition, receiver = installation.partition, installation.receiver
    owners = _owners_of_stack_sets(installation)
    stack_sets = tuple(
        arn
        for owner in owners
        for arn in arns(partition, "cloudformation", installation.home, owner, ["stackset/liveaudit-*:*"])
    )
    instances = (
        *stack_sets,
        *(f"arn:{partition}:cloudformation:*:{owner}:stackset-target/liveaudit-*" for owner in owners),
        *arns(partition, "cloudformation", "*", "*", [f"type/resource/{each}" for each in TEMPLATE_TYPES]),
    )
    statements = [
        Statement(
            "Messages",
            ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"),
            arns(partition, "sqs", "*", receiver, [installation.queue]),
            "The worker receives events, and deletes a message once what it says is stored, or gives it back.",
        ),
        Statement(
            "QueueState",
            ("sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
            arns(
                partition, "sqs", "*", receiver, [installation.queue, names.dead_letters(installation.queue)]
            ),
            "Finding the queues, seeing their backlog, and who may send to them.",
        ),
        Statement(
            "StackSets",
            ("cloudformation:DeleteStackSet", *STACK_SET_READS),
            stack_sets,
            "The set-up follows its stack sets and takes them down.",
        ),
        Statement(
            "StackInstances",
            STACK_SET_CHANGES,
            instances,
            "The set-up rolls its stacks out, with no other types of resources than its templates have.",
        ),
        Statement(
            "NewStackSets",
            ("cloudformation:CreateStackSet",),
            ("*",),
            "The set-up makes its stack sets; AWS knows no narrower resource for this action.",
        ),
        Statement(
            "PassAdministrationRole",
            ("iam:PassRole",),
            (names.role_arn(partition, receiver, names.ADMINISTRATION_ROLE),),
            "Who makes a stack set that names its role hands CloudFormation that role.",
            {"StringEquals": {"iam:PassedToService": CLOUDFORMATION_SERVICE}},
        ),
    ]
    if installation.rollout is Rollout.SERVICE_MANAGED:
        delegated = len(owners) > 1
        statements.append(
            Statement(
                "OrganizationAccess",
                (
                    "cloudformation:DescribeOrganizationsAccess",
                    *(("organizations:ListDelegatedAdministrators",) if delegated else ()),
                ),
                ("*",),
                "Service-managed stack sets need CloudFormation's access to the organization"
                + (
                    ", and CloudFormation looks whether this account is its administrator."
                    if delegated
                    else "."
                ),
            )
        )
    return ManagedPolicy(
        names.RECEIVER_POLICY, tuple(statements), "Queues and stack sets of liveaudit in the receiver."
    )


def receiver_publishers_policy(installation: Installation) -> ManagedPolicy:
    """Letting publishers in on the default bus, and seeing who is in."""
    partition, receiver = installation.partition, installation.receiver
    return ManagedPolicy(
        names.RECEIVER_PUBLISHERS_POLICY,
        (
            Statement(
                "Grants",
                ("events:PutPermission", "events:RemovePermission"),
                ("*",),
                "The set-up lets publishers send to the default bus; AWS knows no narrower resource for these.",
            ),
            Statement(
                "Bus",
                ("events:DescribeEventBus",),
                (names.bus_arn(partition, receiver, "*"),),
                "Who may send to the bus now: grants of others are counted and left alone.",
            ),
            Statement(
                "Rules",
                ("events:DescribeRule", "events:ListTargetsByRule"),
                arns(partition, "events", "*", receiver, [f"rule/{names.RULE}*"]),
                "Whether the receiver's rules stand as they were made.",
            ),
        ),
        "Which publishers may send to the receiver's event bus.",
    )


def administration_policy(installation: Installation) -> ManagedPolicy:
    """Entering the accounts as their execution role."""
    accounts = sorted({installation.receiver, *(each.id for each in installation.other_publishers)})
    if installation.rollout is Rollout.SERVICE_MANAGED:
        accounts = [installation.receiver]
    return ManagedPolicy(
        names.ADMINISTRATION_POLICY,
        (
            Statement(
                "EnterAccounts",
                ("sts:AssumeRole",),
                (execution_role(installation.partition, "*" if len(accounts) > 1 else accounts[0]),),
                "CloudFormation makes the stacks of a stack set as each account's execution role.",
            ),
        ),
        "Lets CloudFormation stack sets enter the accounts of liveaudit.",
    )


def administration_role(installation: Installation) -> Role:
    """The role that CloudFormation takes on to run our stack sets."""
    partition, receiver = installation.partition, installation.receiver
    return Role(
        names.ADMINISTRATION_ROLE,
        (
            Trust(
                "StackSets",
                "Service",
                (CLOUDFORMATION_SERVICE, *_regional_services(installation)),
                {
                    "StringEquals": {"aws:SourceAccount": receiver},
                    "ArnLike": {
                        "aws:SourceArn": arns(
                            partition, "cloudformation", "*", receiver, ["stackset/liveaudit-*"]
                        )[0]
                    },
                },
                "CloudFormation, for stack sets of this account under our names.",
            ),
        ),
        "Runs the stack sets of liveaudit.",
        attached=(names.ADMINISTRATION_POLICY,),
    )


def _owners_of_stack_sets(installation: Installation) -> tuple[str, ...]:
    """A delegated administrator's stack sets are the management account's."""
    organization = installation.organization
    if (
        installation.rollout is Rollout.SERVICE_MANAGED
        and organization is not None
        and organization.by_delegated_administrator
    ):
        return installation.receiver, organization.management_account
    return (installation.receiver,)


def _regional_services(installation: Installation) -> tuple[str, ...]:
    """In a region that has to be enabled first, CloudFormation comes under the region's own name."""
    if installation.partition != "aws":
        return ()
    return tuple(
        f"cloudformation.{region}.amazonaws.com"
        for region in installation.regions
        if region not in _ALWAYS_ENABLED
    )
