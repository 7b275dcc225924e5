"""The table of DB clusters, of all three products, and of DB instances of RDS.

An instance's answer and its cluster's are of one call each for up to a hundred; a filter with an id that there is none of
is no error, so that one that is gone does not spoil the others.
"""

from __future__ import annotations

from liveaudit.catalog.types import ResourceType
from liveaudit.services.rds.parameter_groups import cluster_parameter_group, parameter_group
from liveaudit.services.rds.service import (
    DOCUMENTDB,
    NEPTUNE,
    RDS,
    TAG_EVENTS,
    TAGGED,
    Product,
    named,
    service,
)

CREATING = CHANGING = 900.0
"""Seconds that RDS may take to make a database, and to carry out a change of one that does not wait for its window."""

_STREAM_EVENTS = ("StartActivityStream", "StopActivityStream", "ModifyActivityStream")


def _cluster_type(product: Product) -> ResourceType:
    cluster = service.resource_type(
        f"{product.prefix}::DBCluster",
        arn="arn:{partition}:rds:{region}:{account}:cluster:{id}",
        named_by=named("dBClusterIdentifier"),
        only_if=product.only_if,
        lower_case=True,
    )
    cluster.section(
        "cluster",
        "DescribeDBClusters",
        {"Filters": [{"Name": "db-cluster-id", "Values": "{ids}"}]},
        items=f"DBClusters{product.chosen}",
        item_id="DBClusterIdentifier",
        many=100,
        omit=[
            "BacktrackConsumedChangeRecords",
            "Capacity",
            "EarliestBacktrackTime",
            "EarliestRestorableTime",
            "LatestRestorableTime",
        ],
        silent=[
            "AutomaticRestartTime",
            "IsClusterWriter",
            "PendingModifiedValues",
            "PercentProgress",
            "Status",
            "StatusInfos",
        ],
        changed_by=[
            "AddRoleToDBCluster",
            "BacktrackDBCluster",
            "FailoverDBCluster",
            "ModifyCurrentDBClusterCapacity",
            "PromoteReadReplicaDBCluster",
            "RebootDBCluster",
            "RemoveRoleFromDBCluster",
            "StartDBCluster",
            "StopDBCluster",
        ],
        root=True,
    )
    cluster.references(
        "parameters", cluster_parameter_group, "parameters", ids="cluster.[DBClusterParameterGroup]"
    )
    cluster.listing(
        "DescribeDBClusters",
        items=f"DBClusters{product.chosen}",
        item_id="DBClusterIdentifier",
        provides={"cluster": "@"},
    )
    cluster.created_by(
        "CreateDBCluster",
        "RestoreDBClusterFromS3",
        "RestoreDBClusterFromSnapshot",
        "RestoreDBClusterToPointInTime",
    )
    cluster.deleted_by("DeleteDBCluster")
    cluster.renamed_by("ModifyDBCluster", new="requestParameters.newDBClusterIdentifier")
    for event in TAG_EVENTS:
        cluster.event(event, "cluster", named_by=TAGGED)
    for event in (*_STREAM_EVENTS, "EnableHttpEndpoint", "DisableHttpEndpoint"):
        cluster.event(event, "cluster", named_by="requestParameters.resourceArn")
    cluster.event("ApplyPendingMaintenanceAction", "cluster", named_by="requestParameters.resourceIdentifier")
    cluster.event("RemoveFromGlobalCluster", "cluster", named_by="requestParameters.dbClusterIdentifier")
    # In how many zones a cluster is, its instances tell.
    for event in ("CreateDBInstance", "DeleteDBInstance"):
        cluster.event(event, "cluster")
    cluster.takes(
        CREATING,
        "CreateDBCluster",
        "CreateDBInstance",
        "DeleteDBCluster",
        "DeleteDBInstance",
        "RestoreDBClusterFromS3",
        "RestoreDBClusterFromSnapshot",
        "RestoreDBClusterToPointInTime",
    )
    cluster.takes(CHANGING, "ModifyDBCluster", "PromoteReadReplicaDBCluster", "ApplyPendingMaintenanceAction")
    return cluster


cluster = _cluster_type(RDS)
documentdb_cluster = _cluster_type(DOCUMENTDB)
neptune_cluster = _cluster_type(NEPTUNE)

instance = service.resource_type(
    "AWS::RDS::DBInstance",
    arn="arn:{partition}:rds:{region}:{account}:db:{id}",
    named_by=named("dBInstanceIdentifier"),
    only_if=RDS.only_if,
    lower_case=True,
)
instance.section(
    "instance",
    "DescribeDBInstances",
    {"Filters": [{"Name": "db-instance-id", "Values": "{ids}"}]},
    items=f"DBInstances{RDS.chosen}",
    item_id="DBInstanceIdentifier",
    many=100,
    omit=["LatestRestorableTime"],
    silent=[
        "AutomaticRestartTime",
        "DBInstanceStatus",
        "ParameterApplyStatus",
        "PendingModifiedValues",
        "PercentProgress",
        "Status",
        "StatusInfos",
        "StorageOperationPercentProgress",
        "StorageOperationStatus",
        "StorageVolumeStatus",
    ],
    changed_by=[
        "AddRoleToDBInstance",
        "PromoteReadReplica",
        "RebootDBInstance",
        "RemoveRoleFromDBInstance",
        "StartDBInstance",
        "StopDBInstance",
        "SwitchoverReadReplica",
    ],
    root=True,
)
instance.references(
    "parameters", parameter_group, "parameters", ids="instance.DBParameterGroups[].DBParameterGroupName"
)
instance.references("clusters", cluster, "cluster", ids="instance.[DBClusterIdentifier]")
instance.listing(
    "DescribeDBInstances",
    items=f"DBInstances{RDS.chosen}",
    item_id="DBInstanceIdentifier",
    provides={"instance": "@"},
)
instance.created_by(
    "CreateDBInstance",
    "CreateDBInstanceReadReplica",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceFromS3",
)
instance.created_by(
    "RestoreDBInstanceToPointInTime",
    named_by=["responseElements.dBInstanceIdentifier", "requestParameters.targetDBInstanceIdentifier"],
)
instance.deleted_by("DeleteDBInstance")
instance.renamed_by("ModifyDBInstance", new="requestParameters.newDBInstanceIdentifier")
for _event in TAG_EVENTS:
    instance.event(_event, "instance", named_by=TAGGED)
for _event in _STREAM_EVENTS:
    instance.event(_event, "instance", named_by="requestParameters.resourceArn")
instance.event("ApplyPendingMaintenanceAction", "instance", named_by="requestParameters.resourceIdentifier")
for _event in ("StartDBInstanceAutomatedBackupsReplication", "StopDBInstanceAutomatedBackupsReplication"):
    instance.event(_event, "instance", named_by="requestParameters.sourceDBInstanceArn")
instance.takes(
    CREATING,
    "CreateDBInstance",
    "CreateDBInstanceReadReplica",
    "DeleteDBInstance",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceFromS3",
    "RestoreDBInstanceToPointInTime",
)
instance.takes(
    CHANGING,
    "ApplyPendingMaintenanceAction",
    "ModifyDBInstance",
    "PromoteReadReplica",
    "RebootDBInstance",
    "SwitchoverReadReplica",
)
service.ignores_unnamed(
    "an instance of DocumentDB or Neptune, on which no policy looks",
    "CreateDBInstance",
    "DeleteDBInstance",
    "ModifyDBInstance",
    "RebootDBInstance",
)
service.ignores_unnamed("tags of what no policy looks at", *TAG_EVENTS)
