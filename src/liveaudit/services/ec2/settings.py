"""The table of EC2: the settings of a region."""

from __future__ import annotations

from liveaudit.services.ec2.service import service

# AWS gives settings of an account or region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::EC2::RegionSettings",
    arn="arn:{partition}:ec2:{id}:{account}:settings",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "ebs_encryption",
    "GetEbsEncryptionByDefault",
    value="EbsEncryptionByDefault",
    changed_by=["EnableEbsEncryptionByDefault", "DisableEbsEncryptionByDefault"],
    root=True,
)
region_settings.section(
    "ebs_kms_key",
    "GetEbsDefaultKmsKeyId",
    value="KmsKeyId",
    changed_by=["ModifyEbsDefaultKmsKeyId", "ResetEbsDefaultKmsKeyId"],
)
region_settings.section(
    "snapshot_block_public_access",
    "GetSnapshotBlockPublicAccessState",
    value="State",
    changed_by=["EnableSnapshotBlockPublicAccess", "DisableSnapshotBlockPublicAccess"],
)
region_settings.section(
    "image_block_public_access",
    "GetImageBlockPublicAccessState",
    value="ImageBlockPublicAccessState",
    changed_by=["EnableImageBlockPublicAccess", "DisableImageBlockPublicAccess"],
)
region_settings.section(
    "allowed_images",
    "GetAllowedImagesSettings",
    changed_by=[
        "EnableAllowedImagesSettings",
        "DisableAllowedImagesSettings",
        "ReplaceImageCriteriaInAllowedImagesSettings",
    ],
)
region_settings.section(
    "instance_metadata_defaults",
    "GetInstanceMetadataDefaults",
    value="AccountLevel",
    changed_by="ModifyInstanceMetadataDefaults",
)
region_settings.section(
    "serial_console",
    "GetSerialConsoleAccessStatus",
    value="SerialConsoleAccessEnabled",
    changed_by=["EnableSerialConsoleAccess", "DisableSerialConsoleAccess"],
)
region_settings.section(
    "vpc_block_public_access",
    "DescribeVpcBlockPublicAccessOptions",
    value="VpcBlockPublicAccessOptions",
    changed_by="ModifyVpcBlockPublicAccessOptions",
)
