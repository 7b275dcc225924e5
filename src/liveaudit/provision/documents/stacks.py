"""What stacks of ours call: CloudFormation itself, and the services whose resources they make.

Source of the resources' actions: the handlers' permissions in the CloudFormation registry (the schemas of
AWS::Events::Rule, AWS::SQS::Queue, AWS::SQS::QueuePolicy, AWS::IAM::Role, as cfn-lint ships them), without those that
only serve properties which our templates do not set: tags, attached policies. A test holds the lists against them.
"""

from __future__ import annotations

from collections.abc import Sequence

from liveaudit.intake.envelope import HELLO_DETAIL_TYPE, HELLO_SOURCE
from liveaudit.provision import names
from liveaudit.provision.documents.model import Statement, arns

EVENTS_SERVICE = "events.amazonaws.com"
STACK_ACTIONS = (
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStacks",
    "cloudformation:UpdateStack",
)
"""What AWS says a stack set always needs. Source: CloudFormation User Guide, "Grant self-managed permissions"."""
ORIGINAL_STACK_ACTIONS = (
    "cloudformation:CancelUpdateStack",
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:GetStackPolicy",
    "cloudformation:ListStackResources",
    "cloudformation:SetStackPolicy",
)
"""What the original allows besides: AWS says nowhere that a stack set goes without them."""
RULE_ACTIONS = (
    "events:DeleteRule",
    "events:DescribeRule",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
    "events:PutRule",
    "events:RemoveTargets",
    "events:TagResource",
    "events:UntagResource",
)
"""The registry has CloudFormation tag rules by itself."""
QUEUE_ACTIONS = (
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
    "sqs:SetQueueAttributes",
)
ROLE_ACTIONS = (
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)


def rules(partition: str, account: str, *, targets: Sequence[str]) -> tuple[Statement, ...]:
    """Our rules on the default bus, and no target for them but ``targets`` (ARNs, patterns too)."""
    own = arns(partition, "events", "*", account, [f"rule/{names.RULE}*"])
    return (
        Statement("Rules", RULE_ACTIONS, own, "The stack makes, changes and removes its event rules."),
        Statement(
            "Targets",
            ("events:PutTargets",),
            own,
            "The rules may send to the receiver and to their own dead-letter queue, and nowhere else.",
            {"ForAllValues:ArnLike": {"events:TargetArn": tuple(targets)}},
        ),
    )


def queues(partition: str, account: str, queue_names: Sequence[str]) -> Statement:
    """Our queues, by name."""
    return Statement(
        "Queues",
        QUEUE_ACTIONS,
        arns(partition, "sqs", "*", account, queue_names),
        "The stack makes, changes and removes its queues and their policies.",
    )


def pass_role(role_arn: str) -> Statement:
    """Handing the forwarding role to EventBridge."""
    return Statement(
        "PassForwardingRole",
        ("iam:PassRole",),
        (role_arn,),
        "Since March 2023 EventBridge takes a target in another account only with a role to send with.",
        {"StringEquals": {"iam:PassedToService": EVENTS_SERVICE}},
    )


def make_roles(role_arn: str, boundary: str) -> tuple[Statement, ...]:
    """Making, changing and removing the roles of this ARN or pattern, none without the boundary of that ARN."""
    return (
        Statement(
            "NewForwardingRole",
            ("iam:CreateRole",),
            (role_arn,),
            "The stack makes the forwarding role itself; whatever it is given, it can only send to the receiver.",
            {"StringEquals": {"iam:PermissionsBoundary": boundary}},
        ),
        Statement("ForwardingRole", ROLE_ACTIONS, (role_arn,), "The stack changes and removes that role."),
    )


def hello(partition: str, account: str) -> Statement:
    """The proof's own event, which no AWS service could have sent: sources that begin with ``aws.`` are refused."""
    return Statement(
        "Hello",
        ("events:PutEvents",),
        (names.bus_arn(partition, account, "*"),),
        "The proof (setup verify) sends a hello through the very rules that forward the changes.",
        {
            "ForAllValues:StringLike": {"events:source": f"{HELLO_SOURCE}*"},
            "ForAllValues:StringEquals": {"events:detail-type": HELLO_DETAIL_TYPE},
            "Null": {"events:source": "false", "events:detail-type": "false"},
        },
    )
