"""The CloudFormation templates of the stack sets. Pure; one template serves every account, region and partition.

Sources: CloudFormation template reference of AWS::Events::Rule, AWS::SQS::Queue, AWS::SQS::QueuePolicy and
AWS::IAM::Role; CloudFormation quotas (51,200 bytes of a template body).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.installation import Delivery, Installation, SetupError
from liveaudit.provision.patterns import Rule
from liveaudit.provision.queue_policy import direct_statement
from liveaudit.provision.render.text import compact

TEMPLATE_LIMIT = 51_200
OWNER = "liveaudit"
"""The key of a template's metadata by which we know what is ours."""
REPAIR = "Repair"
"""The parameter that stands in rules and queue policies: CloudFormation writes them again when it changes, and so
undoes what somebody else changed by hand, which it does not look at by itself."""
UNREPAIRED = "0"
_RETENTION_SECONDS = 14 * 24 * 3600
_VISIBILITY_SECONDS = 60
_RECEIVES_BEFORE_DEAD_LETTER = 10
_VERSION = "2012-10-17"


def receiver_template(installation: Installation, rules: Sequence[Rule]) -> Mapping[str, Any]:
    """The receiver's stack in one region: queue, dead-letter queue, queue policy, and the rules on its bus."""
    own = "" if installation.receiving_account.publishes else installation.receiver
    resources: dict[str, Any] = {
        "DeadLetters": _queue(names.dead_letters(installation.queue)),
        "Queue": _queue(
            installation.queue,
            VisibilityTimeout=_VISIBILITY_SECONDS,
            ReceiveMessageWaitTimeSeconds=20,
            RedrivePolicy={
                "deadLetterTargetArn": _arn("DeadLetters"),
                "maxReceiveCount": _RECEIVES_BEFORE_DEAD_LETTER,
            },
        ),
    }
    target = {"Id": "queue", "Arn": _arn("Queue"), "DeadLetterConfig": {"Arn": _arn("DeadLetters")}}
    for rule in rules:
        resources[_logical(rule)] = _rule(rule, rule.pattern(but_account=own), target)
    resources["QueuePolicy"] = _queue_policy("Queue", rules)
    resources["DeadLettersPolicy"] = _queue_policy("DeadLetters", rules)
    if installation.delivery is Delivery.DIRECT and (statement := direct_statement(installation)):
        # a policy of its own would take the place of the other: a queue has one
        policy = resources["QueuePolicy"]["Properties"]["PolicyDocument"]
        policy["Statement"].append({**statement, "Resource": _arn("Queue")})
    return _template(
        "liveaudit: the queue of this region and the rules that fill it",
        "receiver",
        installation,
        rules,
        resources,
    )


def publisher_template(
    installation: Installation, rules: Sequence[Rule], *, bounded: bool = True
) -> Mapping[str, Any]:
    """A publisher's stack in one region: the rules that send to the receiver in the same region.

    ``bounded``: a forwarding role that it makes has the boundary that the account's owner made; where service-managed
    stack sets make stacks, there is none.
    """
    direct = installation.delivery is Delivery.DIRECT
    receiver = installation.receiver
    destination = (
        f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:{receiver}:{installation.queue}"
        if direct
        else f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:{receiver}:event-bus/{names.BUS}"
    )
    role: Any = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{names.FORWARDING_ROLE}"}
    resources: dict[str, Any] = {}
    if installation.stacks_make_forwarding_role:
        resources["Forwarding"] = _forwarding_role(destination, direct, bounded=bounded)
        role = _arn("Forwarding")
    resources["Undelivered"] = _queue(names.UNDELIVERED_QUEUE)
    target = {
        "Id": "receiver",
        "Arn": {"Fn::Sub": destination},
        "RoleArn": role,
        "DeadLetterConfig": {"Arn": _arn("Undelivered")},
    }
    for rule in rules:
        resources[_logical(rule)] = _rule(rule, rule.pattern(), target)
    resources["QueuePolicy"] = _queue_policy("Undelivered", rules)
    return _template(
        "liveaudit: the rules that send configuration changes to the receiver",
        "publisher",
        installation,
        rules,
        resources,
    )


def _forwarding_role(destination: str, direct: bool, *, bounded: bool) -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
            "ArnLike": {
                "aws:SourceArn": {
                    "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:"
                    f"rule/{names.RULE}*"
                }
            },
        },
    }
    allowed = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage" if direct else "events:PutEvents",
        "Resource": {"Fn::Sub": destination},
    }
    boundary = {
        "Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{names.FORWARDING_BOUNDARY}"
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Fn::Sub": names.forwarding_role("${AWS::Region}")},
            "Description": "Lets the rules of liveaudit send to the receiver",
            **({"PermissionsBoundary": boundary} if bounded else {}),
            "AssumeRolePolicyDocument": {"Version": _VERSION, "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": names.FORWARDING_ROLE,
                    "PolicyDocument": {"Version": _VERSION, "Statement": [allowed]},
                }
            ],
        },
    }


def _queue(name: str, **further: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "QueueName": name,
            "MessageRetentionPeriod": _RETENTION_SECONDS,
            "SqsManagedSseEnabled": True,
            **further,
        },
    }


def _rule(rule: Rule, pattern: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": rule.name,
            "Description": {"Fn::Sub": f"Configuration changes for liveaudit (repair ${{{REPAIR}}})"},
            "State": "ENABLED",
            "EventPattern": dict(pattern),
            "Targets": [dict(target)],
        },
    }


def _queue_policy(queue: str, rules: Sequence[Rule]) -> dict[str, Any]:
    """Only our own rules may fill this queue. A queue's policy speaks of that queue alone."""
    sources = [_arn(_logical(rule)) for rule in rules]
    statement = {
        "Sid": {"Fn::Sub": f"EventsOfTheRules${{{REPAIR}}}"},
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": _arn(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": sources if len(sources) > 1 else sources[0]}},
    }
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": queue}],
            "PolicyDocument": {"Version": _VERSION, "Statement": [statement]},
        },
    }


def _logical(rule: Rule) -> str:
    return "Rule" if rule.number == 1 else f"Rule{rule.number}"


def _arn(resource: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [resource, "Arn"]}


def owned_by(installation: Installation, part: str, **further: Any) -> dict[str, Any]:
    """The metadata of a template of ours. ``part``: what the template makes."""
    return {OWNER: {"part": part, "receiver": installation.receiver, **further}}


def checked_template(template: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    """The template, if CloudFormation takes it in a call. Raises SetupError."""
    if (length := len(compact(template))) > TEMPLATE_LIMIT:
        raise SetupError(
            f"services: the {part}'s template has {length} bytes, CloudFormation takes {TEMPLATE_LIMIT}: name fewer "
            "services"
        )
    return template


def _template(
    description: str,
    part: str,
    installation: Installation,
    rules: Sequence[Rule],
    resources: Mapping[str, Any],
) -> Mapping[str, Any]:
    packing = {str(rule.number): list(rule.sources) for rule in rules}
    made = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Metadata": owned_by(installation, part, delivery=installation.delivery.value, rules=packing),
        "Parameters": {
            REPAIR: {
                "Type": "String",
                "Default": UNREPAIRED,
                "AllowedPattern": "[0-9A-Za-z]{1,32}",
                "Description": "Another value makes CloudFormation write rules and queue policies again",
            }
        },
        "Resources": dict(resources),
    }
    return checked_template(made, part)
