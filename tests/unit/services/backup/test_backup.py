"""AWS Backup: its table and its policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.catalog.targets import Relevance
from liveaudit.model import Outcome
from liveaudit.services.backup.resources import kept
from tests.support.told import told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
SOURCE = "backup.amazonaws.com"
POINT = "AWS::Backup::RecoveryPoint"
REGION = ("AWS::Backup::RegionSettings", "eu-west-1")
SNAPSHOT = "arn:aws:ec2:eu-west-1::snapshot/snap-0a"


@pytest.mark.parametrize(
    ("point", "outcome"),
    [
        ({"IsEncrypted": True, "Status": "COMPLETED"}, PASS),
        ({"IsEncrypted": False, "Status": "COMPLETED"}, FAIL),
        ({"Status": "AVAILABLE"}, FAIL),
        ({"IsEncrypted": False, "Status": "PARTIAL"}, FAIL),
        ({"IsEncrypted": False, "Status": "CREATING"}, NONE),
        ({"IsEncrypted": False, "Status": "DELETING"}, NONE),
        ({"IsEncrypted": "no"}, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_encryption(judged: Judged, point: Any, outcome: Outcome) -> None:
    assert judged("backup_recovery_point_encrypted", odd=True, recovery_point=point).outcome == outcome


@pytest.mark.parametrize(
    ("vault", "outcome"),
    [
        ({"EncryptionKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k"}, PASS),
        ({"BackupVaultName": "v"}, FAIL),
        # an air-gapped vault, with a key of AWS's own
        ({"BackupVaultName": "v", "EncryptionKeyType": "AWS_OWNED_KMS_KEY"}, PASS),
    ],
)
def test_the_key_of_a_vault(judged: Judged, vault: dict[str, Any], outcome: Outcome) -> None:
    assert judged("backup_vaults_encrypted", vault=vault).outcome == outcome


def test_a_vault_of_another_shape(judged: Judged) -> None:
    assert judged("backup_vaults_encrypted", vault={"EncryptionKeyArn": 7}, odd=True).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("vaults", "plans", "outcome"),
    [
        (["v"], ["daily"], PASS),
        (["v"], [], FAIL),
        ([], [], NONE),
        ([], ["daily"], NONE),
        (None, [], UNKNOWN),
        (["v"], [7], UNKNOWN),
    ],
)
def test_plans(judged: Judged, vaults: Any, plans: Any, outcome: Outcome) -> None:
    found = judged("backup_plans_exist", vault_names=vaults, plan_names=plans, odd=True)
    assert found.outcome == outcome


def deny(principal: Any, *actions: str, effect: str = "Deny", **more: Any) -> str:
    made = {"Effect": effect, "Principal": principal, "Action": list(actions), "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [made]})


BUT_ONE = {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/breaks-glass"}}


@pytest.mark.parametrize(
    ("vault", "access_policy", "outcome"),
    [
        ({"Locked": True}, None, PASS),
        ({"Locked": False}, None, FAIL),
        ({}, deny("*", "backup:DeleteRecoveryPoint"), PASS),
        ({}, deny({"AWS": "*"}, "backup:Delete*", "backup:PutBackupVaultAccessPolicy"), PASS),
        ({}, deny("*", "backup:DeleteRecoveryPoint", Condition=BUT_ONE), PASS),
        ({}, deny("*", "backup:CopyIntoBackupVault"), FAIL),
        ({}, deny({"AWS": "arn:aws:iam::111122223333:role/one"}, "backup:DeleteRecoveryPoint"), FAIL),
        ({}, deny("*", "backup:*", effect="Allow"), FAIL),
        ({}, "{", UNKNOWN),
        ({"Locked": "yes"}, None, UNKNOWN),
    ],
)
def test_who_may_delete(judged: Judged, vault: Any, access_policy: Any, outcome: Outcome) -> None:
    policy = "backup_vault_policy_allows_delete_by_anyone"
    assert judged(policy, vault=vault, access_policy=access_policy, odd=True).outcome == outcome


def test_either_way_of_reading_gives_the_same() -> None:
    both = {"RecoveryPointArn": SNAPSHOT, "IsEncrypted": True, "Status": "COMPLETED"}
    described = {**both, "StorageClass": "WARM", "ScanResults": []}
    listed = {**both, "Id": f"{SNAPSHOT}/Default", "AggregatedScanResult": {}, "EncryptionKeyArn": None}
    assert kept(described) == kept(listed) == both


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        ("CreateBackupVault", {"backupVaultName": "v"}, {}, {("AWS::Backup::BackupVault", "v"), REGION}),
        ("PutBackupVaultAccessPolicy", {"backupVaultName": "v"}, {}, {("AWS::Backup::BackupVault", "v")}),
        (
            "DeleteRecoveryPoint",
            {"backupVaultName": "v", "recoveryPointArn": SNAPSHOT},
            {},
            {(POINT, f"{SNAPSHOT}/v")},
        ),
        (
            "StartBackupJob",
            {"backupVaultName": "v", "resourceArn": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1"},
            {"recoveryPointArn": SNAPSHOT},
            {(POINT, f"{SNAPSHOT}/v")},
        ),
        ("CreateBackupPlan", {}, {"backupPlanId": "p"}, {("AWS::Backup::BackupPlan", "p"), REGION}),
        ("CreateBackupSelection", {"backupPlanId": "p"}, {}, {("AWS::Backup::BackupPlan", "p")}),
    ],
)
def test_who_is_meant(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], resources: set[tuple[str, str]]
) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == resources


def test_a_job_whose_copy_is_not_known_yet() -> None:
    found = told(SOURCE, "StartBackupJob", {"backupVaultName": "v"}, {"backupJobId": "j"})
    assert found.relevance == Relevance.IGNORED
