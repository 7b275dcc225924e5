"""The fixes of databases: RDS and DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

from liveaudit.fix.row import Fix, Put, setting

_INSTANCE = "AWS::RDS::DBInstance"
_NOW = {"DBInstanceIdentifier": "{id}", "ApplyImmediately": True}
_MEMBER = {
    "instance.DBClusterIdentifier": "it is a member of a cluster, which has the setting: mend the cluster's finding"
}


def _instance(
    policy: str, key: str, value: object, does: str, beware: str = "", *, alone: bool = False
) -> Fix:
    """A member of DescribeDBInstances that ModifyDBInstance takes under the same name."""
    return setting(
        (policy,),
        _INSTANCE,
        "rds",
        "ModifyDBInstance",
        {**_NOW, key: Put(value, was=f"instance.{key}")},
        sections=("instance",),
        does=does,
        beware=beware,
        unless=_MEMBER if alone else None,
    )


def _fixes() -> Iterator[Fix]:
    yield _instance(
        "rds_instance_no_public_access",
        "PubliclyAccessible",
        False,
        "Takes the instance's public address away.",
        "Clients outside of the VPC lose the connection, unless they come by a VPN or peering.",
    )
    yield _instance(
        "rds_instance_deletion_protection",
        "DeletionProtection",
        True,
        "Switches the instance's deletion protection on.",
        "Whoever deletes it on purpose has to switch it off first.",
        alone=True,
    )
    yield _instance(
        "rds_instance_minor_version_upgrade_enabled",
        "AutoMinorVersionUpgrade",
        True,
        "Has the instance take minor versions by itself, in its maintenance window.",
        "An upgrade restarts the database.",
    )
    yield _instance(
        "rds_instance_copy_tags_to_snapshots",
        "CopyTagsToSnapshot",
        True,
        "Has the instance's snapshots get its tags.",
        alone=True,
    )
    yield setting(
        ("rds_cluster_deletion_protection",),
        "AWS::RDS::DBCluster",
        "rds",
        "ModifyDBCluster",
        {
            "DBClusterIdentifier": "{id}",
            "ApplyImmediately": True,
            "DeletionProtection": Put(True, was="cluster.DeletionProtection"),
        },
        sections=("cluster",),
        does="Switches the cluster's deletion protection on.",
        beware="Whoever deletes it on purpose has to switch it off first.",
    )
    yield setting(
        ("dynamodb_table_deletion_protection_enabled",),
        "AWS::DynamoDB::Table",
        "dynamodb",
        "UpdateTable",
        {
            "TableName": "{id}",
            "DeletionProtectionEnabled": Put(True, was="table.DeletionProtectionEnabled", absent=False),
        },
        sections=("table",),
        does="Switches the table's deletion protection on.",
        beware="Whoever deletes it on purpose has to switch it off first.",
    )
    yield setting(
        ("dynamodb_tables_pitr_enabled",),
        "AWS::DynamoDB::Table",
        "dynamodb",
        "UpdateContinuousBackups",
        {
            "TableName": "{id}",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": Put(True, back=False)},
        },
        sections=("point_in_time_recovery",),
        does="Switches the table's point-in-time recovery on.",
        beware="It is billed by the size of the table. Undone, the recovery points are gone.",
    )


FIXES = tuple(_fixes())
