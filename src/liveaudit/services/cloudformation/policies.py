"""The policies of CloudFormation stacks."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, not_applicable
from liveaudit.policies.checks import is_on, member
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import rule
from liveaudit.services.cloudformation.resources import stack


@rule(
    stack,
    "cloudformation_stack_outputs_find_secrets",
    Severity.CRITICAL,
    title="No output of the stack holds a secret",
    why="Outputs can be read by everybody who may describe the stack, and exported ones by every other stack.",
    fix="Put out the ARN or the name of the secret instead of its value, and change the secret, for it has been shown.",
)
def outputs_hold_no_secret(outputs: Any) -> Verdict:
    """CloudFormation user guide, "Outputs": they are not redacted, though a parameter has NoEcho."""
    return without_secrets(outputs, "the stack's outputs")


@rule(
    stack,
    "cloudformation_stacks_termination_protection_enabled",
    Severity.MEDIUM,
    title="The stack cannot be deleted by mistake",
    why="With the stack goes everything it made, at one wrong command.",
    fix="Turn termination protection on.",
)
def is_protected(stack: Any) -> Verdict:
    """Security Hub CloudFormation.3. Nested stacks have what their root stack has."""
    if member(stack, "ParentId", "the stack"):
        return not_applicable("the stack is nested in another, which protects it")
    return is_on(stack, "EnableTerminationProtection", "the stack")
