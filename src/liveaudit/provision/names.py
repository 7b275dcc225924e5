"""What we make in AWS accounts is called this. The stack set roles have AWS's own names."""

from __future__ import annotations

ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
FORWARDING_ROLE = "liveaudit-forwarding"
AUDIT_ROLE = "liveaudit-audit"
RECEIVER_STACK_SET = "liveaudit-receiver"
PUBLISHER_STACK_SET = "liveaudit-publisher"
RULE = "liveaudit-changes"
QUEUE = "liveaudit-events"
DEAD_LETTER_QUEUE = "liveaudit-events-dead-letters"
BUS = "default"


def role_arn(partition: str, account: str, role: str) -> str:
    """The ARN of a role without path."""
    return f"arn:{partition}:iam::{account}:role/{role}"


def bus_arn(partition: str, account: str, region: str) -> str:
    """The ARN of an account's default event bus."""
    return f"arn:{partition}:events:{region}:{account}:event-bus/{BUS}"


def grant_id(publisher: str) -> str:
    """The statement id of a publisher's grant on the receiver's bus."""
    return f"liveaudit-{publisher}"
