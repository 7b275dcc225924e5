"""Items of Amazon EC2. Source: properties of these types in AWS's resource schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items.kinds import MANY_ZONES, ItemKind, Sections, described
from liveaudit.policies.config_items.relationships import SUBNET, VPC, Relation
from liveaudit.policies.config_items.spelling import OLD


def _group(_resource: Resource, sections: Sections) -> dict[str, Any]:
    """The IPv4 ranges stand twice: as texts in ``ipRanges``, with their descriptions in ``ipv4Ranges``."""
    group = sections.get("group") or {}
    made: dict[str, Any] = OLD.told(
        {key: each for key, each in group.items() if key not in ("IpPermissions", "IpPermissionsEgress")}
    )
    for key in ("IpPermissions", "IpPermissionsEgress"):
        made[key[:1].lower() + key[1:]] = [_permission(each) for each in group.get(key) or ()]
    return made


def _permission(permission: Mapping[str, Any]) -> dict[str, Any]:
    ranges = permission.get("IpRanges") or []
    return {
        **OLD.told({key: each for key, each in permission.items() if key != "IpRanges"}),
        "ipRanges": [each.get("CidrIp") for each in ranges],
        "ipv4Ranges": OLD.told(ranges),
        "ipv6Ranges": OLD.told(permission.get("Ipv6Ranges") or []),
        "userIdGroupPairs": OLD.told(permission.get("UserIdGroupPairs") or []),
        "prefixListIds": OLD.told(permission.get("PrefixListIds") or []),
    }


KINDS = (
    ItemKind("AWS::EC2::SecurityGroup", ("group",), _group),
    ItemKind(
        "AWS::EC2::Instance",
        ("instance",),
        described("instance", OLD, "NetworkInterfaceIds", "AttachmentIds"),
        created="launchTime",
    ),
    ItemKind("AWS::EC2::VPC", ("vpc",), described("vpc", OLD), zone=MANY_ZONES),
    ItemKind("AWS::EC2::Subnet", ("subnet",), described("subnet", OLD)),
    ItemKind(
        "AWS::EC2::NetworkAcl",
        ("network_acl",),
        described("network_acl", OLD),
        zone=MANY_ZONES,
        relations=(
            Relation("Is attached to Subnet", SUBNET, "associations.subnetId"),
            Relation("Is contained in Vpc", VPC, "vpcId"),
        ),
    ),
    ItemKind("AWS::EC2::RouteTable", ("route_table",), described("route_table", OLD, "AssociationIds")),
    ItemKind(
        "AWS::EC2::Volume",
        ("volume",),
        described("volume", OLD, "InstanceIds"),
        relations=(Relation("Is attached to Instance", "AWS::EC2::Instance", "attachments.instanceId"),),
    ),
    ItemKind("AWS::EC2::EIP", ("address",), described("address", OLD)),
)
