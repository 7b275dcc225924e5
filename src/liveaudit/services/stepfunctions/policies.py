"""The policies of Step Functions' state machines."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
from liveaudit.policies.checks import is_one_of
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import rule
from liveaudit.services.stepfunctions.resources import machine


@rule(
    machine,
    "stepfunctions_statemachine_no_secrets_in_definition",
    Severity.CRITICAL,
    title="The state machine's definition holds no secret",
    why="Everybody who may read the state machine reads the value, and every execution keeps it in its history.",
    fix="Keep the value in Secrets Manager, let a task fetch it where it is needed, and change the secret, for it has been "
    "shown.",
)
def definition_holds_no_secret(secrets: Any) -> Verdict:
    """Step Functions developer guide, "Security best practices"."""
    return without_secrets(secrets, "the definition")


@rule(
    machine,
    "stepfunctions_statemachine_logging_enabled",
    Severity.MEDIUM,
    title="Executions of the state machine are logged",
    why="What an execution did, and why it failed, is otherwise known for 90 days at most, and of express ones not at all.",
    fix="Set the logging level to ERROR or ALL, with a log group as destination.",
)
def executions_are_logged(state_machine: Any) -> Verdict:
    """Security Hub StepFunctions.1."""
    return is_one_of(
        state_machine, "loggingConfiguration.level", "the state machine", ["ALL", "ERROR", "FATAL"]
    )


@rule(
    machine,
    "stepfunctions_statemachine_encrypted_with_cmk",
    Severity.MEDIUM,
    title="The state machine's data is encrypted with a key of yours",
    why="With a key of your own you decide who may read definitions and histories, see every use of it, and can end it.",
    fix="Set the encryption of the state machine to a KMS key of yours.",
)
def data_has_a_key(state_machine: Any) -> Verdict:
    """Step Functions developer guide, "Data at rest encryption"."""
    return is_one_of(
        state_machine, "encryptionConfiguration.type", "the state machine", ["CUSTOMER_MANAGED_KMS_KEY"]
    )
