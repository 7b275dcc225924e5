"""The policies of AWS Backup by real calls in the lab, which knows no recovery points and gives vaults no key."""

from __future__ import annotations

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_vault(live: Live) -> None:
    backup = live.client("backup")
    backup.create_backup_vault(BackupVaultName="plain")
    live.opens("backup_vaults_encrypted", "plain")
    live.opens("backup_plans_exist", live.region)
    key = f"arn:aws:kms:{live.region}:{live.account}:key/k"
    backup.create_backup_vault(BackupVaultName="locked", EncryptionKeyArn=key)
    live.verdict("backup_vaults_encrypted", "locked", "PASS")
    rule = {"RuleName": "daily", "TargetBackupVaultName": "locked"}
    backup.create_backup_plan(BackupPlan={"BackupPlanName": "daily", "Rules": [rule]})
    live.resolves("backup_plans_exist", live.region)
