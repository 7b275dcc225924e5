"""Who may do what, as far as services that act for somebody ask: CloudFormation for its stacks, EventBridge for targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from liveaudit.lab import internals

_NO_CONTEXT: Mapping[str, str] = {}


class Permissions(Protocol):
    """Who may become a role, and what a role may do."""

    def assume(
        self, principal: str, role_arn: str, external_id: str = "", context: Mapping[str, str] = _NO_CONTEXT
    ) -> str:
        """Why ``principal`` (an ARN, or a service such as ``events.amazonaws.com``) may not assume the role.

        Empty when it may. The role's trust decides, and for an ARN also what that principal itself may do.
        """

    def decide(
        self, principal_arn: str, action: str, resource_arn: str, context: Mapping[str, str] = _NO_CONTEXT
    ) -> str:
        """Why a role or user may not do ``action`` on the resource, in AWS's words. Empty when it may."""


def role_of(role_arn: str) -> Any:
    """moto's role of this ARN, None when there is none."""
    parts = role_arn.split(":")
    if len(parts) != 6 or not parts[5].startswith("role/"):
        return None
    backend = internals.module("iam.models").iam_backends[parts[4]][parts[1]]
    return next((role for role in list(backend.roles.values()) if role.arn == role_arn), None)
