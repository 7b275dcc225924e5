"""The policies of Amazon SQS on queues."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, passed
from liveaudit.policies.checks import member
from liveaudit.policies.policy import Context
from liveaudit.policies.resource_policies import no_strangers, not_public
from liveaudit.policies.shapes import UnexpectedShapeError, rule
from liveaudit.services.sqs.resources import queue


@rule(
    queue,
    "sqs_queues_not_publicly_accessible",
    Severity.CRITICAL,
    title="The queue's policy does not let everybody in",
    why="Everybody could send what your workers trust, or take and delete messages before they do.",
    fix="Name the principals in the statement shown, or bind it with aws:SourceArn, aws:SourceAccount or an organization.",
)
def is_not_public(attributes: Any) -> Verdict:
    """CIS 7.0 2.21; FSBP SQS.3."""
    return not_public(member(attributes, "Policy", "the queue"), "the queue policy")


@rule(
    queue,
    "sqs_queue_cross_account_access",
    Severity.MEDIUM,
    title="The queue's policy lets in only accounts that are known",
    why="A foreign account sends or takes messages under its own administrators' rules, not yours.",
    fix="Take the foreign principal out of the statement shown, or enter its account as trusted.",
)
def lets_no_stranger_in(attributes: Any, resource: Resource, context: Context) -> Verdict:
    """SQS developer guide, "Basic examples of Amazon SQS policies"."""
    return no_strangers(member(attributes, "Policy", "the queue"), "the queue policy", resource, context)


@rule(
    queue,
    "sqs_queues_server_side_encryption_enabled",
    Severity.MEDIUM,
    title="Queues encrypt their messages at rest",
    why="What is not encrypted lies readable wherever the disks of the service go.",
    fix="Switch on encryption with a key of SQS, which costs nothing, or with a key of KMS.",
)
def is_encrypted(attributes: Any) -> Verdict:
    """FSBP SQS.1; SQS developer guide, "Encryption at rest in Amazon SQS"."""
    key = member(attributes, "KmsMasterKeyId", "the queue")
    managed = member(attributes, "SqsManagedSseEnabled", "the queue")
    if managed not in (None, "true", "false"):
        raise UnexpectedShapeError(f"SqsManagedSseEnabled is {managed!r}")
    if key:
        return passed(f"messages are encrypted with the KMS key {key}")
    if managed == "true":
        return passed("messages are encrypted with a key of SQS")
    return failed("messages are not encrypted", KmsMasterKeyId=None, SqsManagedSseEnabled=managed)
