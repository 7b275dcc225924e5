"""The policies of CloudFormation stacks."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
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
