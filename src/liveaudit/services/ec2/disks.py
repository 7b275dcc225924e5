"""The table of EC2: volumes, snapshots and machine images.

Only the account's own snapshots and images are listed. Whether a snapshot is public is asked for hundreds at once: which of
these may everybody restore? Its permissions by themselves take a call each.
"""

from __future__ import annotations

from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.ec2 import shapes
from liveaudit.services.ec2.service import TAGS, answered, asked, service, with_tags

volume = service.resource_type(
    "AWS::EC2::Volume",
    arn="arn:{partition}:ec2:{region}:{account}:volume/{id}",
    named_by="requestParameters.volumeId",
    gone="InvalidVolume.NotFound",
    id_pattern=r"vol-\w+",
)
# An instance comes and goes with its volumes, and no event names those.
volume.also_named_by(
    "responseElements.instancesSet.items[].instanceId",
    "DescribeVolumes",
    {"Filters": [{"Name": "attachment.instance-id", "Values": ["{alias}"]}]},
    items="Volumes",
    item_id="VolumeId",
    key="InstanceIds",
)
_VOLUMES = "Volumes[?State != 'deleting' && State != 'deleted']"
volume.section(
    "volume",
    "DescribeVolumes",
    {"Filters": [{"Name": "volume-id", "Values": "{ids}"}]},
    items=_VOLUMES,
    item_id="VolumeId",
    many=200,
    shape=shapes.volume,
    changed_by=["AttachVolume", "DetachVolume"],
    root=True,
)
volume.listing("DescribeVolumes", items=_VOLUMES, item_id="VolumeId", provides={"volume": "@", "tags": TAGS})
with_tags(volume)
volume.created_by("CreateVolume", named_by="responseElements.volumeId")
volume.created_by("CopyVolumes", named_by=answered("CopyVolumes", "volumeSet.item[].volumeId"))
volume.created_by("RestoreVolumeFromRecycleBin", named_by=asked("RestoreVolumeFromRecycleBin", "VolumeId"))
volume.deleted_by("DeleteVolume")
volume.created_by("RunInstances")
volume.deleted_by("TerminateInstances")
# Volumes are deleted once the instance has shut down, and made while it starts.
volume.takes(180.0, "RunInstances", "TerminateInstances")

snapshot = service.resource_type(
    "AWS::EC2::Snapshot",
    arn="arn:{partition}:ec2:{region}:{account}:snapshot/{id}",
    named_by="requestParameters.snapshotId",
    gone="InvalidSnapshot.NotFound",
    id_pattern=r"snap-\w+",
)
_OWN_SNAPSHOTS = {"OwnerIds": ["self"], "Filters": [{"Name": "snapshot-id", "Values": "{ids}"}]}
snapshot.section(
    "snapshot",
    "DescribeSnapshots",
    _OWN_SNAPSHOTS,
    items="Snapshots",
    item_id="SnapshotId",
    many=200,
    shape=shapes.snapshot,
    root=True,
)
snapshot.section(
    "public",
    "DescribeSnapshots",
    {**_OWN_SNAPSHOTS, "RestorableByUserIds": ["all"]},
    items="Snapshots",
    item_id="SnapshotId",
    many=200,
    value="SnapshotId",
)
snapshot.section(
    "permissions",
    "DescribeSnapshotAttribute",
    {"SnapshotId": "{id}", "Attribute": "createVolumePermission"},
    value="CreateVolumePermissions",
    shape=keeping(leaves("Group", "UserId")),
)
snapshot.listing(
    "DescribeSnapshots",
    {"OwnerIds": ["self"]},
    items="Snapshots",
    item_id="SnapshotId",
    provides={"snapshot": "@", "tags": TAGS},
)
with_tags(snapshot)
snapshot.created_by("CreateSnapshot", "CopySnapshot", named_by="responseElements.snapshotId")
snapshot.created_by(
    "CreateSnapshots",
    named_by=[
        "responseElements.CreateSnapshotsResponse.snapshotSet.item[].snapshotId",
        "responseElements.snapshotSet.items[].snapshotId",
    ],
)
snapshot.created_by(
    "RestoreSnapshotFromRecycleBin", named_by=asked("RestoreSnapshotFromRecycleBin", "SnapshotId")
)
snapshot.deleted_by("DeleteSnapshot")
for _event in ("ModifySnapshotAttribute", "ResetSnapshotAttribute"):
    snapshot.event(_event, "public", "permissions")

image = service.resource_type(
    "AWS::EC2::Image",
    arn="arn:{partition}:ec2:{region}:{account}:image/{id}",
    named_by="requestParameters.imageId",
    gone=["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"],
    id_pattern=r"ami-\w+",
)
_OWN_IMAGES = {"Owners": ["self"], "IncludeDeprecated": True, "IncludeDisabled": True}
image.section(
    "image",
    "DescribeImages",
    {**_OWN_IMAGES, "Filters": [{"Name": "image-id", "Values": "{ids}"}]},
    items="Images",
    item_id="ImageId",
    many=200,
    shape=shapes.image,
    changed_by=["ModifyImageAttribute", "ResetImageAttribute"],
    root=True,
)
image.listing(
    "DescribeImages", _OWN_IMAGES, items="Images", item_id="ImageId", provides={"image": "@", "tags": TAGS}
)
image.section(
    "launch_permissions",
    "DescribeImageAttribute",
    {"ImageId": "{id}", "Attribute": "launchPermission"},
    value="LaunchPermissions",
    shape=keeping(leaves("Group", "UserId", "OrganizationArn", "OrganizationalUnitArn")),
    changed_by=["ModifyImageAttribute", "ResetImageAttribute"],
)
with_tags(image)
image.created_by("CreateImage", "CopyImage", "RegisterImage", named_by="responseElements.imageId")
image.created_by("CreateRestoreImageTask", named_by=answered("CreateRestoreImageTask", "imageId"))
image.created_by("RestoreImageFromRecycleBin", named_by=asked("RestoreImageFromRecycleBin", "ImageId"))
image.deleted_by("DeregisterImage")
for _event in ("EnableImage", "DisableImage", "EnableImageDeprecation", "DisableImageDeprecation"):
    image.event(_event, "image", named_by=asked(_event, "ImageId"))
