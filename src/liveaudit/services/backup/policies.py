"""The policies of AWS Backup."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag, is_given, is_on, member
from liveaudit.policies.documents import Statement
from liveaudit.policies.documents.patterns import covers
from liveaudit.policies.documents.principals import denies_the_public
from liveaudit.policies.shapes import document, mapping, rule, text, texts
from liveaudit.services.backup.resources import recovery_point as recovery_point_type
from liveaudit.services.backup.resources import region_settings
from liveaudit.services.backup.resources import vault as vault_type

_NOT_THERE = ("CREATING", "DELETING", "EXPIRED")


@rule(
    recovery_point_type,
    "backup_recovery_point_encrypted",
    Severity.MEDIUM,
    title="Recovery points are encrypted",
    why="A copy holds all that the original holds; unencrypted, whoever gets at it can read it.",
    fix="Encrypt the resource, or copy the recovery point into a vault with a KMS key, and delete the unencrypted one.",
)
def recovery_point_encrypted(recovery_point: Any) -> Verdict:
    status = member(recovery_point, "Status", "the recovery point")
    if status in _NOT_THERE:
        return not_applicable(f"the recovery point is {str(status).lower()}")
    return is_on(recovery_point, "IsEncrypted", "the recovery point")


@rule(
    vault_type,
    "backup_vaults_encrypted",
    Severity.MEDIUM,
    title="Backup vaults have a key",
    why="A vault's key encrypts the copies in it; without one, who gets at a copy can read it.",
    fix="Make a vault with a KMS key and copy the recovery points into it: a vault's key cannot be changed afterwards.",
)
def vaults_encrypted(vault: Any) -> Verdict:
    if mapping(vault, "the vault").get("EncryptionKeyType") == "AWS_OWNED_KMS_KEY":
        return passed("the vault is encrypted with a key that AWS Backup owns")
    return is_given(vault, "EncryptionKeyArn", "the vault")


_DELETE = "backup:deleterecoverypoint"


@rule(
    vault_type,
    "backup_vault_policy_allows_delete_by_anyone",
    Severity.MEDIUM,
    title="Backup vaults do not let everybody who may delete delete recovery points",
    why="An intruder who means to extort deletes the backups first; whatever IAM grants, a vault can forbid it.",
    fix="Deny backup:DeleteRecoveryPoint to everybody in the vault's access policy, or lock the vault.",
)
def vault_policy_denies_deletion(vault: Any, access_policy: Any) -> Verdict:
    if flag(vault, "Locked", "the vault"):
        return passed("the vault is locked")
    what = "the vault's access policy"
    if access_policy is None:
        return failed(f"{what} is not set, and the vault is not locked", Policy=None)
    found = document(text(access_policy, what), what)
    if any(_forbids_deletion(each) for each in found.denies):
        return passed(f"{what} denies everybody to delete recovery points")
    return failed(f"{what} denies nobody to delete recovery points, and the vault is not locked")


def _forbids_deletion(deny: Statement) -> bool:
    """Whether a Deny is for everybody, some exceptions aside, and for deleting."""
    named = any(covers(pattern, _DELETE) for pattern in deny.action_patterns)
    return denies_the_public(deny) and named != deny.not_action


@rule(
    region_settings,
    "backup_plans_exist",
    Severity.LOW,
    title="Where there are backup vaults there is a plan that fills them",
    why="Backups that somebody has to think of are missing on the day on which they are needed.",
    fix="Make a backup plan with a daily rule and assign the resources to it.",
)
def plans_exist(vault_names: Any, plan_names: Any) -> Verdict:
    if not texts(vault_names, "the vaults"):
        return not_applicable("there is no vault in the region")
    if not texts(plan_names, "the plans"):
        return failed("there is a vault, but no plan", vaults=list(vault_names))
    return passed(f"there are plans: {', '.join(plan_names)}")
