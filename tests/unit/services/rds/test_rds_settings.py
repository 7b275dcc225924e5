"""The further policies of RDS's databases: logs, identities, names, ports."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("policy", "instance", "outcome"),
    [
        ("rds_instance_inside_vpc", {"DBSubnetGroup": {"VpcId": "vpc-1"}}, PASS),
        ("rds_instance_inside_vpc", {"DBInstanceIdentifier": "i"}, FAIL),
        ("rds_instance_integration_cloudwatch_logs", {"EnabledCloudwatchLogsExports": ["postgresql"]}, PASS),
        ("rds_instance_integration_cloudwatch_logs", {}, FAIL),
        ("rds_instance_integration_cloudwatch_logs", {"DBClusterIdentifier": "c"}, NONE),
        ("rds_mariadb_instance_cloudwatch_logs", {"Engine": "mariadb"}, FAIL),
        (
            "rds_mariadb_instance_cloudwatch_logs",
            {"Engine": "mariadb", "EnabledCloudwatchLogsExports": ["error"]},
            PASS,
        ),
        ("rds_mariadb_instance_cloudwatch_logs", {"Engine": "mysql"}, NONE),
        (
            "rds_sqlserver_instance_cloudwatch_logs",
            {"Engine": "sqlserver-ee", "EnabledCloudwatchLogsExports": ["agent", "error"]},
            PASS,
        ),
        (
            "rds_sqlserver_instance_cloudwatch_logs",
            {"Engine": "sqlserver-ee", "EnabledCloudwatchLogsExports": ["error"]},
            FAIL,
        ),
        ("rds_sqlserver_instance_cloudwatch_logs", {"Engine": "postgres"}, NONE),
        ("rds_instance_default_admin", {"MasterUsername": "admin"}, FAIL),
        ("rds_instance_default_admin", {"MasterUsername": "postgres"}, FAIL),
        ("rds_instance_default_admin", {"MasterUsername": "owner"}, PASS),
        ("rds_instance_default_admin", {"MasterUsername": "admin", "DBClusterIdentifier": "c"}, NONE),
        ("rds_instance_enhanced_monitoring_enabled", {"MonitoringInterval": 0}, FAIL),
        ("rds_instance_enhanced_monitoring_enabled", {"MonitoringInterval": 60}, PASS),
        ("rds_instance_non_default_port", {"Engine": "mysql", "Endpoint": {"Port": 3306}}, FAIL),
        ("rds_instance_non_default_port", {"Engine": "mysql", "Endpoint": {"Port": 5432}}, PASS),
        ("rds_instance_non_default_port", {"Engine": "aurora-postgresql", "Endpoint": {"Port": 5432}}, FAIL),
        ("rds_instance_non_default_port", {"Engine": "aurora-mysql", "Endpoint": {"Port": 3306}}, FAIL),
        ("rds_instance_non_default_port", {"Engine": "oracle-ee-cdb", "Endpoint": {"Port": 1521}}, FAIL),
        (
            "rds_instance_non_default_port",
            {"Engine": "custom-sqlserver-ee", "Endpoint": {"Port": 1433}},
            FAIL,
        ),
        ("rds_instance_non_default_port", {"Engine": "mysql"}, UNKNOWN),
        ("rds_instance_non_default_port", {"Engine": "other", "Endpoint": {"Port": 1}}, NONE),
    ],
)
def test_an_instance(judged: Judged, policy: str, instance: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, instance=instance).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "flag"),
    [
        ("rds_instance_iam_authentication_enabled", "IAMDatabaseAuthenticationEnabled"),
        ("rds_instance_copy_tags_to_snapshots", "CopyTagsToSnapshot"),
    ],
)
@pytest.mark.parametrize(
    ("of_instance", "of_cluster", "outcome"),
    [(True, None, PASS), (False, None, FAIL), (False, True, PASS), (True, False, FAIL)],
)
def test_the_cluster_decides_for_its_members(
    judged: Judged, policy: str, flag: str, of_instance: bool, of_cluster: bool | None, outcome: Outcome
) -> None:
    instance: dict[str, Any] = {"Engine": "aurora-mysql", flag: of_instance}
    clusters = {} if of_cluster is None else {"c": {flag: of_cluster}}
    if clusters:
        instance["DBClusterIdentifier"] = "c"
    assert judged(policy, instance=instance, clusters=clusters).outcome == outcome


def test_an_engine_without_iam(judged: Judged) -> None:
    verdict = judged("rds_instance_iam_authentication_enabled", instance={"Engine": "oracle-ee"}, clusters={})
    assert verdict.outcome == NONE


@pytest.mark.parametrize(
    ("policy", "cluster", "outcome"),
    [
        ("rds_cluster_iam_authentication_enabled", {"IAMDatabaseAuthenticationEnabled": True}, PASS),
        ("rds_cluster_iam_authentication_enabled", {}, FAIL),
        ("rds_cluster_integration_cloudwatch_logs", {"EnabledCloudwatchLogsExports": ["audit"]}, PASS),
        ("rds_cluster_integration_cloudwatch_logs", {"EnabledCloudwatchLogsExports": []}, FAIL),
        ("rds_cluster_default_admin", {"MasterUsername": "admin"}, FAIL),
        ("rds_cluster_default_admin", {"MasterUsername": "owner"}, PASS),
        ("rds_cluster_copy_tags_to_snapshots", {"CopyTagsToSnapshot": True}, PASS),
        ("rds_cluster_copy_tags_to_snapshots", {"CopyTagsToSnapshot": False}, FAIL),
        ("rds_cluster_non_default_port", {"Engine": "aurora-postgresql", "Port": 5432}, FAIL),
        ("rds_cluster_non_default_port", {"Engine": "aurora-postgresql", "Port": 3306}, PASS),
        ("rds_cluster_backtrack_enabled", {"Engine": "aurora-mysql", "BacktrackWindow": 86400}, PASS),
        ("rds_cluster_backtrack_enabled", {"Engine": "aurora-mysql"}, FAIL),
        ("rds_cluster_backtrack_enabled", {"Engine": "aurora-postgresql"}, NONE),
    ],
)
def test_a_cluster(judged: Judged, policy: str, cluster: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, cluster=cluster).outcome == outcome


@pytest.mark.parametrize(
    ("engine", "parameters", "outcome"),
    [
        ("aurora-mysql", {"server_audit_logging": "1"}, PASS),
        ("aurora-mysql", {"server_audit_logging": "0"}, FAIL),
        ("aurora-mysql", {}, FAIL),
        ("aurora-postgresql", {}, NONE),
    ],
)
def test_the_audit_log_of_aurora_mysql(
    judged: Judged, engine: str, parameters: dict[str, Any], outcome: Outcome
) -> None:
    verdict = judged(
        "rds_aurora_mysql_audit_logging",
        cluster={"Engine": engine, "DBClusterParameterGroup": "g", "DBClusterMembers": []},
        parameters={"g": parameters},
    )
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("policy", "cluster", "outcome"),
    [
        ("{}_cluster_storage_encrypted", {"StorageEncrypted": True}, PASS),
        ("{}_cluster_storage_encrypted", {"StorageEncrypted": False}, FAIL),
        ("{}_cluster_storage_encrypted", {"StorageEncrypted": "x"}, UNKNOWN),
        ("{}_cluster_backup_enabled", {"BackupRetentionPeriod": 7}, PASS),
        ("{}_cluster_backup_enabled", {"BackupRetentionPeriod": 1}, FAIL),
        ("{}_cluster_backup_enabled", {"BackupRetentionPeriod": "7"}, UNKNOWN),
        ("{}_cluster_deletion_protection", {"DeletionProtection": True}, PASS),
        ("{}_cluster_deletion_protection", {"DeletionProtection": False}, FAIL),
        ("{}_cluster_deletion_protection", None, UNKNOWN),
    ],
)
@pytest.mark.parametrize("product", ["documentdb", "neptune"])
def test_clusters_of_other_products(
    judged: Judged, product: str, policy: str, cluster: Any, outcome: Outcome
) -> None:
    odd = outcome == UNKNOWN
    assert judged(policy.format(product), cluster=cluster, odd=odd).outcome == outcome


@pytest.mark.parametrize(
    "policy", ["documentdb_cluster_cloudwatch_log_export", "neptune_cluster_integration_cloudwatch_logs"]
)
@pytest.mark.parametrize(
    ("logs", "outcome"), [(["audit"], PASS), (["audit", "profiler"], PASS), (["profiler"], FAIL), ([], FAIL)]
)
def test_audit_logs_of_other_products(judged: Judged, policy: str, logs: list[str], outcome: Outcome) -> None:
    assert judged(policy, cluster={"EnabledCloudwatchLogsExports": logs}).outcome == outcome


@pytest.mark.parametrize(("value", "outcome"), [(True, PASS), (False, FAIL)])
def test_neptune(judged: Judged, value: bool, outcome: Outcome) -> None:
    cluster = {"IAMDatabaseAuthenticationEnabled": value}
    assert judged("neptune_cluster_iam_authentication_enabled", cluster=cluster).outcome == outcome
    snapshot = {"StorageEncrypted": value}
    assert judged("neptune_cluster_snapshot_encrypted", snapshot=snapshot).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("rds_instance_inside_vpc", {"instance": {"DBSubnetGroup": {"VpcId": 7}}}),
        ("rds_instance_integration_cloudwatch_logs", {"instance": {"EnabledCloudwatchLogsExports": "all"}}),
        ("rds_mariadb_instance_cloudwatch_logs", {"instance": {}}),
        ("rds_sqlserver_instance_cloudwatch_logs", {"instance": None}),
        ("rds_instance_iam_authentication_enabled", {"instance": {}}),
        ("rds_instance_default_admin", {"instance": {}}),
        ("rds_instance_enhanced_monitoring_enabled", {"instance": {"MonitoringInterval": "60"}}),
        ("rds_instance_copy_tags_to_snapshots", {"instance": {"CopyTagsToSnapshot": 1}}),
        ("rds_instance_non_default_port", {"instance": {"Engine": "mysql", "Endpoint": {"Port": "3306"}}}),
        ("rds_cluster_iam_authentication_enabled", {"cluster": 1}),
        ("rds_cluster_integration_cloudwatch_logs", {"cluster": {"EnabledCloudwatchLogsExports": [1]}}),
        ("rds_aurora_mysql_audit_logging", {"cluster": {"Engine": "aurora-mysql"}, "parameters": {}}),
        ("rds_cluster_default_admin", {"cluster": {"MasterUsername": None}}),
        ("rds_cluster_copy_tags_to_snapshots", {"cluster": {"CopyTagsToSnapshot": "yes"}}),
        ("rds_cluster_non_default_port", {"cluster": {"Port": 1}}),
        ("rds_cluster_backtrack_enabled", {"cluster": {"Engine": "aurora-mysql", "BacktrackWindow": "1"}}),
        ("documentdb_cluster_cloudwatch_log_export", {"cluster": []}),
        ("neptune_cluster_integration_cloudwatch_logs", {"cluster": None}),
        ("neptune_cluster_iam_authentication_enabled", {"cluster": None}),
        ("neptune_cluster_snapshot_encrypted", {"snapshot": {"StorageEncrypted": 0}}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("policy", "engine", "parameters", "outcome"),
    [
        ("rds_mariadb_instance_transport_encrypted", "mariadb", {"require_secure_transport": "1"}, PASS),
        ("rds_mariadb_instance_transport_encrypted", "mariadb", {"require_secure_transport": "0"}, FAIL),
        ("rds_mariadb_instance_transport_encrypted", "mysql", {"require_secure_transport": "0"}, NONE),
        ("rds_mariadb_instance_transport_encrypted", "oracle-ee", {}, NONE),
        ("rds_mariadb_instance_transport_encrypted", "mariadb", {"require_secure_transport": 1}, UNKNOWN),
        ("rds_sqlserver_instance_transport_encrypted", "sqlserver-web", {"rds.force_ssl": "1"}, PASS),
        ("rds_sqlserver_instance_transport_encrypted", "sqlserver-web", {"rds.force_ssl": "0"}, FAIL),
        ("rds_sqlserver_instance_transport_encrypted", "postgres", {"rds.force_ssl": "0"}, NONE),
        ("rds_sqlserver_instance_transport_encrypted", "sqlserver-web", None, UNKNOWN),
    ],
)
def test_unencrypted_connections_by_engine(
    judged: Judged, policy: str, engine: str, parameters: Any, outcome: Outcome
) -> None:
    instance = {"Engine": engine, "DBParameterGroups": [{"DBParameterGroupName": "g"}]}
    assert judged(policy, instance=instance, parameters={"g": parameters}).outcome == outcome


def subscription(source: str | None, *categories: str, enabled: bool = True, ids: Any = ()) -> dict[str, Any]:
    made = {"Enabled": enabled, "EventCategoriesList": list(categories), "SourceIdsList": list(ids)}
    return made if source is None else made | {"SourceType": source}


@pytest.mark.parametrize(
    ("subscriptions", "outcome"),
    [
        ([], NONE),
        ([subscription("db-cluster", "failure", "maintenance")], PASS),
        ([subscription("db-cluster")], PASS),
        ([subscription(None)], PASS),
        ([subscription("db-cluster", "failure"), subscription("db-cluster", "maintenance")], PASS),
        ([subscription("db-cluster", "failure")], FAIL),
        ([subscription("db-instance", "failure", "maintenance")], FAIL),
        ([subscription("db-cluster", enabled=False)], FAIL),
        ([subscription("db-cluster", ids=["one"])], FAIL),
        ({}, UNKNOWN),
        ([{"Enabled": "yes"}], UNKNOWN),
    ],
)
def test_who_is_told(judged: Judged, subscriptions: Any, outcome: Outcome) -> None:
    found = judged("rds_cluster_critical_event_subscription", event_subscriptions=subscriptions, odd=True)
    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("policy", "source", "categories"),
    [
        (
            "rds_instance_critical_event_subscription",
            "db-instance",
            ["configuration change", "failure", "maintenance"],
        ),
        ("rds_instance_event_subscription_parameter_groups", "db-parameter-group", ["configuration change"]),
        (
            "rds_instance_event_subscription_security_groups",
            "db-security-group",
            ["configuration change", "failure"],
        ),
    ],
)
def test_of_what_one_is_told(judged: Judged, policy: str, source: str, categories: list[str]) -> None:
    assert judged(policy, event_subscriptions=[subscription(source, *categories)]).outcome == PASS
    for missing in categories:
        some = [each for each in categories if each != missing] or ["backup"]
        assert judged(policy, event_subscriptions=[subscription(source, *some)]).outcome == FAIL
