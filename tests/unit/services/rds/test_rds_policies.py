"""The policies of RDS, DocumentDB and Neptune."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
INSTANCE, CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
SNAPSHOT, CLUSTER_SNAPSHOT = "AWS::RDS::DBSnapshot", "AWS::RDS::DBClusterSnapshot"


def group(status: str = "in-sync", name: str = "g") -> list[dict[str, str]]:
    return [{"DBParameterGroupName": name, "ParameterApplyStatus": status}]


@pytest.mark.parametrize(
    ("policy", "instance", "outcome"),
    [
        ("rds_instance_no_public_access", {"PubliclyAccessible": True}, FAIL),
        ("rds_instance_no_public_access", {"PubliclyAccessible": False}, PASS),
        ("rds_instance_storage_encrypted", {"StorageEncrypted": False}, FAIL),
        ("rds_instance_storage_encrypted", {"StorageEncrypted": True, "KmsKeyId": "k"}, PASS),
        ("rds_instance_minor_version_upgrade_enabled", {"AutoMinorVersionUpgrade": False}, FAIL),
        ("rds_instance_minor_version_upgrade_enabled", {"AutoMinorVersionUpgrade": True}, PASS),
        ("rds_instance_backup_enabled", {"BackupRetentionPeriod": 0}, FAIL),
        # Prowler is content with one day; FSBP's RDS.11 is not.
        ("rds_instance_backup_enabled", {"BackupRetentionPeriod": 1}, FAIL),
        ("rds_instance_backup_enabled", {"BackupRetentionPeriod": 7}, PASS),
        (
            "rds_instance_backup_enabled",
            {"BackupRetentionPeriod": 0, "ReadReplicaSourceDBInstanceIdentifier": "main"},
            NONE,
        ),
        (
            "rds_instance_backup_enabled",
            {"BackupRetentionPeriod": 0, "ReadReplicaSourceDBClusterIdentifier": "main"},
            NONE,
        ),
    ],
)
def test_an_instance(judged: Judged, policy: str, instance: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, instance=instance).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "flag"),
    [("rds_instance_multi_az", "MultiAZ"), ("rds_instance_deletion_protection", "DeletionProtection")],
)
@pytest.mark.parametrize(
    ("of_instance", "member", "clusters", "outcome"),
    [
        (False, False, {}, FAIL),
        (True, False, {}, PASS),
        # What a member says of itself does not count, its cluster decides.
        (False, True, {"c": True}, PASS),
        (True, True, {"c": False}, FAIL),
        (True, True, {"c": None}, UNKNOWN),
    ],
)
def test_the_cluster_decides_for_its_members(
    judged: Judged,
    policy: str,
    flag: str,
    of_instance: bool,
    member: bool,
    clusters: dict[str, bool | None],
    outcome: Outcome,
) -> None:
    instance: dict[str, Any] = {flag: of_instance} | ({"DBClusterIdentifier": "c"} if member else {})
    found = {name: None if value is None else {flag: value} for name, value in clusters.items()}
    assert judged(policy, instance=instance, clusters=found).outcome == outcome


@pytest.mark.parametrize(
    ("engine", "parameters", "status", "outcome"),
    [
        ("postgres", {"rds.force_ssl": "1"}, "in-sync", PASS),
        ("postgres", {"rds.force_ssl": "0"}, "in-sync", FAIL),
        ("postgres", {"require_secure_transport": "ON"}, "in-sync", FAIL),
        ("postgres", {}, "in-sync", FAIL),
        ("postgres", {"rds.force_ssl": None}, "in-sync", FAIL),
        ("sqlserver-se", {"rds.force_ssl": "1"}, "applying", PASS),
        # A static parameter counts from the next start on; which one is waited for cannot be seen.
        ("sqlserver-se", {"rds.force_ssl": "1"}, "pending-reboot", UNKNOWN),
        ("sqlserver-se", {"rds.force_ssl": "0"}, "pending-reboot", FAIL),
        ("mysql", {"require_secure_transport": "ON"}, "in-sync", PASS),
        ("mysql", {"require_secure_transport": "1"}, "in-sync", PASS),
        ("mysql", {"require_secure_transport": "OFF"}, "in-sync", FAIL),
        ("mariadb", {"require_secure_transport": "0"}, "in-sync", FAIL),
        ("oracle-ee", {}, "in-sync", NONE),
        ("postgres", None, "in-sync", UNKNOWN),
    ],
)
def test_unencrypted_connections_to_an_instance(
    judged: Judged, engine: str, parameters: dict[str, Any] | None, status: str, outcome: Outcome
) -> None:
    verdict = judged(
        "rds_instance_transport_encrypted",
        type_name=INSTANCE,
        instance={"Engine": engine, "DBParameterGroups": group(status)},
        parameters={"g": parameters},
    )
    assert verdict.outcome == outcome


def test_members_are_judged_at_their_cluster(judged: Judged) -> None:
    verdict = judged(
        "rds_instance_transport_encrypted",
        type_name=INSTANCE,
        instance={"Engine": "postgres", "DBClusterIdentifier": "c", "DBParameterGroups": group()},
        parameters={"g": {"rds.force_ssl": "0"}},
    )
    assert verdict.outcome == NONE


@pytest.mark.parametrize(
    ("engine", "parameters", "status", "outcome"),
    [
        ("aurora-postgresql", {"rds.force_ssl": "1"}, "in-sync", PASS),
        ("aurora-postgresql", {"rds.force_ssl": "0"}, "in-sync", FAIL),
        ("aurora-mysql", {"require_secure_transport": "ON"}, "in-sync", PASS),
        ("aurora-mysql", {"require_secure_transport": "ON"}, "pending-reboot", UNKNOWN),
        ("aurora-mysql", {}, "in-sync", FAIL),
        ("mysql", {"require_secure_transport": "OFF"}, "in-sync", FAIL),
        ("postgres", {"rds.force_ssl": "1"}, "in-sync", PASS),
        ("other", {}, "in-sync", NONE),
    ],
)
def test_unencrypted_connections_to_a_cluster(
    judged: Judged, engine: str, parameters: dict[str, Any], status: str, outcome: Outcome
) -> None:
    members = [{"DBInstanceIdentifier": "i", "DBClusterParameterGroupStatus": status}]
    verdict = judged(
        "rds_instance_transport_encrypted",
        type_name=CLUSTER,
        cluster={"Engine": engine, "DBClusterParameterGroup": "g", "DBClusterMembers": members},
        parameters={"g": parameters},
    )
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("policy", "cluster", "outcome"),
    [
        ("rds_cluster_storage_encrypted", {"StorageEncrypted": True}, PASS),
        ("rds_cluster_storage_encrypted", {"StorageEncrypted": False}, FAIL),
        ("rds_cluster_multi_az", {"MultiAZ": True}, PASS),
        ("rds_cluster_multi_az", {"MultiAZ": False}, FAIL),
        ("rds_cluster_deletion_protection", {"DeletionProtection": True}, PASS),
        ("rds_cluster_deletion_protection", {"DeletionProtection": False}, FAIL),
        (
            "rds_cluster_minor_version_upgrade_enabled",
            {"Engine": "mysql", "AutoMinorVersionUpgrade": False},
            FAIL,
        ),
        (
            "rds_cluster_minor_version_upgrade_enabled",
            {"Engine": "postgres", "AutoMinorVersionUpgrade": True},
            PASS,
        ),
        ("rds_cluster_minor_version_upgrade_enabled", {"Engine": "aurora-mysql"}, NONE),
    ],
)
def test_a_cluster(judged: Judged, policy: str, cluster: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, cluster=cluster).outcome == outcome


PUBLIC = [
    ("rds_snapshots_public_access", SNAPSHOT),
    ("rds_snapshots_public_access", CLUSTER_SNAPSHOT),
    ("documentdb_cluster_public_snapshot", None),
    ("neptune_cluster_public_snapshot", None),
]


@pytest.mark.parametrize(("policy", "type_name"), PUBLIC)
@pytest.mark.parametrize(
    ("attributes", "outcome"),
    [
        ([{"AttributeName": "restore", "AttributeValues": ["all"]}], FAIL),
        ([{"AttributeName": "restore", "AttributeValues": ["444455556666", "all"]}], FAIL),
        ([{"AttributeName": "restore", "AttributeValues": ["444455556666"]}], PASS),
        ([{"AttributeName": "restore", "AttributeValues": []}], PASS),
        ([{"AttributeName": "restore"}], PASS),
        ([], PASS),
        (None, UNKNOWN),
    ],
)
def test_who_may_restore(
    judged: Judged, policy: str, type_name: str | None, attributes: Any, outcome: Outcome
) -> None:
    assert judged(policy, type_name=type_name, attributes=attributes).outcome == outcome


@pytest.mark.parametrize(
    ("type_name", "key"), [(SNAPSHOT, "Encrypted"), (CLUSTER_SNAPSHOT, "StorageEncrypted")]
)
@pytest.mark.parametrize(("value", "outcome"), [(True, PASS), (False, FAIL)])
def test_snapshots_encrypted(judged: Judged, type_name: str, key: str, value: bool, outcome: Outcome) -> None:
    found = judged("rds_snapshots_encrypted", type_name=type_name, snapshot={key: value})
    assert found.outcome == outcome


@pytest.mark.parametrize(("proxy", "outcome"), [({"RequireTLS": True}, PASS), ({"RequireTLS": False}, FAIL)])
def test_a_proxy(judged: Judged, proxy: dict[str, Any], outcome: Outcome) -> None:
    assert judged("rds_proxy_require_tls", proxy=proxy).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "type_name", "sections"),
    [
        ("rds_instance_no_public_access", None, {"instance": {"PubliclyAccessible": "yes"}}),
        ("rds_instance_storage_encrypted", None, {"instance": []}),
        ("rds_instance_minor_version_upgrade_enabled", None, {"instance": None}),
        ("rds_instance_multi_az", None, {"instance": "x"}),
        ("rds_instance_deletion_protection", None, {"instance": {"DBClusterIdentifier": 7}}),
        ("rds_instance_backup_enabled", None, {"instance": {"BackupRetentionPeriod": "7"}}),
        ("rds_instance_transport_encrypted", INSTANCE, {"instance": {"Engine": "mysql"}}),
        (
            "rds_instance_transport_encrypted",
            CLUSTER,
            {
                "cluster": {"Engine": "mysql", "DBClusterParameterGroup": "g"},
                "parameters": {"g": {"require_secure_transport": 1}},
            },
        ),
        ("rds_cluster_storage_encrypted", None, {"cluster": {"StorageEncrypted": 1}}),
        ("rds_cluster_multi_az", None, {"cluster": 1}),
        ("rds_cluster_deletion_protection", None, {"cluster": None}),
        ("rds_cluster_minor_version_upgrade_enabled", None, {"cluster": {}}),
        ("rds_snapshots_encrypted", SNAPSHOT, {"snapshot": {"Encrypted": "no"}}),
        ("rds_snapshots_encrypted", CLUSTER_SNAPSHOT, {"snapshot": None}),
        ("rds_proxy_require_tls", None, {"proxy": "p"}),
        *((policy, kind, {"attributes": [{"AttributeName": 7}]}) for policy, kind in PUBLIC),
    ],
)
def test_answers_of_another_shape(
    judged: Judged, policy: str, type_name: str | None, sections: dict[str, Any]
) -> None:
    assert judged(policy, type_name=type_name, odd=True, **sections).outcome == UNKNOWN
