"""The table of Amazon Redshift: clusters and their parameter groups.

CloudTrail shows what the answer holds without its wrapper. Source: the API reference, recorded events.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.services.ec2.resources import prefix_list, security_group
from liveaudit.services.redshift.ignored import ignore_the_rest

service = Service("redshift", event_source="redshift.amazonaws.com")

NAMES = ("enable_user_activity_logging", "require_ssl", "use_fips_ssl")
"""The parameters that policies look at; a group has some more."""
_TAG_EVENTS = ("CreateTags", "DeleteTags")
_TAGGED = "requestParameters.resourceName"


def settings(parameters: Any) -> dict[str, Any]:
    """Name to value of those parameters that the group has."""
    return {
        each["ParameterName"]: each.get("ParameterValue")
        for each in parameters
        if each["ParameterName"] in NAMES
    }


parameter_group = service.resource_type(
    "AWS::Redshift::ClusterParameterGroup",
    arn="arn:{partition}:redshift:{region}:{account}:parametergroup:{id}",
    named_by=["responseElements.parameterGroupName", "requestParameters.parameterGroupName"],
    gone="ClusterParameterGroupNotFound",
    lower_case=True,
)
parameter_group.section(
    "group",
    "DescribeClusterParameterGroups",
    {"ParameterGroupName": "{id}"},
    items="ParameterGroups",
    item_id="ParameterGroupName",
    root=True,
)
parameter_group.section(
    "parameters",
    "DescribeClusterParameters",
    {"ParameterGroupName": "{id}"},
    value="Parameters",
    shape=settings,
    changed_by=["ModifyClusterParameterGroup", "ResetClusterParameterGroup"],
)
parameter_group.created_by("CreateClusterParameterGroup")
parameter_group.deleted_by("DeleteClusterParameterGroup")
for _event in _TAG_EVENTS:
    parameter_group.event(_event, "group", named_by=_TAGGED)
parameter_group.listing(
    "DescribeClusterParameterGroups",
    items="ParameterGroups",
    item_id="ParameterGroupName",
    provides={"group": "@"},
)

cluster = service.resource_type(
    "AWS::Redshift::Cluster",
    arn="arn:{partition}:redshift:{region}:{account}:cluster:{id}",
    named_by=["responseElements.clusterIdentifier", "requestParameters.clusterIdentifier"],
    gone="ClusterNotFound",
    lower_case=True,
)
_CLUSTER = {"ClusterIdentifier": "{id}"}
cluster.section(
    "cluster",
    "DescribeClusters",
    _CLUSTER,
    items="Clusters",
    item_id="ClusterIdentifier",
    omit=[
        "ExpectedNextSnapshotScheduleTime",
        "NextMaintenanceWindowStartTime",
        "TotalStorageCapacityInMegaBytes",
    ],
    silent=[
        "AquaStatus",
        "ClusterAvailabilityStatus",
        "ClusterRevisionNumber",
        "ClusterStatus",
        "DataTransferProgress",
        "ExpectedNextSnapshotScheduleTimeStatus",
        "ModifyStatus",
        "ParameterApplyStatus",
        "PendingActions",
        "PendingModifiedValues",
        "ResizeInfo",
        "RestoreStatus",
        "Status",
    ],
    changed_by=[
        "CancelResize",
        "CreateCustomDomainAssociation",
        "DeleteCustomDomainAssociation",
        "DisableSnapshotCopy",
        "EnableSnapshotCopy",
        "FailoverPrimaryCompute",
        "ModifyAquaConfiguration",
        "ModifyClusterDbRevision",
        "ModifyClusterIamRoles",
        "ModifyClusterMaintenance",
        "ModifyClusterSnapshotSchedule",
        "ModifyCustomDomainAssociation",
        "ModifySnapshotCopyRetentionPeriod",
        "PauseCluster",
        "RebootCluster",
        "ResizeCluster",
        "ResumeCluster",
        "RotateEncryptionKey",
    ],
    root=True,
)
cluster.section(
    "logging",
    "DescribeLoggingStatus",
    _CLUSTER,
    omit=["LastFailureMessage", "LastFailureTime", "LastSuccessfulDeliveryTime"],
    changed_by=["EnableLogging", "DisableLogging"],
)
cluster.references(
    "parameters", parameter_group, "parameters", ids="cluster.ClusterParameterGroups[].ParameterGroupName"
)
cluster.references(
    "security_groups", security_group, "group", ids="cluster.VpcSecurityGroups[].VpcSecurityGroupId"
)
cluster.references(
    "prefix_lists",
    prefix_list,
    "entries",
    ids="security_groups.*.IpPermissions[].PrefixListIds[].PrefixListId",
)
cluster.created_by("CreateCluster", "RestoreFromClusterSnapshot")
cluster.deleted_by("DeleteCluster")
cluster.renamed_by("ModifyCluster", new="requestParameters.newClusterIdentifier")
for _event in _TAG_EVENTS:
    cluster.event(_event, "cluster", named_by=_TAGGED)
cluster.takes(
    900.0,
    "CreateCluster",
    "DeleteCluster",
    "FailoverPrimaryCompute",
    "ModifyCluster",
    "PauseCluster",
    "RebootCluster",
    "ResizeCluster",
    "RestoreFromClusterSnapshot",
    "ResumeCluster",
)
cluster.shows("logging", {"=true": "LoggingEnabled"}, "EnableLogging")
cluster.shows("logging", {"=false": "LoggingEnabled"}, "DisableLogging")
cluster.listing("DescribeClusters", items="Clusters", item_id="ClusterIdentifier", provides={"cluster": "@"})

ignore_the_rest(service)
