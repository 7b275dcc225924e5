"""What EC2 tells of many resources at once: a group's interfaces and VPCs, which route tables and flow logs there are.

The resources themselves are whole in their listings.
"""

from __future__ import annotations

from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.rows import Call
from liveaudit.catalog.types import ResourceType
from liveaudit.services.ec2.resources import peering, security_group, service, vpc


def _gathered(of: ResourceType, items: str, ids: str, section: str, value: str = "@") -> Part:
    return Part(of, items, ids, {section: value}, gathered=True)


for _operation, _most, *_parts in (
    (
        "DescribeNetworkInterfaces",
        500,
        _gathered(security_group, "NetworkInterfaces", "Groups[].GroupId", "network_interfaces"),
    ),
    (
        "DescribeSecurityGroupVpcAssociations",
        500,
        _gathered(security_group, "SecurityGroupVpcAssociations", "GroupId", "vpc_associations"),
    ),
    (
        "DescribeRouteTables",
        100,
        _gathered(vpc, "RouteTables", "VpcId", "route_table_ids", "RouteTableId"),
        _gathered(peering, "RouteTables", "Routes[].VpcPeeringConnectionId", "routed_by", "RouteTableId"),
    ),
    (
        "DescribeFlowLogs",
        1000,
        _gathered(vpc, "FlowLogs", "ResourceId", "flow_log_ids", "FlowLogId"),
    ),
):
    service.bulks.append(
        Bulk(
            Call("ec2", _operation, {"MaxResults": _most}, pages=False),
            tuple(_parts),
            token=("NextToken", "NextToken"),
        )
    )
