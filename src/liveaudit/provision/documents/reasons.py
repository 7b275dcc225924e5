"""Why our documents differ from the original's. A test holds that every difference has one reason and every reason is used.

Sources, where a reason is AWS's: Service Authorization Reference; CloudFormation User Guide, "Grant self-managed
permissions"; AWS's notice of 31 October 2022 on SNS in stack sets; EventBridge User Guide, "Sending and receiving
events between AWS accounts" (a role on every target since 2 March 2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from liveaudit.provision import names


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for the differences of one kind in a document; ``subjects`` are actions or principals, patterns too."""

    document: str
    kind: str
    subjects: tuple[str, ...]
    text: str

    def fits(self, document: str, kind: str, subject: str) -> bool:
        """Whether it is the reason for this difference."""
        return (
            kind == self.kind
            and fnmatchcase(document, self.document)
            and any(fnmatchcase(subject, each) for each in self.subjects)
        )


_WHOLE = ("",)
_OUR_NAMES = "Only what bears our names; the original allows it on everything in the account."
_NO_BATCH = "There is no such action: SQS authorises DeleteMessageBatch by sqs:DeleteMessage."
_RECEIVER = names.RECEIVER_POLICY
_PUBLISHERS = names.RECEIVER_PUBLISHERS_POLICY
_EXECUTION = names.EXECUTION_POLICY

