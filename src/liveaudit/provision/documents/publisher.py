"""What makes an account take stacks of ours, and what its rules send with: execution role and forwarding role."""

from __future__ import annotations

from liveaudit.provision import names
from liveaudit.provision.documents import stacks
from liveaudit.provision.documents.model import ManagedPolicy, Role, Statement, Trust, arns, root
from liveaudit.provision.installation import Delivery, Installation


def destination(installation: Installation) -> str:
    """The ARN pattern of what the publishers' rules send to: the receiver's buses or queues of any region."""
    if installation.delivery is Delivery.DIRECT:
        return arns(installation.partition, "sqs", "*", installation.receiver, [installation.queue])[0]
    return names.bus_arn(installation.partition, installation.receiver, "*")


def forwarding_role(installation: Installation, account: str) -> Role:
    """The role with which EventBridge carries a publisher's events to the receiver."""
    partition = installation.partition
    return Role(
        names.FORWARDING_ROLE,
        (
            Trust(
                "RulesOfThisAccount",
                "Service",
                (stacks.EVENTS_SERVICE,),
                {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": _rules(partition, account)},
                },
                "EventBridge, for our rules of this account only.",
            ),
        ),
        "Sends configuration changes to the receiver of liveaudit.",
        inline=(
            ManagedPolicy(
                names.FORWARDING_ROLE,
                (_send(installation),),
                "Sending to the receiver.",
            ),
        ),
    )


def _send(installation: Installation) -> Statement:
    return Statement(
        "SendToReceiver",
        ("sqs:SendMessage" if installation.delivery is Delivery.DIRECT else "events:PutEvents",),
        (destination(installation),),
        "Events go to the receiver and nowhere else.",
    )


def publisher_stack(installation: Installation, account: str) -> tuple[Statement, ...]:
    """What the resources of a publisher's stack need."""
    partition = installation.partition
    own_role = installation.stacks_make_forwarding_role
    undelivered = arns(partition, "sqs", "*", account, [names.UNDELIVERED_QUEUE])
    made = names.role_arn(partition, account, f"{names.FORWARDING_ROLE}-*")
    statements = [
        *stacks.rules(partition, account, targets=(destination(installation), *undelivered)),
        stacks.queues(partition, account, [names.UNDELIVERED_QUEUE]),
        stacks.pass_role(made if own_role else names.role_arn(partition, account, names.FORWARDING_ROLE)),
    ]
    if own_role:
        boundary = f"arn:{partition}:iam::{account}:policy/{names.FORWARDING_BOUNDARY}"
        statements += stacks.make_roles(made, boundary)
    return tuple(statements)


def forwarding_boundary(installation: Installation) -> ManagedPolicy:
    """All that a forwarding role made by a stack can ever do, whatever policy it is given."""
    return ManagedPolicy(
        names.FORWARDING_BOUNDARY,
        (_send(installation),),
        "The most that a role made by liveaudit's stack set can do.",
    )


def execution_policy(installation: Installation, account: str) -> ManagedPolicy:
    """What stack sets may do in an account: stacks of ours, and the resources that our templates have for it."""
    partition = installation.partition
    if account == installation.receiver:
        queue_names = [installation.queue, names.dead_letters(installation.queue)]
        targets = arns(partition, "sqs", "*", account, queue_names)
        resources = (
            *stacks.rules(partition, account, targets=targets),
            stacks.queues(partition, account, queue_names),
        )
    else:
        resources = publisher_stack(installation, account)
    return ManagedPolicy(
        names.EXECUTION_POLICY,
        (
            Statement(
                "Stacks",
                (*stacks.STACK_ACTIONS, *stacks.ORIGINAL_STACK_ACTIONS),
                arns(partition, "cloudformation", "*", account, ["stack/StackSet-liveaudit-*/*"]),
                "CloudFormation makes, changes and removes the stacks of our stack sets.",
            ),
            Statement(
                "StackList",
                ("cloudformation:ListStacks",),
                ("*",),
                "CloudFormation's own look at which stacks there are; AWS knows no narrower resource for it.",
            ),
            *resources,
        ),
        "What the stack sets of liveaudit may do in this account.",
    )


def execution_role(installation: Installation) -> Role:
    """The role as which stack sets make the stacks of an account."""
    partition, receiver = installation.partition, installation.receiver
    administration = names.role_arn(partition, receiver, names.ADMINISTRATION_ROLE)
    return Role(
        names.EXECUTION_ROLE,
        (
            Trust(
                "AdministrationRole",
                "AWS",
                (root(partition, receiver),),
                {"ArnEquals": {"aws:PrincipalArn": administration}},
                "The receiver's administration role and nobody else there. Named by condition, so that it may be made "
                "later, or made anew.",
            ),
        ),
        "Takes the stacks of liveaudit's stack sets.",
        attached=(names.EXECUTION_POLICY,),
    )


def _rules(partition: str, account: str) -> str:
    return arns(partition, "events", "*", account, [f"rule/{names.RULE}*"])[0]
