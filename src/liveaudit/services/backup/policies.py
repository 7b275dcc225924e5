"""The policies of AWS Backup."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, not_applicable, passed
from liveaudit.policies.checks import is_given, is_on, member
from liveaudit.policies.shapes import mapping, rule
from liveaudit.services.backup.resources import recovery_point as recovery_point_type
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