REASONS = (
    Reason(_RECEIVER, "removed", ("sqs:DeleteMessageBatch",), _NO_BATCH),
    Reason(
        _RECEIVER,
        "added",
        ("sqs:DeleteMessage",),
        "Without it messages are received and never deleted, so that each comes back until it is lost.",
    ),
    Reason(
        _RECEIVER,
        "added",
        ("sqs:ChangeMessageVisibility",),
        "What was received and could not be stored is handed back at once, and comes again.",
    ),
    Reason(_RECEIVER, "removed", ("sqs:ListQueues",), "The queue is found by its name."),
    Reason(
        _RECEIVER,
        "removed",
        ("sqs:AddPermission", "sqs:CreateQueue"),
        "Queues and their policies are made by the stack, as the execution role.",
    ),
    Reason(
        _RECEIVER,
        "added",
        ("sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
        "Finding the queue, and seeing its backlog and who may send to it.",
    ),
    Reason(
        _RECEIVER,
        "removed",
        ("cloudformation:DescribeStacks",),
        "How each stack of a stack set stands is told by ListStackInstances.",
    ),
    Reason(
        _RECEIVER,
        "added",
        ("cloudformation:ListStackSetOperations",),
        "Seeing what is under way, so that a second run waits for it instead of failing.",
    ),
    Reason(
        _RECEIVER,
        "added",
        ("iam:PassRole",),
        "Who makes a stack set that names its administration role passes that role on.",
    ),
    Reason(
        _RECEIVER,
        "added",
        ("cloudformation:DescribeOrganizationsAccess", "organizations:ListDelegatedAdministrators"),
        "Only with service-managed stack sets, which the original does not have.",
    ),
    Reason(
        _RECEIVER,
        "other resource",
        (
            "sqs:*",
            "cloudformation:DeleteStackSet",
            "cloudformation:DescribeStackSet*",
            "cloudformation:ListStack*",
        ),
        _OUR_NAMES,
    ),
    Reason(
        _RECEIVER,
        "other resource",
        (
            "cloudformation:CreateStackInstances",
            "cloudformation:DeleteStackInstances",
            "cloudformation:UpdateStack*",
        ),
        "Only stack sets under our names, and no other types of resources in them than our templates have.",
    ),
    Reason(
        _PUBLISHERS,
        "other resource",
        ("events:PutPermission", "events:RemovePermission"),
        "AWS lists no resource for these actions, so that a bus's ARN may match nothing.",
    ),
    Reason(
        _PUBLISHERS,
        "other resource",
        ("events:DescribeRule",),
        "A rule is what it is on; the ARN of a bus matches no rule.",
    ),
    Reason(
        _PUBLISHERS,
        "other resource",
        ("events:DescribeEventBus",),
        "The bus in the partition of this installation.",
    ),
    Reason(
        _PUBLISHERS,
        "added",
        ("events:ListTargetsByRule",),
        "Seeing whether the rule still sends to the queue.",
    ),
    Reason(
        names.ADMINISTRATION_POLICY,
        "other resource",
        ("sts:AssumeRole",),
        "The execution role in this partition; where stack sets enter the receiver only, in that account.",
    ),
    Reason(
        names.ADMINISTRATION_ROLE,
        "condition",
        ("cloudformation.amazonaws.com",),
        "CloudFormation acts for this account and for stack sets under our names, for nobody else's.",
    ),
    Reason(
        names.ADMINISTRATION_ROLE,
        "added",
        ("cloudformation.*.amazonaws.com",),
        "In a region that has to be enabled first, CloudFormation comes under the region's own name.",
    ),
    Reason(
        names.EXECUTION_ROLE,
        "removed",
        ("cloudformation.amazonaws.com",),
        "Stack sets come as the administration role; no stack is made with this role as its service role.",
    ),
    Reason(
        names.EXECUTION_ROLE,
        "condition",
        ("arn:*:root",),
        "Only the administration role, instead of everybody in the receiver who may assume roles.",
    ),
    Reason(
        names.EXECUTION_ROLE,
        "added",
        ("arn:*:root",),
        "The receiver, in the partition of this installation.",
    ),
    Reason(
        names.EXECUTION_ROLE,
        "removed",
        ("arn:*:root",),
        "The receiver, in the partition of this installation.",
    ),
    Reason(
        _EXECUTION,
        "removed",
        ("sns:Publish",),
        "Since 31 October 2022 stack sets need no permission on SNS, and our stacks have no topic.",
    ),
    Reason(_EXECUTION, "removed", ("sqs:DeleteMessageBatch",), _NO_BATCH),
    Reason(_EXECUTION, "removed", ("sqs:DeleteMessage",), "No stack receives or deletes messages."),
    Reason(
        _EXECUTION,
        "removed",
        ("sqs:AddPermission", "sqs:RemovePermission"),
        "A queue's policy is written whole, by sqs:SetQueueAttributes.",
    ),
    Reason(_EXECUTION, "removed", ("sqs:ListQueues",), "CloudFormation finds a queue by its name."),
    Reason(
        _EXECUTION,
        "added",
        ("sqs:GetQueueUrl", "sqs:ListQueueTags"),
        "CloudFormation's registry says that making and reading a queue needs it.",
    ),
    Reason(
        _EXECUTION,
        "added",
        ("sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes"),
        "A publisher has a dead-letter queue for what its rule could not deliver.",
    ),
    Reason(
        _EXECUTION,
        "added",
        (
            "events:ListTagsForResource",
            "events:ListTargetsByRule",
            "events:TagResource",
            "events:UntagResource",
        ),
        "CloudFormation's registry says that a rule needs it; CloudFormation tags rules by itself.",
    ),
    Reason(
        _EXECUTION,
        "added",
        ("iam:PassRole",),
        "Since March 2023 EventBridge takes a target in another account only with a role to send with.",
    ),
    Reason(
        _EXECUTION,
        "added",
        ("iam:[CDGLU]*", "iam:PutRolePolicy"),
        "The stack makes the forwarding role, as the settings ask; under that one name, and within a boundary only.",
    ),
    Reason(
        names.FORWARDING_BOUNDARY,
        "new",
        _WHOLE,
        "Who may make roles may give them anything; within this boundary they can only send to the receiver.",
    ),
    Reason(_EXECUTION, "other resource", ("*",), _OUR_NAMES),
    Reason(
        _EXECUTION,
        "condition",
        ("events:PutTargets",),
        "Our rules send to the receiver and to their own dead-letter queue, and cannot be turned elsewhere.",
    ),
    Reason(
        names.FORWARDING_ROLE,
        "new",
        _WHOLE,
        "Since March 2023 EventBridge takes a target in another account only with a role to send with; "
        "as printed, the original's publishers fail there.",
    ),
    Reason(
        names.AUDIT_ROLE,
        "new",
        _WHOLE,
        "The original takes its audit role as given; ours is made here, guarded by an external id.",
    ),
    Reason(
        f"{names.AUDIT_POLICY}-*",
        "new",
        _WHOLE,
        "The reads of the audit, made from the enabled policies; the original does not tell its own.",
    ),
    Reason(
        names.SETUP_POLICY,
        "new",
        _WHOLE,
        "What the set-up looks at before and after, and the hello by which it proves the way; the original proves nothing.",
    ),
    Reason(
        names.EVENT_HISTORY_POLICY,
        "new",
        _WHOLE,
        "Optional: a finding's page shows the raw event, from CloudTrail's event history; the original keeps none.",
    ),
    Reason(
        f"{names.RUNNER_POLICY}*",
        "new",
        _WHOLE,
        "Who runs liveaudit may assume the audit roles; with the original, that is the vendor's own cloud.",
    ),
    Reason(
        f"{names.FUNCTIONS_POLICY}*",
        "new",
        _WHOLE,
        "Functions of yours decide policies, and are asked; the original has no policies of one's own.",
    ),
    Reason(
        names.FIX_POLICY,
        "new",
        _WHOLE,
        "Fixes are on, and are run by a role of their own; the original has none.",
    ),
    Reason(
        f"{names.CHANNELS_POLICY}*",
        "new",
        _WHOLE,
        "Channels of the settings call AWS; the original tells nobody by itself.",
    ),
    Reason(
        names.HUB_POLICY,
        "new",
        _WHOLE,
        "A channel tells each account's own Security Hub; the original tells nobody by itself.",
    ),
    Reason(
        names.MANAGEMENT_POLICY,
        "new",
        _WHOLE,
        "Service-managed stack sets leave the management account out; the original has none.",
    ),
    Reason(
        names.EXECUTION_ROLE,
        "missing",
        _WHOLE,
        "No self-managed stack set enters this account.",
    ),
    Reason(
        names.EXECUTION_POLICY,
        "missing",
        _WHOLE,
        "No self-managed stack set enters this account.",
    ),
)
