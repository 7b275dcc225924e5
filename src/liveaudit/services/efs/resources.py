"""The table of Amazon EFS: file systems, access points, mount targets.

Source: the API reference; EFS user guide, "Logging Amazon EFS API calls with AWS CloudTrail".
"""

from __future__ import annotations

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.services.ec2.routing import subnet

service = Service("elasticfilesystem", event_source="elasticfilesystem.amazonaws.com", client="efs")

_FILE_SYSTEM = {"FileSystemId": "{id}"}

file_system = service.resource_type(
    "AWS::EFS::FileSystem",
    arn="arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{id}",
    named_by="requestParameters.fileSystemId",
    gone="FileSystemNotFound",
    id_pattern=r"fs-[0-9a-f]+",
)
file_system.section(
    "file_system",
    "DescribeFileSystems",
    _FILE_SYSTEM,
    items="FileSystems",
    item_id="FileSystemId",
    omit="SizeInBytes",
    silent="LifeCycleState",
    changed_by=[
        "UpdateFileSystem",
        "UpdateFileSystemProtection",
        "CreateTags",
        "DeleteTags",
        "CreateMountTarget",
    ],
    root=True,
)
file_system.section(
    "policy_document",
    "DescribeFileSystemPolicy",
    _FILE_SYSTEM,
    value="Policy",
    absent="PolicyNotFound",
    changed_by=["PutFileSystemPolicy", "DeleteFileSystemPolicy"],
)
file_system.section(
    "backup_policy",
    "DescribeBackupPolicy",
    _FILE_SYSTEM,
    value="BackupPolicy",
    absent="PolicyNotFound",
    changed_by="PutBackupPolicy",
)
for _event in ("TagResource", "UntagResource"):
    file_system.event(_event, "file_system", named_by="requestParameters.resourceId")
file_system.event(
    "CreateReplicationConfiguration", "file_system", named_by="requestParameters.sourceFileSystemId"
)
file_system.event(
    "DeleteReplicationConfiguration", "file_system", named_by="requestParameters.sourceFileSystemId"
)
file_system.created_by("CreateFileSystem", named_by="responseElements.fileSystemId")
file_system.deleted_by("DeleteFileSystem")
file_system.takes(300.0, "CreateFileSystem", "UpdateFileSystem", "PutBackupPolicy")
file_system.listing(
    "DescribeFileSystems", items="FileSystems", item_id="FileSystemId", provides={"file_system": "@"}
)

access_point = service.resource_type(
    "AWS::EFS::AccessPoint",
    arn="arn:{partition}:elasticfilesystem:{region}:{account}:access-point/{id}",
    named_by="requestParameters.accessPointId",
    gone="AccessPointNotFound",
    id_pattern=r"fsap-[0-9a-f]+",
)
access_point.section(
    "access_point",
    "DescribeAccessPoints",
    {"AccessPointId": "{id}"},
    items="AccessPoints",
    item_id="AccessPointId",
    silent="LifeCycleState",
    root=True,
)
for _event in ("TagResource", "UntagResource"):
    access_point.event(_event, "access_point", named_by="requestParameters.resourceId")
access_point.created_by("CreateAccessPoint", named_by="responseElements.accessPointId")
access_point.deleted_by("DeleteAccessPoint")
access_point.listing(
    "DescribeAccessPoints", items="AccessPoints", item_id="AccessPointId", provides={"access_point": "@"}
)

mount_target = service.resource_type(
    "AWS::EFS::MountTarget",
    # AWS gives mount targets no ARN; this one is ours, made so that it collides with none of AWS's.
    arn="arn:{partition}:elasticfilesystem:{region}:{account}:mount-target/{id}",
    named_by="requestParameters.mountTargetId",
    gone="MountTargetNotFound",
    id_pattern=r"fsmt-[0-9a-f]+",
)
mount_target.section(
    "mount_target",
    "DescribeMountTargets",
    {"MountTargetId": "{id}"},
    items="MountTargets",
    item_id="MountTargetId",
    silent="LifeCycleState",
    root=True,
)
mount_target.section(
    "security_groups",
    "DescribeMountTargetSecurityGroups",
    {"MountTargetId": "{id}"},
    value="SecurityGroups",
    changed_by="ModifyMountTargetSecurityGroups",
)
mount_target.references("subnets", subnet, "subnet", ids="mount_target.[SubnetId]")
mount_target.created_by("CreateMountTarget", named_by="responseElements.mountTargetId")
mount_target.deleted_by("DeleteMountTarget")
mount_target.takes(300.0, "CreateMountTarget", "DeleteMountTarget")
# They are listed file system by file system.
mount_target.listing(
    "DescribeFileSystems",
    items="FileSystems",
    item_id="MountTargetId",
    each=Each("DescribeMountTargets", {"FileSystemId": "{item.FileSystemId}"}, value="MountTargets"),
)

mount_target.has_no_tags()

service.ignores(
    "after how many days a file moves to cheaper storage is read by no policy", "PutLifecycleConfiguration"
)
service.ignores("how long new ids are is read by no policy", "PutAccountPreferences")
