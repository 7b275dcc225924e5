"""What changes in Redshift without bearing on anything that a policy looks at."""

from __future__ import annotations

from liveaudit.catalog.types import Service


def ignore_the_rest(service: Service) -> None:
    """Tell the service which changing operations are none of our business, and why."""
    service.ignores_unnamed("tags of what no policy looks at", "CreateTags", "DeleteTags")
    service.ignores(
        "groups of EC2-Classic, which AWS has ended",
        "AuthorizeClusterSecurityGroupIngress",
        "CreateClusterSecurityGroup",
        "DeleteClusterSecurityGroup",
        "RevokeClusterSecurityGroupIngress",
    )
    service.ignores(
        "which subnets a cluster may be put into is read by no policy",
        "CreateClusterSubnetGroup",
        "DeleteClusterSubnetGroup",
        "ModifyClusterSubnetGroup",
    )
    service.ignores(
        "snapshots and who may restore them are read by no policy",
        "AuthorizeSnapshotAccess",
        "BatchDeleteClusterSnapshots",
        "BatchModifyClusterSnapshots",
        "CopyClusterSnapshot",
        "CreateClusterSnapshot",
        "CreateSnapshotCopyGrant",
        "CreateSnapshotSchedule",
        "DeleteClusterSnapshot",
        "DeleteSnapshotCopyGrant",
        "DeleteSnapshotSchedule",
        "ModifyClusterSnapshot",
        "ModifySnapshotSchedule",
        "RevokeSnapshotAccess",
    )
    service.ignores(
        "shares of data and their policies are read by no policy",
        "AssociateDataShareConsumer",
        "AuthorizeDataShare",
        "DeauthorizeDataShare",
        "DeleteResourcePolicy",
        "DisassociateDataShareConsumer",
        "PutResourcePolicy",
        "RejectDataShare",
    )
    service.ignores(
        "endpoints for other VPCs are read by no policy",
        "AuthorizeEndpointAccess",
        "CreateEndpointAccess",
        "DeleteEndpointAccess",
        "ModifyEndpointAccess",
        "RevokeEndpointAccess",
    )
    service.ignores(
        "event subscriptions, schedules and limits are read by no policy",
        "CreateEventSubscription",
        "CreateScheduledAction",
        "CreateUsageLimit",
        "DeleteEventSubscription",
        "DeleteScheduledAction",
        "DeleteUsageLimit",
        "ModifyEventSubscription",
        "ModifyScheduledAction",
        "ModifyUsageLimit",
    )
    service.ignores(
        "works on tables, not on the cluster's configuration",
        "RestoreTableFromClusterSnapshot",
    )
