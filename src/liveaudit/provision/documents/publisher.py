"""What makes an account take stacks of ours, and what its rules send with: execution role and forwarding role."""

from __future__ import annotations

from liveaudit.provision import names
from liveaudit.provision.documents import stacks
from liveaudit.provision.documents.model import ManagedPolicy, Role, Statement, Trust, arns, root
from liveaudit.provision.documents.receiver import dead_letters
from liveaudit.provision.installation import Delivery, Installation, RoleMaker


def destination(installation: Installation) -> str:
    """The ARN pattern of what the publishers' rules send to: the receiver's buses or queues of any region."""
    if installation.delivery is Delivery.DIRECT:
        return arns(installation.partition, "sqs", "*", installation.receiver, [installation.queue])[0]
    return names.bus_arn(installation.partition, installation.receiver, "*")


def forwarding_role(installation: Installation, account: str) -> Role:
    """The role with which EventBridge carries a publisher's events to the receiver."""
    partition = installation.partition
    action = "sqs:SendMessage" if installation.delivery is Delivery.DIRECT else "events:PutEvents"
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
                (
                    Statement(
                        "SendToReceiver",
                        (action,),
                        (destination(installation),),
                        "Events go to the receiver and nowhere else.",
                    ),
                ),
                "Sending to the receiver.",
            ),
        ),
    )


def publisher_stack(installation: Installation, account: str, *, own_role: bool) -> tuple[Statement, ...]:
    """What the resources of a publisher's stack need. ``own_role``: the stack makes the forwarding role."""
    partition = installation.partition
    undelivered = arns(partition, "sqs", "*", account, [names.UNDELIVERED_QUEUE])
    made = names.role_arn(partition, account, f"{names.FORWARDING_ROLE}-*")
    statements = [
        *stacks.rules(partition, account, targets=(destination(installation), *undelivered)),
        stacks.queues(partition, account, [names.UNDELIVERED_QUEUE]),
        stacks.pass_role(made if own_role else names.role_arn(partition, account, names.FORWARDING_ROLE)),
    ]
    if own_role:
        statements.append(
            Statement(
                "ForwardingRole",
                stacks.ROLE_ACTIONS,
                (made,),
                "The stack makes the forwarding role itself, as the settings ask (forwarding_role: stack-set).",
            )
        )
    return tuple(statements)


def execution_policy(installation: Installation, account: str) -> ManagedPolicy:
    """What stack sets may do in an account: stacks of ours, and the resources that our templates have for it."""
    partition = installation.partition
    if account == installation.receiver:
        queue_names = [installation.queue, dead_letters(installation.queue)]
        targets = arns(partition, "sqs", "*", account, queue_names)
        resources = (
            *stacks.rules(partition, account, targets=targets),
            stacks.queues(partition, account, queue_names),
        )
    else:
        own_role = installation.forwarding_role is RoleMaker.STACK_SET
        resources = publisher_stack(installation, account, own_role=own_role)
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
