"""The table of EC2: what joins VPCs with others: peering connections and transit gateways."""

from __future__ import annotations

from liveaudit.policies.kept import in_order
from liveaudit.services.ec2 import shapes
from liveaudit.services.ec2.groups import prefix_list
from liveaudit.services.ec2.routing import route_table
from liveaudit.services.ec2.service import TAGS, answered, asked, service, with_tags

_PEERINGS = (
    "VpcPeeringConnections[?Status.Code != 'deleted' && Status.Code != 'deleting' && "
    "Status.Code != 'rejected' && Status.Code != 'failed' && Status.Code != 'expired']"
)
_PEERING = "vpcPeeringConnection.vpcPeeringConnectionId"

peering = service.resource_type(
    "AWS::EC2::VPCPeeringConnection",
    arn="arn:{partition}:ec2:{region}:{account}:vpc-peering-connection/{id}",
    named_by=["requestParameters.vpcPeeringConnectionId", f"responseElements.{_PEERING}"],
    gone="InvalidVpcPeeringConnectionID.NotFound",
    id_pattern=r"pcx-\w+",
)
peering.section(
    "peering",
    "DescribeVpcPeeringConnections",
    {"Filters": [{"Name": "vpc-peering-connection-id", "Values": "{ids}"}]},
    items=_PEERINGS,
    item_id="VpcPeeringConnectionId",
    many=200,
    silent="Status",
    shape=shapes.peering,
    root=True,
)
peering.listing(
    "DescribeVpcPeeringConnections",
    items=_PEERINGS,
    item_id="VpcPeeringConnectionId",
    provides={"peering": "@", "tags": TAGS},
)
with_tags(peering)
peering.created_by("CreateVpcPeeringConnection", "AcceptVpcPeeringConnection")
peering.deleted_by("DeleteVpcPeeringConnection", "RejectVpcPeeringConnection")
# Provisioning takes a moment, and only then is told which addresses the peer has.
peering.takes(180.0, "AcceptVpcPeeringConnection")
# Which tables lead over it is told by the events that make such a route; what becomes of these is seen in the tables.
peering.section(
    "routed_by",
    "DescribeRouteTables",
    {"Filters": [{"Name": "route.vpc-peering-connection-id", "Values": ["{id}"]}]},
    value="RouteTables[].RouteTableId",
    shape=in_order,
    changed_by=["CreateRoute", "ReplaceRoute"],
)
peering.references("route_tables", route_table, "route_table", ids="routed_by[]")
peering.references(
    "prefix_lists",
    prefix_list,
    "entries",
    ids="route_tables.*.Routes[].DestinationPrefixListId",
    partial=True,
)


_GATEWAYS = "TransitGateways[?State != 'deleted' && State != 'deleting']"
_GATEWAY = "transitGateway.transitGatewayId"

transit_gateway = service.resource_type(
    "AWS::EC2::TransitGateway",
    arn="arn:{partition}:ec2:{region}:{account}:transit-gateway/{id}",
    gone="InvalidTransitGatewayID.NotFound",
    id_pattern=r"tgw-\w+",
)
transit_gateway.section(
    "transit_gateway",
    "DescribeTransitGateways",
    {"Filters": [{"Name": "transit-gateway-id", "Values": "{ids}"}]},
    items=_GATEWAYS,
    item_id="TransitGatewayId",
    many=200,
    shape=shapes.transit_gateway,
    root=True,
)
# Those that others share are theirs.
transit_gateway.listing(
    "DescribeTransitGateways",
    {"Filters": [{"Name": "owner-id", "Values": ["{account}"]}]},
    items=_GATEWAYS,
    item_id="TransitGatewayId",
    provides={"transit_gateway": "@", "tags": TAGS},
)
with_tags(transit_gateway)
transit_gateway.created_by("CreateTransitGateway", named_by=answered("CreateTransitGateway", _GATEWAY))
transit_gateway.deleted_by(
    "DeleteTransitGateway",
    named_by=[
        *answered("DeleteTransitGateway", _GATEWAY),
        *asked("DeleteTransitGateway", "TransitGatewayId"),
    ],
)
transit_gateway.event(
    "ModifyTransitGateway",
    "transit_gateway",
    named_by=[
        *answered("ModifyTransitGateway", _GATEWAY),
        *asked("ModifyTransitGateway", "TransitGatewayId"),
    ],
)
# Answered with the state modifying.
transit_gateway.takes(180.0, "ModifyTransitGateway")
