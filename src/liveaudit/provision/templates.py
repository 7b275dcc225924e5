"""The CloudFormation templates of the stack sets, with event patterns made from the catalog."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.envelope import DETAIL_TYPE
from liveaudit.model import LiveauditError
from liveaudit.provision import names

PATTERN_LIMIT = 2048
"""Characters of an event pattern. Source: EventBridge quotas."""
_RETENTION_SECONDS = 14 * 24 * 3600
_VISIBILITY_SECONDS = 60
_RECEIVES_BEFORE_DEAD_LETTER = 10


class PatternTooLongError(LiveauditError):
    """The event pattern does not fit into one rule."""


def event_pattern(catalog: Catalog) -> dict[str, Any]:
    """What the rules let through: changes of every covered service, but for the noise.

    Names that no row knows are let through too, so that a gap in the catalog is seen and not silent. Reads are
    not delivered to such a rule by EventBridge itself. Raises PatternTooLongError.
    """
    noise = sorted({event for service in catalog.services.values() for event in service.noise})
    sources = sorted(
        {service.event_source.removesuffix(".amazonaws.com") for service in catalog.services.values()}
    )
    pattern: dict[str, Any] = {
        "source": [f"aws.{source}" for source in sources],
        "detail-type": [DETAIL_TYPE],
    }
    if noise:
        pattern["detail"] = {"eventName": [{"anything-but": noise}]}
    length = len(_compact(pattern))
    if length > PATTERN_LIMIT:
        raise PatternTooLongError(f"the event pattern has {length} characters, {PATTERN_LIMIT} are allowed")
    return pattern


def _compact(value: Any) -> str:

    return json.dumps(value, separators=(",", ":"))


def receiver_template(catalog: Catalog) -> dict[str, Any]:
    """The receiver's stack in one region: queue, dead-letter queue, queue policy, and the rule on its bus."""
    rule_arn = {"Fn::GetAtt": ["Rule", "Arn"]}
    return _template(
        "liveaudit: the queue of this region and the rule that fills it",
        {
            "DeadLetters": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "QueueName": names.DEAD_LETTER_QUEUE,
                    "MessageRetentionPeriod": _RETENTION_SECONDS,
                    "SqsManagedSseEnabled": True,
                },
            },
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "QueueName": names.QUEUE,
                    "MessageRetentionPeriod": _RETENTION_SECONDS,
                    "VisibilityTimeout": _VISIBILITY_SECONDS,
                    "ReceiveMessageWaitTimeSeconds": 20,
                    "SqsManagedSseEnabled": True,
                    "RedrivePolicy": {
                        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]},
                        "maxReceiveCount": _RECEIVES_BEFORE_DEAD_LETTER,
                    },
                },
            },
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "Name": names.RULE,
                    "Description": "Configuration changes for liveaudit",
                    "State": "ENABLED",
                    "EventPattern": event_pattern(catalog),
                    "Targets": [
                        {
                            "Id": "queue",
                            "Arn": {"Fn::GetAtt": ["Queue", "Arn"]},
                            "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}},
                        }
                    ],
                },
            },
            "QueuePolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [{"Ref": "Queue"}, {"Ref": "DeadLetters"}],
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Sid": "EventsOfTheRule",
                                "Effect": "Allow",
                                "Principal": {"Service": "events.amazonaws.com"},
                                "Action": "sqs:SendMessage",
                                "Resource": [
                                    {"Fn::GetAtt": ["Queue", "Arn"]},
                                    {"Fn::GetAtt": ["DeadLetters", "Arn"]},
                                ],
                                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
                            }
                        ],
                    },
                },
            },
        },
    )


def publisher_template(catalog: Catalog, receiver: str) -> dict[str, Any]:
    """A publisher's stack in one region: the rule that forwards to the receiver's bus of the same region."""
    return _template(
        "liveaudit: forwards configuration changes to the receiver",
        {
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "Name": names.RULE,
                    "Description": "Configuration changes for liveaudit",
                    "State": "ENABLED",
                    "EventPattern": event_pattern(catalog),
                    "Targets": [
                        {
                            "Id": "receiver",
                            "Arn": {
                                "Fn::Sub": f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:{receiver}:event-bus/{names.BUS}"
                            },
                            "RoleArn": {
                                "Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{names.FORWARDING_ROLE}"
                            },
                        }
                    ],
                },
            }
        },
    )


def _template(description: str, resources: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Resources": dict(resources),
    }
