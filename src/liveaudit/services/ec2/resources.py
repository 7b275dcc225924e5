"""The table of Amazon EC2: what exists, how it is read, which events change it.

Sources: the API reference and recorded CloudTrail events. CloudTrail writes EC2's parameters in two styles: lists as
``xSet.items[]``, and for newer operations everything under ``<Operation>Request``. Where it is not known which of
the two an operation has, both are looked for.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.changes import Effect
from liveaudit.catalog.types import Service
from liveaudit.services.ec2.ignored import SERVICE_EVENTS, ignore_the_rest

service = Service("ec2", event_source="ec2.amazonaws.com")

_TAG_EVENTS = ("CreateTags", "DeleteTags")
_TAGGED = "requestParameters.resourcesSet.items[].resourceId"


def by_id(items: Any) -> Any:
    """A list in the order of ids: EC2 gives it in none."""
    return sorted(items, key=lambda item: str(item.get("NetworkInterfaceId") or item.get("VpcId")))


def _either_style(operation: str, parameter: str) -> tuple[str, str]:
    return f"requestParameters.{parameter}", f"requestParameters.{operation}Request.{parameter}"


prefix_list = service.resource_type(
    "AWS::EC2::PrefixList",
    arn="arn:{partition}:ec2:{region}:{account}:prefix-list/{id}",
    gone="InvalidPrefixListID.NotFound",
    id_pattern=r"pl-\w+",
)
prefix_list.section(
    "prefix_list",
    "DescribeManagedPrefixLists",
    {"Filters": [{"Name": "prefix-list-id", "Values": "{ids}"}]},
    items="PrefixLists",
    item_id="PrefixListId",
    many=100,
    root=True,
)
prefix_list.section("entries", "GetManagedPrefixListEntries", {"PrefixListId": "{id}"}, value="Entries")
# Lists of AWS's own are not listed: they are read when a group refers to one.
prefix_list.listing(
    "DescribeManagedPrefixLists",
    {"Filters": [{"Name": "owner-id", "Values": ["{account}"]}]},
    items="PrefixLists",
    item_id="PrefixListId",
    provides={"prefix_list": "@"},
)
prefix_list.created_by(
    "CreateManagedPrefixList",
    named_by=[
        "responseElements.prefixList.prefixListId",
        "responseElements.CreateManagedPrefixListResponse.prefixList.prefixListId",
    ],
)
prefix_list.deleted_by(
    "DeleteManagedPrefixList", named_by=_either_style("DeleteManagedPrefixList", "PrefixListId")
)
for _event in ("ModifyManagedPrefixList", "RestoreManagedPrefixListVersion"):
    prefix_list.event(_event, "prefix_list", "entries", named_by=_either_style(_event, "PrefixListId"))
for _event in _TAG_EVENTS:
    prefix_list.event(_event, "prefix_list", named_by=_TAGGED)

security_group = service.resource_type(
    "AWS::EC2::SecurityGroup",
    arn="arn:{partition}:ec2:{region}:{account}:security-group/{id}",
    # Calls that name the default VPC's group by its name show the id in their answer.
    named_by=[
        "requestParameters.groupId",
        "responseElements.securityGroupRuleSet.items[].groupId",
        "responseElements.revokedSecurityGroupRuleSet.items[].groupId",
    ],
    gone=["InvalidGroup.NotFound", "InvalidGroupId.Malformed"],
    id_pattern=r"sg-\w+",
)
security_group.also_named_by(
    "requestParameters.groupName",
    "DescribeSecurityGroups",
    {"Filters": [{"Name": "group-name", "Values": ["{alias}"]}]},
    items="SecurityGroups",
    item_id="GroupId",
    key="GroupName",
)
# A VPC comes and goes with its default group, and no event names that one.
security_group.also_named_by(
    ["responseElements.vpc.vpcId", "requestParameters.vpcId"],
    "DescribeSecurityGroups",
    {"Filters": [{"Name": "vpc-id", "Values": ["{alias}"]}]},
    items="SecurityGroups",
    item_id="GroupId",
    key="VpcId",
)
security_group.section(
    "group",
    "DescribeSecurityGroups",
    {"Filters": [{"Name": "group-id", "Values": "{ids}"}]},
    items="SecurityGroups",
    item_id="GroupId",
    many=200,
    changed_by=[
        "AuthorizeSecurityGroupIngress",
        "AuthorizeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
        "RevokeSecurityGroupEgress",
        "UpdateSecurityGroupRuleDescriptionsIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
    ],
    root=True,
)
security_group.event(
    "ModifySecurityGroupRules", "group", named_by=_either_style("ModifySecurityGroupRules", "GroupId")
)
for _event in _TAG_EVENTS:
    security_group.event(_event, "group", named_by=_TAGGED)
security_group.created_by("CreateSecurityGroup", named_by="responseElements.groupId")
security_group.created_by("CreateVpc", "CreateDefaultVpc")
security_group.deleted_by("DeleteSecurityGroup", "DeleteVpc")
security_group.listing(
    "DescribeSecurityGroups",
    items="SecurityGroups",
    item_id="GroupId",
    provides={"group": "@"},
)
security_group.references(
    "prefix_lists", prefix_list, "entries", ids="group.IpPermissions[].PrefixListIds[].PrefixListId"
)
# The events that attach and detach a group (RunInstances, DeleteNetworkInterface ...) seldom name it, and those of
# Lambda's own interfaces are a flood: this section is as fresh as the last sweep or change of the group.
security_group.section(
    "network_interfaces",
    "DescribeNetworkInterfaces",
    {"Filters": [{"Name": "group-id", "Values": ["{id}"]}]},
    value="NetworkInterfaces",
    shape=by_id,
)
security_group.section(
    "vpc_associations",
    "DescribeSecurityGroupVpcAssociations",
    {"Filters": [{"Name": "group-id", "Values": ["{id}"]}]},
    value="SecurityGroupVpcAssociations",
    shape=by_id,
)
for _event in ("AssociateSecurityGroupVpc", "DisassociateSecurityGroupVpc"):
    security_group.event(_event, "vpc_associations", named_by=_either_style(_event, "GroupId"))

network_acl = service.resource_type(
    "AWS::EC2::NetworkAcl",
    arn="arn:{partition}:ec2:{region}:{account}:network-acl/{id}",
    named_by="requestParameters.networkAclId",
    gone="InvalidNetworkAclID.NotFound",
    id_pattern=r"acl-\w+",
)
# A VPC comes and goes with its default ACL, and no event names that one.
network_acl.also_named_by(
    ["responseElements.vpc.vpcId", "requestParameters.vpcId"],
    "DescribeNetworkAcls",
    {"Filters": [{"Name": "vpc-id", "Values": ["{alias}"]}]},
    items="NetworkAcls",
    item_id="NetworkAclId",
    key="VpcId",
)
network_acl.section(
    "network_acl",
    "DescribeNetworkAcls",
    {"Filters": [{"Name": "network-acl-id", "Values": "{ids}"}]},
    items="NetworkAcls",
    item_id="NetworkAclId",
    many=200,
    changed_by=[
        "CreateNetworkAclEntry",
        "ReplaceNetworkAclEntry",
        "DeleteNetworkAclEntry",
        "ReplaceNetworkAclAssociation",
    ],
    root=True,
)
network_acl.created_by("CreateNetworkAcl", named_by="responseElements.networkAcl.networkAclId")
network_acl.deleted_by("DeleteNetworkAcl")
network_acl.event("CreateVpc", effect=Effect.CREATE)
network_acl.event("CreateDefaultVpc", effect=Effect.CREATE)
network_acl.event("DeleteVpc", effect=Effect.DELETE)
for _event in _TAG_EVENTS:
    network_acl.event(_event, "network_acl", named_by=_TAGGED)
network_acl.listing(
    "DescribeNetworkAcls",
    items="NetworkAcls",
    item_id="NetworkAclId",
    provides={"network_acl": "@"},
)

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

service.spells(*SERVICE_EVENTS)
ignore_the_rest(service)
