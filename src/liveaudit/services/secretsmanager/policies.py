"""The policies of AWS Secrets Manager on secrets."""

from __future__ import annotations

import datetime as dt
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag
from liveaudit.policies.clock import Now
from liveaudit.policies.parameters import number
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.shapes import mapping, moment, rule
from liveaudit.services.secretsmanager.resources import secret as secret_type

_LONG = 90


def _waits(secret: Any) -> Verdict | None:
    """The verdict on a secret that waits for its deletion, and cannot be used; None for others."""
    if mapping(secret, "the secret").get("DeletedDate") is not None:
        return not_applicable("the secret waits for its deletion and cannot be read")
    return None


def _replica(secret: Any, resource: Resource) -> Verdict | None:
    primary = secret.get("PrimaryRegion")
    if primary is not None and primary != resource.region:
        return not_applicable(f"a replica is rotated with its primary secret in {primary}")
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
    if waits := _waits(secret) or _replica(secret, resource):
        return waits
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


@rule(
    secret_type,
    "secretsmanager_secret_unused",
    Severity.MEDIUM,
    title="Secrets are used",
    why="A secret that nobody reads is forgotten, and still opens what it once opened.",
    fix="Delete the secret if nothing needs it any more; it can be restored within the waiting period.",
    takes=(number("days", _LONG, "Days after which a secret that nobody read counts as unused."),),
)
def is_used(secret: Any, now: Now, days: int) -> Verdict:
    """FSBP SecretsManager.3: not read for 90 days. A secret that was never read counts from when it was made.

    AWS tells the day of the last access, and no event tells it: a sweep brings it.
    """
    if waits := _waits(secret):
        return waits
    read = secret.get("LastAccessedDate")
    since = moment(read if read is not None else secret.get("CreatedDate"), "the date of the last access")
    told = "was last read" if read is not None else "was never read since it was made"
    if now.older_than(since, dt.timedelta(days=days)):
        return failed(f"the secret {told} {since:%Y-%m-%d}", LastAccessedDate=read)
    return passed(f"the secret {told} {since:%Y-%m-%d}")


@rule(
    secret_type,
    "secretsmanager_secret_rotated_periodically",
    Severity.MEDIUM,
    title="Secrets were rotated within 90 days",
    why="A secret that never changes stays good for whoever once got hold of it.",
    fix="Rotate the secret, and set up rotation so that it is done from now on.",
    takes=(number("days", _LONG, "Days within which a secret must have been rotated."),),
)
def is_rotated_in_time(secret: Any, resource: Resource, now: Now, days: int) -> Verdict:
    """FSBP SecretsManager.4. A secret that was never rotated counts from when it was made."""
    if waits := _waits(secret) or _replica(secret, resource):
        return waits
    rotated = secret.get("LastRotatedDate")
    since = moment(rotated if rotated is not None else secret.get("CreatedDate"), "the date of the rotation")
    told = "was last rotated" if rotated is not None else "was never rotated since it was made"
    if now.older_than(since, dt.timedelta(days=days)):
        return failed(f"the secret {told} {since:%Y-%m-%d}", LastRotatedDate=rotated)
    return passed(f"the secret {told} {since:%Y-%m-%d}")
