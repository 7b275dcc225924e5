"""The policies of RDS, DocumentDB and Neptune by real calls in the lab."""

from __future__ import annotations

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_an_instance_and_its_snapshot(live: Live) -> None:
    rds = live.client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName="g", DBParameterGroupFamily="postgres13", Description="d"
    )
    rds.create_db_instance(
        DBInstanceIdentifier="main",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="a-password",
        PubliclyAccessible=True,
        AutoMinorVersionUpgrade=False,
        BackupRetentionPeriod=1,
        DBParameterGroupName="g",
    )
    wrong = (
        "rds_instance_no_public_access",
        "rds_instance_minor_version_upgrade_enabled",
        "rds_instance_multi_az",
        "rds_instance_backup_enabled",
        "rds_instance_deletion_protection",
        "rds_instance_transport_encrypted",
        "rds_instance_copy_tags_to_snapshots",
        "rds_instance_enhanced_monitoring_enabled",
        "rds_instance_iam_authentication_enabled",
        "rds_instance_integration_cloudwatch_logs",
    )
    for policy in (*wrong, "rds_instance_storage_encrypted", "rds_instance_non_default_port"):
        live.opens(policy, "main")
    rds.create_db_snapshot(DBInstanceIdentifier="main", DBSnapshotIdentifier="copy")
    live.opens("rds_snapshots_encrypted", "copy")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="copy", AttributeName="restore", ValuesToAdd=["all"]
    )
    live.opens("rds_snapshots_public_access", "copy")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="copy", AttributeName="restore", ValuesToRemove=["all"]
    )
    live.resolves("rds_snapshots_public_access", "copy")
    # A change of the group audits the databases that stand on it.
    rds.modify_db_parameter_group(
        DBParameterGroupName="g",
        Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}],
    )
    rds.modify_db_instance(
        DBInstanceIdentifier="main",
        PubliclyAccessible=False,
        AutoMinorVersionUpgrade=True,
        MultiAZ=True,
        BackupRetentionPeriod=7,
        DeletionProtection=True,
        CopyTagsToSnapshot=True,
        MonitoringInterval=60,
        EnableIAMDatabaseAuthentication=True,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
        ApplyImmediately=True,
    )
    for policy in wrong:
        live.resolves(policy, "main")


def test_a_cluster(live: Live) -> None:
    rds = live.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="shop",
        Engine="aurora-postgresql",
        MasterUsername="owner",
        MasterUserPassword="a-password",
        StorageEncrypted=False,
    )
    mended = ("rds_cluster_deletion_protection", "rds_cluster_copy_tags_to_snapshots")
    stays = (
        "rds_cluster_storage_encrypted",
        "rds_cluster_integration_cloudwatch_logs",
        "rds_cluster_multi_az",
    )
    for policy in (*mended, *stays):
        live.opens(policy, "shop")
    rds.modify_db_cluster(DBClusterIdentifier="shop", DeletionProtection=True, CopyTagsToSnapshot=True)
    for policy in mended:
        live.resolves(policy, "shop")


# The lab knows no DocumentDB: its rows differ in the engine's name alone.
def test_a_cluster_of_another_product_is_judged_as_that(live: Live) -> None:
    rds = live.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="graph",
        Engine="neptune",
        MasterUsername="owner",
        MasterUserPassword="a-password",
    )
    rds.create_db_cluster_snapshot(DBClusterIdentifier="graph", DBClusterSnapshotIdentifier="nodes")
    rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="nodes", AttributeName="restore", ValuesToAdd=["all"]
    )
    live.opens("neptune_cluster_public_snapshot", "nodes")
    rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="nodes", AttributeName="restore", ValuesToRemove=["all"]
    )
    live.resolves("neptune_cluster_public_snapshot", "nodes")
    live.opens("neptune_cluster_deletion_protection", "graph")
    for policy in ("rds_snapshots_public_access", "documentdb_cluster_public_snapshot"):
        assert live.verdicts(policy, "nodes") == []
    assert live.verdicts("rds_cluster_storage_encrypted", "graph") == []


def test_a_proxy(live: Live) -> None:
    rds = live.client("rds")
    rds.create_db_proxy(
        DBProxyName="front",
        EngineFamily="POSTGRESQL",
        Auth=[
            {"AuthScheme": "SECRETS", "SecretArn": "arn:aws:secretsmanager:us-east-1:111111111111:secret:s"}
        ],
        RoleArn="arn:aws:iam::111111111111:role/proxy",
        VpcSubnetIds=[each["SubnetId"] for each in live.client("ec2").describe_subnets()["Subnets"][:2]],
        RequireTLS=False,
    )
    live.opens("rds_proxy_require_tls", "front")


def test_who_is_told_of_events(live: Live) -> None:
    rds = live.client("rds")

    def subscribe(*categories: str) -> None:
        rds.create_event_subscription(
            SubscriptionName=f"of-{categories[0].split()[0]}",
            SnsTopicArn=f"arn:aws:sns:{live.region}:{live.account}:alerts",
            SourceType="db-instance",
            EventCategories=list(categories),
            Enabled=True,
        )

    subscribe("failure")
    live.opens("rds_instance_critical_event_subscription", live.region)
    subscribe("configuration change", "maintenance")
    live.resolves("rds_instance_critical_event_subscription", live.region)
