"""The table of EC2: prefix lists, security groups and network ACLs."""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.changes import Effect
from liveaudit.services.ec2.service import TAG_EVENTS, TAGGED, asked, service


def by_id(items: Any) -> Any:
    """A list in the order of ids: EC2 gives it in none."""
    return sorted(items, key=lambda item: str(item.get("NetworkInterfaceId") or item.get("VpcId")))


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
prefix_list.deleted_by("DeleteManagedPrefixList", named_by=asked("DeleteManagedPrefixList", "PrefixListId"))
for _event in ("ModifyManagedPrefixList", "RestoreManagedPrefixListVersion"):
    prefix_list.event(_event, "prefix_list", "entries", named_by=asked(_event, "PrefixListId"))
for _event in TAG_EVENTS:
    prefix_list.event(_event, "prefix_list", named_by=TAGGED)

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
    "ModifySecurityGroupRules", "group", named_by=asked("ModifySecurityGroupRules", "GroupId")
)
for _event in TAG_EVENTS:
    security_group.event(_event, "group", named_by=TAGGED)
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
    security_group.event(_event, "vpc_associations", named_by=asked(_event, "GroupId"))

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
for _event in TAG_EVENTS:
    network_acl.event(_event, "network_acl", named_by=TAGGED)
network_acl.listing(
    "DescribeNetworkAcls",
    items="NetworkAcls",
    item_id="NetworkAclId",
    provides={"network_acl": "@"},
)
