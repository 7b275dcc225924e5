"""The policies of AWS Secrets Manager on secrets."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.shapes import mapping, rule
from liveaudit.services.secretsmanager.resources import secret as secret_type


def _waits(secret: Any) -> Verdict | None:
    """The verdict on a secret that waits for its deletion, and cannot be used; None for others."""
    if mapping(secret, "the secret").get("DeletedDate") is not None:
        return not_applicable("the secret waits for its deletion and cannot be read")
    return None


@rule(
    secret_type,
    "secretsmanager_automatic_rotation_enabled",
    Severity.HIGH,
    title="Secrets are rotated automatically",
    why="A secret that never changes stays good for whoever once got hold of it.",
    fix="Set up rotation, with the rotation function of its database or one of your own, or with rotation managed by "
    "the service that owns the secret.",
)
def is_rotated(secret: Any, resource: Resource) -> Verdict:
    """FSBP SecretsManager.1; user guide, "Rotate AWS Secrets Manager secrets"."""
    if waits := _waits(secret):
        return waits
    primary = secret.get("PrimaryRegion")
    if primary is not None and primary != resource.region:
        return not_applicable(f"a replica is rotated with its primary secret in {primary}")
    if flag(secret, "RotationEnabled", "the secret"):
        return passed("rotation is on")
    return failed("rotation is off", RotationEnabled=secret.get("RotationEnabled"))


@rule(
    secret_type,
    "secretsmanager_not_publicly_accessible",
    Severity.HIGH,
    title="The secret's policy does not let everybody in",
    why="Everybody with an AWS account could read the secret, or replace it.",
    fix="Name the principals in the statement shown, or remove the policy.",
)
def is_not_public(secret: Any, policy_document: Any) -> Verdict:
    """CIS 7.0 2.21; user guide, "Resource-based policies"."""
    return _waits(secret) or not_public(policy_document, "the secret's policy")
