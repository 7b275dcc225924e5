"""EC2's table: which resource an event names, in both of CloudTrail's styles."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import Match, Relevance, match
from liveaudit.model import Actor, Event
from liveaudit.services.ec2.resources import service

CATALOG = Catalog([service])
RECORDED = Path("/work/shared/events/recorded.jsonl")
GROUP, ACL, LIST = "AWS::EC2::SecurityGroup", "AWS::EC2::NetworkAcl", "AWS::EC2::PrefixList"
SETTINGS = "AWS::EC2::RegionSettings"
INSTANCE, VOLUME, SNAPSHOT, IMAGE = (
    f"AWS::EC2::{each}" for each in ("Instance", "Volume", "Snapshot", "Image")
)
EIP, TEMPLATE = "AWS::EC2::EIP", "AWS::EC2::LaunchTemplate"
LOG, PEERING, GATEWAY = (
    f"AWS::EC2::{each}" for each in ("FlowLog", "VPCPeeringConnection", "TransitGateway")
)
VPC, SUBNET, TABLE = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable"


def matched(
    name: str, request: dict[str, Any] | None = None, response: dict[str, Any] | None = None
) -> Match:
    """What the table says of an event."""
    return match(
        CATALOG,
        Event(
            id="e",
            source="ec2.amazonaws.com",
            name=name,
            account="111122223333",
            region="eu-west-1",
            time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            actor=Actor(),
            request=request or {},
            response=response or {},
        ),
    )


def found(given: Match) -> set[tuple[str, str, frozenset[str]]]:
    return {(each.resource.type, each.resource.id, each.sections) for each in given.targets}


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resource"),
    [
        ("AuthorizeSecurityGroupIngress", {"groupId": "sg-0a"}, None, (GROUP, "sg-0a")),
        ("RevokeSecurityGroupEgress", {"groupId": "sg-0a"}, None, (GROUP, "sg-0a")),
        (
            "AuthorizeSecurityGroupIngress",
            {"groupName": "web"},
            {"securityGroupRuleSet": {"items": [{"groupId": "sg-0a"}, {"groupId": "sg-0a"}]}},
            (GROUP, "sg-0a"),
        ),
        ("AuthorizeSecurityGroupIngress", {"groupName": "web"}, {"_return": True}, (GROUP, "?GroupName=web")),
        (
            "ModifySecurityGroupRules",
            {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-0a"}},
            None,
            (GROUP, "sg-0a"),
        ),
        ("UpdateSecurityGroupRuleDescriptionsIngress", {"groupId": "sg-0a"}, None, (GROUP, "sg-0a")),
        ("CreateSecurityGroup", {"groupName": "web"}, {"groupId": "sg-0a"}, (GROUP, "sg-0a")),
        ("DeleteSecurityGroup", {"groupId": "sg-0a"}, None, (GROUP, "sg-0a")),
        (
            "AssociateSecurityGroupVpc",
            {"AssociateSecurityGroupVpcRequest": {"GroupId": "sg-0a", "VpcId": "vpc-0a"}},
            None,
            (GROUP, "sg-0a"),
        ),
        (
            "ModifyManagedPrefixList",
            {"ModifyManagedPrefixListRequest": {"PrefixListId": "pl-0a", "CurrentVersion": 1}},
            None,
            (LIST, "pl-0a"),
        ),
        ("ModifyManagedPrefixList", {"prefixListId": "pl-0a"}, None, (LIST, "pl-0a")),
        (
            "CreateManagedPrefixList",
            {"CreateManagedPrefixListRequest": {"PrefixListName": "offices"}},
            {"CreateManagedPrefixListResponse": {"prefixList": {"prefixListId": "pl-0a"}}},
            (LIST, "pl-0a"),
        ),
        ("CreateNetworkAclEntry", {"networkAclId": "acl-0a", "ruleNumber": 10}, None, (ACL, "acl-0a")),
        ("ReplaceNetworkAclAssociation", {"networkAclId": "acl-0a"}, None, (ACL, "acl-0a")),
        (
            "CreateNetworkAcl",
            {"vpcId": "vpc-0a"},
            {"networkAcl": {"networkAclId": "acl-0a", "vpcId": "vpc-0a"}},
            (ACL, "acl-0a"),
        ),
        ("DeleteNetworkAcl", {"networkAclId": "acl-0a"}, None, (ACL, "acl-0a")),
        (
            "DisableEbsEncryptionByDefault",
            {"DisableEbsEncryptionByDefaultRequest": ""},
            None,
            (SETTINGS, "eu-west-1"),
        ),
        ("EnableSnapshotBlockPublicAccess", None, None, (SETTINGS, "eu-west-1")),
        ("ModifyInstanceMetadataDefaults", None, None, (SETTINGS, "eu-west-1")),
        (
            "EnableSerialConsoleAccess",
            {"EnableSerialConsoleAccessRequest": ""},
            None,
            (SETTINGS, "eu-west-1"),
        ),
    ],
)
def test_the_event_names_its_resource(
    name: str,
    request_parameters: dict[str, Any] | None,
    response: dict[str, Any] | None,
    resource: tuple[str, str],
) -> None:
    given = matched(name, request_parameters, response)
    assert {(each.resource.type, each.resource.id) for each in given.targets} == {resource}
    assert {each.resource.region for each in given.targets} == {"eu-west-1"}
    assert given.targets[0].alias == resource[1].startswith("?")


@pytest.mark.parametrize(
    ("name", "request_parameters", "response"),
    [
        ("CreateVpc", {"cidrBlock": "10.0.0.0/16"}, {"vpc": {"vpcId": "vpc-0a"}}),
        ("DeleteVpc", {"vpcId": "vpc-0a"}, None),
    ],
)
def test_a_vpc_comes_and_goes_with_its_defaults(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any] | None
) -> None:
    given = matched(name, request_parameters, response)
    assert {(each.resource.type, each.resource.id, each.alias) for each in given.targets} == {
        (VPC, "vpc-0a", False),
        (ACL, "?VpcId=vpc-0a", True),
        (GROUP, "?VpcId=vpc-0a", True),
        (TABLE, "?VpcId=vpc-0a", True),
    }


def _set(*ids: str) -> dict[str, Any]:
    return {"instancesSet": {"items": [{"instanceId": each} for each in ids]}}


_PROFILE = {"iamInstanceProfileAssociation": {"instanceId": "i-0a", "associationId": "iip-assoc-0a"}}
_LAUNCHED = {"launchTemplate": {"launchTemplateId": "lt-0a"}}


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        (
            "RunInstances",
            {"instancesSet": {"items": [{"imageId": "ami-0a"}]}, "subnetId": "subnet-0a"},
            _set("i-0a", "i-0b"),
            {
                (INSTANCE, "i-0a"),
                (INSTANCE, "i-0b"),
                (VOLUME, "?InstanceIds=i-0a"),
                (VOLUME, "?InstanceIds=i-0b"),
            },
        ),
        (
            "TerminateInstances",
            _set("i-0a"),
            _set("i-0a"),
            {(INSTANCE, "i-0a"), (VOLUME, "?InstanceIds=i-0a")},
        ),
        ("StopInstances", _set("i-0a", "i-0b"), None, {(INSTANCE, "i-0a"), (INSTANCE, "i-0b")}),
        (
            "ModifyInstanceAttribute",
            {"instanceId": "i-0a", "userData": "<sensitiveDataRemoved>"},
            None,
            {(INSTANCE, "i-0a")},
        ),
        (
            "ModifyInstanceMetadataOptions",
            {"ModifyInstanceMetadataOptionsRequest": {"InstanceId": "i-0a", "HttpTokens": "required"}},
            None,
            {(INSTANCE, "i-0a")},
        ),
        (
            "DisassociateIamInstanceProfile",
            {"DisassociateIamInstanceProfileRequest": {"AssociationId": "iip-assoc-0a"}},
            {"DisassociateIamInstanceProfileResponse": _PROFILE},
            {(INSTANCE, "i-0a")},
        ),
        ("AssociateIamInstanceProfile", {"instanceId": "i-0a"}, _PROFILE, {(INSTANCE, "i-0a")}),
        (
            "AttachNetworkInterface",
            {"instanceId": "i-0a", "networkInterfaceId": "eni-0a"},
            None,
            {(INSTANCE, "i-0a")},
        ),
        (
            "ModifyNetworkInterfaceAttribute",
            {"networkInterfaceId": "eni-0a", "groupSet": {"items": [{"groupId": "sg-0a"}]}},
            None,
            {(INSTANCE, "?NetworkInterfaceIds=eni-0a")},
        ),
        (
            "DetachNetworkInterface",
            {"attachmentId": "eni-attach-0a"},
            None,
            {(INSTANCE, "?AttachmentIds=eni-attach-0a")},
        ),
        (
            "AssociateAddress",
            {"allocationId": "eipalloc-0a", "networkInterfaceId": "eni-0a"},
            {"associationId": "eipassoc-0a"},
            {(EIP, "eipalloc-0a"), (INSTANCE, "?NetworkInterfaceIds=eni-0a")},
        ),
        (
            "DisassociateAddress",
            {"associationId": "eipassoc-0a"},
            None,
            {(EIP, "?AssociationId=eipassoc-0a")},
        ),
        (
            "DisassociateAddress",
            {"publicIp": "54.0.0.1"},
            None,
            {(EIP, "?PublicIp=54.0.0.1"), (INSTANCE, "?PublicIpAddress=54.0.0.1")},
        ),
        ("AllocateAddress", {"domain": "vpc"}, {"allocationId": "eipalloc-0a"}, {(EIP, "eipalloc-0a")}),
        ("ReleaseAddress", {"allocationId": "eipalloc-0a"}, None, {(EIP, "eipalloc-0a")}),
        ("CreateVolume", {"snapshotId": "snap-0a"}, {"volumeId": "vol-0a"}, {(VOLUME, "vol-0a")}),
        ("AttachVolume", {"volumeId": "vol-0a", "instanceId": "i-0a"}, None, {(VOLUME, "vol-0a")}),
        ("CreateSnapshot", {"volumeId": "vol-0a"}, {"snapshotId": "snap-0a"}, {(SNAPSHOT, "snap-0a")}),
        (
            "CreateSnapshots",
            {"CreateSnapshotsRequest": {"InstanceSpecification": {"InstanceId": "i-0a"}}},
            {
                "CreateSnapshotsResponse": {
                    "snapshotSet": {"item": [{"snapshotId": "snap-0a"}, {"snapshotId": "snap-0b"}]}
                }
            },
            {(SNAPSHOT, "snap-0a"), (SNAPSHOT, "snap-0b")},
        ),
        ("CopySnapshot", {"sourceSnapshotId": "snap-0b"}, {"snapshotId": "snap-0a"}, {(SNAPSHOT, "snap-0a")}),
        (
            "ModifySnapshotAttribute",
            {"snapshotId": "snap-0a", "createVolumePermission": {"add": {"items": [{"group": "all"}]}}},
            None,
            {(SNAPSHOT, "snap-0a")},
        ),
        ("CreateImage", {"instanceId": "i-0a"}, {"imageId": "ami-0a"}, {(IMAGE, "ami-0a")}),
        ("ModifyImageAttribute", {"imageId": "ami-0a"}, None, {(IMAGE, "ami-0a")}),
        ("DeregisterImage", {"imageId": "ami-0a"}, None, {(IMAGE, "ami-0a")}),
        (
            "CreateLaunchTemplate",
            {"CreateLaunchTemplateRequest": {"LaunchTemplateName": "web"}},
            {"CreateLaunchTemplateResponse": _LAUNCHED},
            {(TEMPLATE, "lt-0a")},
        ),
        (
            "CreateLaunchTemplateVersion",
            {"CreateLaunchTemplateVersionRequest": {"LaunchTemplateName": "web"}},
            {"CreateLaunchTemplateVersionResponse": {"launchTemplateVersion": {"launchTemplateId": "lt-0a"}}},
            {(TEMPLATE, "lt-0a")},
        ),
        (
            "ModifyLaunchTemplate",
            {"ModifyLaunchTemplateRequest": {"LaunchTemplateId": "lt-0a", "SetDefaultVersion": 2}},
            None,
            {(TEMPLATE, "lt-0a")},
        ),
        ("CreateRoute", {"routeTableId": "rtb-0a", "gatewayId": "igw-0a"}, None, {(TABLE, "rtb-0a")}),
        (
            "AssociateRouteTable",
            {"routeTableId": "rtb-0a", "subnetId": "subnet-0a"},
            None,
            {(TABLE, "rtb-0a")},
        ),
        (
            "DisassociateRouteTable",
            {"associationId": "rtbassoc-0a"},
            None,
            {(TABLE, "?AssociationIds=rtbassoc-0a")},
        ),
        (
            "CreateRouteTable",
            {"vpcId": "vpc-0a"},
            {"routeTable": {"routeTableId": "rtb-0a"}},
            {(TABLE, "rtb-0a"), (VPC, "vpc-0a")},
        ),
        ("CreateSubnet", {"vpcId": "vpc-0a"}, {"subnet": {"subnetId": "subnet-0a"}}, {(SUBNET, "subnet-0a")}),
        (
            "CreateFlowLogs",
            {"CreateFlowLogsRequest": {"ResourceId": {"tag": 1, "content": "vpc-0a"}, "ResourceType": "VPC"}},
            {"CreateFlowLogsResponse": {"flowLogIdSet": {"item": "fl-0a"}}},
            {(LOG, "fl-0a"), (VPC, "vpc-0a")},
        ),
        (
            "CreateFlowLogs",
            {"CreateFlowLogsRequest": {"ResourceId": [{"tag": 1, "content": "subnet-0a"}]}},
            {"CreateFlowLogsResponse": {"flowLogIdSet": {"item": ["fl-0a", "fl-0b"]}}},
            {(LOG, "fl-0a"), (LOG, "fl-0b")},
        ),
        (
            "DeleteFlowLogs",
            {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-0a"}}},
            None,
            {(LOG, "fl-0a")},
        ),
        (
            "CreateVpcPeeringConnection",
            {"vpcId": "vpc-0a", "peerVpcId": "vpc-0b"},
            {"vpcPeeringConnection": {"vpcPeeringConnectionId": "pcx-0a"}},
            {(PEERING, "pcx-0a")},
        ),
        ("DeleteVpcPeeringConnection", {"vpcPeeringConnectionId": "pcx-0a"}, None, {(PEERING, "pcx-0a")}),
        (
            "CreateRoute",
            {"routeTableId": "rtb-0a", "vpcPeeringConnectionId": "pcx-0a"},
            None,
            {(TABLE, "rtb-0a"), (PEERING, "pcx-0a")},
        ),
        (
            "CreateTransitGateway",
            {"CreateTransitGatewayRequest": {"Description": "hub"}},
            {"CreateTransitGatewayResponse": {"transitGateway": {"transitGatewayId": "tgw-0a"}}},
            {(GATEWAY, "tgw-0a")},
        ),
        (
            "ModifyTransitGateway",
            {"ModifyTransitGatewayRequest": {"TransitGatewayId": "tgw-0a"}},
            None,
            {(GATEWAY, "tgw-0a")},
        ),
        (
            "ModifySubnetAttribute",
            {"subnetId": "subnet-0a", "mapPublicIpOnLaunch": {"value": True}},
            None,
            {(SUBNET, "subnet-0a")},
        ),
    ],
)
def test_the_event_names_all_that_it_changes(
    name: str,
    request_parameters: dict[str, Any],
    response: dict[str, Any] | None,
    resources: set[tuple[str, str]],
) -> None:
    given = matched(name, request_parameters, response)
    assert {(each.resource.type, each.resource.id) for each in given.targets} == resources
    assert {each.alias for each in given.targets if each.resource.id.startswith("?")} <= {True}


def test_tags_on_many_ids_find_those_of_covered_types() -> None:
    tagged = ["i-0a", "sg-0a", "acl-0a", "pl-0a", "vpc-0a", "sg-0b"]
    request = {"resourcesSet": {"items": [{"resourceId": each} for each in tagged]}}
    assert found(matched("CreateTags", request)) == {
        (GROUP, "sg-0a", frozenset({"group"})),
        (GROUP, "sg-0b", frozenset({"group"})),
        (ACL, "acl-0a", frozenset({"network_acl"})),
        (LIST, "pl-0a", frozenset({"prefix_list"})),
        ("AWS::EC2::Instance", "i-0a", frozenset({"tags"})),
        ("AWS::EC2::VPC", "vpc-0a", frozenset({"tags"})),
    }


def test_tags_on_other_ids_name_nothing() -> None:
    request = {"resourcesSet": {"items": [{"resourceId": "igw-0a"}]}}
    assert not matched("DeleteTags", request).targets
    assert service.unnamed.keys() == {"CreateTags", "DeleteTags"}


def test_every_mutating_operation_is_a_row_or_has_a_reason() -> None:
    model = botocore.session.get_session().get_service_model("ec2")
    reading = ("Describe", "Get", "List", "Search")
    operations = {name for name in model.operation_names if not name.startswith(reading)}
    mapped = {event for kind in service.types.values() for event in kind.changes}
    spelled = operations | service.own_spellings
    assert mapped <= spelled
    assert service.ignored.keys() <= spelled
    # A newer botocore may know more; what stands here is what there was.
    assert len(operations - mapped - service.ignored.keys()) <= len(operations) // 20


@pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED} is not at hand")
def test_every_recorded_change_has_a_row_or_a_reason() -> None:
    unplaced = []
    for line in RECORDED.read_text().splitlines():
        record = json.loads(line)
        if record["eventSource"] != service.event_source or record.get("errorCode"):
            continue
        name = record["eventName"]
        if record.get("readOnly") or name.startswith("Describe"):
            continue
        given = matched(name, record.get("requestParameters"), record.get("responseElements"))
        if given.relevance == Relevance.UNMAPPED and name not in service.unnamed:
            unplaced.append(name)
    assert unplaced == []
