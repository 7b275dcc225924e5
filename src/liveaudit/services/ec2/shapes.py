"""What is kept of EC2's answers: what a policy needs, in an order of its own, because EC2 gives lists in none.

Left out is what changes by itself (states on the way, counts of free addresses), and what may hold secrets: of user data
only the kinds of secrets in it and their lines are kept.
"""

from __future__ import annotations

from typing import Any

from liveaudit.policies.kept import Kept, in_order, keeping, leaves
from liveaudit.policies.secrets import secrets_in_user_data

PROPAGATED = "EnableVgwRoutePropagation"


_instance = keeping(
    {
        **leaves("InstanceId", "ImageId", "InstanceType", "LaunchTime", "VpcId", "SubnetId"),
        **leaves("PublicIpAddress", "SourceDestCheck", "StateTransitionReason", "VirtualizationType"),
        "State": leaves("Name"),
        "IamInstanceProfile": leaves("Arn"),
        "MetadataOptions": leaves(
            "HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit", "InstanceMetadataTags"
        ),
        "Monitoring": leaves("State"),
        "SecurityGroups": leaves("GroupId", "GroupName"),
        "NetworkInterfaces": {
            **leaves("NetworkInterfaceId", "InterfaceType", "SubnetId", "SourceDestCheck"),
            "Attachment": leaves("AttachmentId"),
            "Association": leaves("PublicIp"),
            "Groups": leaves("GroupId"),
            "Ipv6Addresses": leaves("Ipv6Address"),
            "PrivateIpAddresses": {"Association": leaves("PublicIp")},
        },
    }
)


def instance(value: Any) -> dict[str, Any]:
    """An item of DescribeInstances, with the names under which events may know it at its top."""
    made: dict[str, Any] = _instance(value)
    interfaces = made.get("NetworkInterfaces", [])
    attachments = [each.get("Attachment", {}).get("AttachmentId") for each in interfaces]
    return {
        **made,
        "NetworkInterfaceIds": in_order(
            filter(None, (each.get("NetworkInterfaceId") for each in interfaces))
        ),
        "AttachmentIds": in_order(filter(None, attachments)),
    }


def user_data(encoded: Any) -> list[dict[str, Any]]:
    """The secrets in user data: line and kind. Raises ValueError for what is no base64."""
    return secrets_in_user_data(encoded) if encoded else []


_volume = keeping(
    {
        **leaves("VolumeId", "Encrypted", "KmsKeyId", "SnapshotId"),
        "Attachments": leaves("InstanceId", "Device"),
    }
)


def volume(value: Any) -> dict[str, Any]:
    """An item of DescribeVolumes, with the instances that it is attached to at its top."""
    made: dict[str, Any] = _volume(value)
    attached = (each.get("InstanceId") for each in made.get("Attachments", []))
    return {**made, "InstanceIds": in_order(filter(None, attached))}


snapshot = keeping(leaves("SnapshotId", "Encrypted", "KmsKeyId", "OwnerId", "StartTime", "VolumeId"))
image = keeping(
    {
        **leaves("ImageId", "Name", "OwnerId", "Public", "CreationDate", "DeprecationTime"),
        "BlockDeviceMappings": {**leaves("DeviceName"), "Ebs": leaves("Encrypted", "SnapshotId")},
    }
)
address = keeping(leaves("AllocationId", "AssociationId", "InstanceId", "NetworkInterfaceId", "PublicIp"))

_version = keeping(
    {
        **leaves("VersionNumber", "DefaultVersion"),
        "LaunchTemplateData": {
            "MetadataOptions": leaves("HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit"),
            "NetworkInterfaces": leaves("DeviceIndex", "AssociatePublicIpAddress"),
            "BlockDeviceMappings": {**leaves("DeviceName"), "Ebs": leaves("Encrypted", "SnapshotId")},
        },
    }
)


def versions(value: Any) -> list[dict[str, Any]]:
    """The versions of a launch template, by number; ``UserDataSecrets`` stands for the user data."""
    made = []
    for each in value:
        kept = _version(each)
        kept["UserDataSecrets"] = user_data(each.get("LaunchTemplateData", {}).get("UserData"))
        made.append(kept)
    return sorted(made, key=lambda each: int(each.get("VersionNumber", 0)))


vpc = keeping(
    {
        **leaves("VpcId", "OwnerId", "IsDefault", "CidrBlock"),
        "CidrBlockAssociationSet": leaves("CidrBlock"),
        "Ipv6CidrBlockAssociationSet": leaves("Ipv6CidrBlock"),
    }
)
subnet = keeping(
    leaves(
        *("SubnetId", "VpcId", "OwnerId", "AvailabilityZone", "CidrBlock", "DefaultForAz"),
        *("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "MapCustomerOwnedIpOnLaunch"),
    )
)
_route_table = keeping(
    {
        **leaves("RouteTableId", "VpcId", "OwnerId"),
        "Associations": leaves("RouteTableAssociationId", "SubnetId", "GatewayId", "Main"),
        "Routes": leaves(
            *("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId", "State"),
            *("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId"),
            *("EgressOnlyInternetGatewayId", "NetworkInterfaceId", "CoreNetworkArn"),
        ),
    }
)


def route_table(value: Any) -> dict[str, Any]:
    """An item of DescribeRouteTables without the routes that a VPN announces, with its associations' ids at its top."""
    routes = [each for each in value.get("Routes") or () if each.get("Origin") != PROPAGATED]
    made: dict[str, Any] = _route_table({**value, "Routes": routes})
    ids = (each.get("RouteTableAssociationId") for each in made.get("Associations", []))
    return {**made, "AssociationIds": in_order(filter(None, ids))}


flow_log = keeping(leaves("FlowLogId", "ResourceId", "FlowLogStatus", "TrafficType", "LogDestinationType"))
_side: Kept = {
    **leaves("VpcId", "OwnerId", "Region", "CidrBlock"),
    "CidrBlockSet": leaves("CidrBlock"),
    "Ipv6CidrBlockSet": leaves("Ipv6CidrBlock"),
}
peering = keeping(
    {
        **leaves("VpcPeeringConnectionId"),
        "Status": leaves("Code"),
        "AccepterVpcInfo": _side,
        "RequesterVpcInfo": _side,
    }
)
transit_gateway = keeping(
    {
        **leaves("TransitGatewayId", "OwnerId"),
        "Options": leaves(
            *("AutoAcceptSharedAttachments", "DefaultRouteTableAssociation"),
            "DefaultRouteTablePropagation",
        ),
    }
)
