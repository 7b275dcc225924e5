"""The policies of AWS KMS on the keys that customers manage.

Keys that AWS manages (``aws/s3``) are not judged: their policy, rotation and state are AWS's, nobody can change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag, is_off
from liveaudit.policies.policy import Context
from liveaudit.policies.resource_policies import no_strangers, no_strangers_granted, not_public, worst
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, rule, text, texts
from liveaudit.services.kms.resources import key as kms_key

_WAITING = ("PendingDeletion", "PendingReplicaDeletion")


def _of_aws(key: Any) -> Verdict | None:
    """The verdict on a key that AWS manages; None for the customer's own."""
    manager = text(mapping(key, "the key").get("KeyManager"), "KeyManager")
    if manager not in ("AWS", "CUSTOMER"):
        raise UnexpectedShapeError(f"KeyManager is {manager!r}")
    return not_applicable("AWS manages this key, nobody else can change it") if manager == "AWS" else None


def _not_rotated(key: Mapping[str, Any]) -> str:
    """Why automatic rotation does not concern the key; empty if it does."""
    if key.get("KeySpec", key.get("CustomerMasterKeySpec")) != "SYMMETRIC_DEFAULT":
        return "only symmetric encryption keys are rotated automatically"
    if key.get("Origin") != "AWS_KMS":
        return f"the key material is not made by KMS (origin {key.get('Origin')})"
    if key.get("KeyState") != "Enabled":
        return f"the key cannot be used (state {key.get('KeyState')})"
    return ""


@rule(
    kms_key,
    "kms_cmk_rotation_enabled",
    Severity.HIGH,
    title="Customer managed keys are rotated automatically",
    why="The longer one key material is used, the more is lost with it once it leaks or wears out.",
    fix="Switch automatic rotation on; what was encrypted before stays readable.",
)
def is_rotated(key: Any, rotation: Any) -> Verdict:
    """CIS 7.0 4.6; KMS developer guide, "Rotate AWS KMS keys"."""
    if of_aws := _of_aws(key):
        return of_aws
    if why := _not_rotated(key):
        return not_applicable(why)
    if rotation is None:
        raise UnexpectedShapeError("KMS tells no rotation status of a symmetric key")
    if flag(rotation, "KeyRotationEnabled", "the key"):
        return passed("automatic rotation is on", RotationPeriodInDays=rotation.get("RotationPeriodInDays"))
    return failed("automatic rotation is off", KeyRotationEnabled=False)


@rule(
    kms_key,
    "kms_cmk_not_deleted_unintentionally",
    Severity.CRITICAL,
    title="No customer managed key is about to be deleted",
    why="With its key everything that was encrypted under it is lost for good, and nothing brings it back.",
    fix="Cancel the deletion within the waiting period, unless it is meant; disable a key that is only to rest.",
)
def is_not_being_deleted(key: Any) -> Verdict:
    """FSBP KMS.3; KMS developer guide, "Delete an AWS KMS key"."""
    if of_aws := _of_aws(key):
        return of_aws
    state = text(key.get("KeyState"), "KeyState")
    if state in _WAITING:
        return failed(f"the state is {state}", KeyState=state, DeletionDate=key.get("DeletionDate"))
    return passed(f"the state is {state}")


@rule(
    kms_key,
    "kms_key_not_publicly_accessible",
    Severity.CRITICAL,
    title="The key's policy does not let everybody in",
    why="Whoever may decrypt with the key reads what it protects, from any AWS account.",
    fix="Name the principals in the statement shown, or bind it to accounts with kms:CallerAccount or aws:PrincipalOrgID.",
)
def is_not_public(key: Any, policy_document: Any) -> Verdict:
    """CIS 7.0 2.21; FSBP KMS.5. kms:ViaService alone binds to a service, not to whose request it carries out."""
    return _of_aws(key) or not_public(policy_document, "the key policy")


@rule(
    kms_key,
    "kms_key_policy_cross_account_access",
    Severity.HIGH,
    title="The key's policy and grants let in only accounts that are known",
    why="A foreign account that may use the key decrypts under its own administrators' rules, not yours.",
    fix="Take the foreign principal out of the policy or revoke its grant, or enter its account as trusted.",
)
def lets_no_stranger_in(
    key: Any, policy_document: Any, grants: Any, resource: Resource, context: Context
) -> Verdict:
    """KMS developer guide, "Allowing users in other accounts to use a KMS key", "Grants in AWS KMS"."""
    if of_aws := _of_aws(key):
        return of_aws
    by_policy = no_strangers(policy_document, "the key policy", resource, context)
    by_grant = no_strangers_granted(_grants(grants), "a grant of the key", resource, context)
    return worst(by_policy, by_grant)


def _grants(grants: Any) -> list[tuple[str, list[str]]]:
    """Who was granted which actions; a service is granted for what it does in the key's own account."""
    return [
        (
            text(each["GranteePrincipal"], "GranteePrincipal"),
            [f"kms:{name}" for name in texts(each.get("Operations"), "Operations")],
        )
        for each in mappings(grants, "the grants")
        if each.get("GranteePrincipal") is not None
    ]


@rule(
    kms_key,
    "kms_grant_allows_external_principal",
    Severity.MEDIUM,
    title="Grants of the key are for accounts that are known",
    why="A grant stands beside the key policy, is seen by few, and lets its holder decrypt until it is revoked.",
    fix="Revoke the grant of the foreign principal, or enter its account as trusted.",
)
def grants_to_no_stranger(key: Any, grants: Any, resource: Resource, context: Context) -> Verdict:
    """KMS developer guide, "Grants in AWS KMS"."""
    return _of_aws(key) or no_strangers_granted(_grants(grants), "a grant of the key", resource, context)


@rule(
    kms_key,
    "kms_cmk_not_multi_region",
    Severity.MEDIUM,
    title="Keys stay in one region",
    why="A multi-Region key decrypts in every region it is copied to, under a policy of its own in each.",
    fix="Make a key of one region and encrypt anew; a multi-Region key cannot be turned into one.",
)
def stays_in_one_region(key: Any) -> Verdict:
    """KMS developer guide, "Security considerations for multi-Region keys"."""
    return _of_aws(key) or is_off(key, "MultiRegion", "the key")


@rule(
    kms_key,
    "kms_cmk_are_used",
    Severity.LOW,
    title="No customer managed key lies disabled",
    why="A disabled key costs its fee, and what is encrypted under it cannot be read until somebody enables it.",
    fix="Enable the key if it is needed, else delete it once nothing is encrypted under it any more.",
)
def is_enabled(key: Any) -> Verdict:
    """KMS developer guide, "Enable and disable keys". A key that is being deleted is another policy's."""
    if of_aws := _of_aws(key):
        return of_aws
    state = text(key.get("KeyState"), "KeyState")
    if state in _WAITING:
        return not_applicable(f"the key is about to be deleted (state {state})")
    return (
        failed("the key is disabled", KeyState=state)
        if state == "Disabled"
        else passed(f"the state is {state}")
    )
