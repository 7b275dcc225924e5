"""What we make in AWS accounts is called this. What the original has, keeps the original's name."""

from __future__ import annotations

ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
ADMINISTRATION_POLICY = "AWSCloudFormationStackSetAdministrationRolePolicy"
EXECUTION_POLICY = "AWSCloudFormationStackSetExecutionRolePolicy"
RECEIVER_POLICY = "MVC_NrtConfigAuditReceiver"
RECEIVER_PUBLISHERS_POLICY = "MVC_NrtConfigAuditReceiver_Publishers"
FORWARDING_ROLE = "liveaudit-forwarding"
FORWARDING_BOUNDARY = "liveaudit-forwarding-boundary"
"""The managed policy beyond which no forwarding role that a stack makes can go."""
AUDIT_ROLE = "MVC_for_AWS_role"
AUDIT_POLICY = "liveaudit-audit"
"""Before the number of the part that the reads of the audit role are cut into."""
SETUP_POLICY = "liveaudit-setup"
EVENT_HISTORY_POLICY = "liveaudit-event-history"
FUNCTIONS_POLICY = "liveaudit-functions"
"""Further ones carry their number behind it."""
MANAGEMENT_POLICY = "liveaudit-management"
RUNNER_POLICY = "liveaudit-runner"
FIX_POLICY = "liveaudit-fixes"
CHANNELS_POLICY = "liveaudit-channels"
"""Further ones carry their number behind it."""
HUB_POLICY = "liveaudit-security-hub"
RECEIVER_STACK_SET = "liveaudit-receiver"
PUBLISHER_STACK_SET = "liveaudit-publisher"
ROLES_STACK_SET = "liveaudit-roles"
MANAGEMENT_STACK = "liveaudit-publisher"
RULE = "liveaudit-changes"
"""The first rule; the others carry their number behind it."""
QUEUE = "liveaudit-events"
DEAD_LETTER_QUEUE = "liveaudit-events-dead-letters"
"""Of a queue with the usual name; see :func:`dead_letters`."""
UNDELIVERED_QUEUE = "liveaudit-undelivered"
"""In every publisher and region: what its rule could not deliver."""
GRANT_PREFIX = "liveaudit-"
ORGANIZATION_GRANT = "liveaudit-organization"
BUS = "default"


def role_arn(partition: str, account: str, role: str) -> str:
    """The ARN of a role without path."""
    return f"arn:{partition}:iam::{account}:role/{role}"


def bus_arn(partition: str, account: str, region: str) -> str:
    """The ARN of an account's default event bus."""
    return f"arn:{partition}:events:{region}:{account}:event-bus/{BUS}"


def grant_id(publisher: str) -> str:
    """The statement id of a publisher's grant on the receiver's bus."""
    return f"{GRANT_PREFIX}{publisher}"


def rule(number: int) -> str:
    """The name of rule ``number``, from 1. The first keeps its name when there come to be more."""
    return RULE if number == 1 else f"{RULE}-{number}"


def dead_letters(queue: str) -> str:
    """The name of the dead-letter queue beside the receiver's queue of this name."""
    return f"{queue}-dead-letters"


def queue_arn(partition: str, account: str, region: str, queue: str) -> str:
    """The ARN of an SQS queue."""
    return f"arn:{partition}:sqs:{region}:{account}:{queue}"


def forwarding_role(region: str) -> str:
    """The name of the forwarding role that a publisher's stack makes for itself in this region."""
    return f"{FORWARDING_ROLE}-{region}"
