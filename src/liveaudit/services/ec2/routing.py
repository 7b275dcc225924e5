"""The table of EC2: VPCs, subnets and route tables.

Of shared VPCs and subnets those are listed that the account owns.
"""

from __future__ import annotations

from liveaudit.policies.kept import in_order
from liveaudit.services.ec2 import shapes
from liveaudit.services.ec2.service import TAGS, asked, service, with_tags

_OWN = {"Filters": [{"Name": "owner-id", "Values": ["{account}"]}]}

route_table = service.resource_type(
    "AWS::EC2::RouteTable",
    arn="arn:{partition}:ec2:{region}:{account}:route-table/{id}",
    named_by="requestParameters.routeTableId",
    gone="InvalidRouteTableID.NotFound",
    id_pattern=r"rtb-\w+",
)
# A VPC comes and goes with its main table, and no event names that one.
for _paths, _filter, _key in (
    (["responseElements.vpc.vpcId", "requestParameters.vpcId"], "vpc-id", "VpcId"),
    (["requestParameters.associationId"], "association.route-table-association-id", "AssociationIds"),
):
    route_table.also_named_by(
        _paths,
        "DescribeRouteTables",
        {"Filters": [{"Name": _filter, "Values": ["{alias}"]}]},
        items="RouteTables",
        item_id="RouteTableId",
        key=_key,
    )
route_table.section(
    "route_table",
    "DescribeRouteTables",
    {"Filters": [{"Name": "route-table-id", "Values": "{ids}"}]},
    items="RouteTables",
    item_id="RouteTableId",
    many=200,
    silent="State",
    shape=shapes.route_table,
    changed_by=[
        "CreateRoute",
        "ReplaceRoute",
        "DeleteRoute",
        "AssociateRouteTable",
        "DisassociateRouteTable",
        "ReplaceRouteTableAssociation",
    ],
    root=True,
)
with_tags(route_table)
route_table.created_by("CreateRouteTable", named_by="responseElements.routeTable.routeTableId")
route_table.created_by("CreateVpc", "CreateDefaultVpc")
route_table.deleted_by("DeleteRouteTable", "DeleteVpc")
route_table.listing(
    "DescribeRouteTables",
    _OWN,
    items="RouteTables",
    item_id="RouteTableId",
    provides={"route_table": "@", "tags": TAGS},
)

vpc = service.resource_type(
    "AWS::EC2::VPC",
    arn="arn:{partition}:ec2:{region}:{account}:vpc/{id}",
    named_by="requestParameters.vpcId",
    gone="InvalidVpcID.NotFound",
    id_pattern=r"vpc-\w+",
)
vpc.section(
    "vpc",
    "DescribeVpcs",
    {"Filters": [{"Name": "vpc-id", "Values": "{ids}"}]},
    items="Vpcs",
    item_id="VpcId",
    many=200,
    shape=shapes.vpc,
    root=True,
)
vpc.listing("DescribeVpcs", _OWN, items="Vpcs", item_id="VpcId", provides={"vpc": "@", "tags": TAGS})
vpc.section(
    "route_table_ids",
    "DescribeRouteTables",
    {"Filters": [{"Name": "vpc-id", "Values": ["{id}"]}]},
    value="RouteTables[].RouteTableId",
    shape=in_order,
    changed_by="CreateRouteTable",
)
with_tags(vpc)
vpc.created_by("CreateVpc", "CreateDefaultVpc", named_by="responseElements.vpc.vpcId")
vpc.deleted_by("DeleteVpc")
for _event in ("AssociateVpcCidrBlock", "DisassociateVpcCidrBlock"):
    vpc.event(
        _event,
        "vpc",
        named_by=[
            *asked(_event, "VpcId"),
            "responseElements.vpcId",
            f"responseElements.{_event}Response.vpcId",
        ],
    )

subnet = service.resource_type(
    "AWS::EC2::Subnet",
    arn="arn:{partition}:ec2:{region}:{account}:subnet/{id}",
    named_by="requestParameters.subnetId",
    gone="InvalidSubnetID.NotFound",
    id_pattern=r"subnet-\w+",
)
# A default VPC comes with its subnets.
subnet.also_named_by(
    "responseElements.vpc.vpcId",
    "DescribeSubnets",
    {"Filters": [{"Name": "vpc-id", "Values": ["{alias}"]}]},
    items="Subnets",
    item_id="SubnetId",
    key="VpcId",
)
subnet.section(
    "subnet",
    "DescribeSubnets",
    {"Filters": [{"Name": "subnet-id", "Values": "{ids}"}]},
    items="Subnets",
    item_id="SubnetId",
    many=200,
    shape=shapes.subnet,
    changed_by="ModifySubnetAttribute",
    root=True,
)
subnet.listing(
    "DescribeSubnets", _OWN, items="Subnets", item_id="SubnetId", provides={"subnet": "@", "tags": TAGS}
)
with_tags(subnet)
subnet.created_by("CreateSubnet", "CreateDefaultSubnet", named_by="responseElements.subnet.subnetId")
subnet.created_by("CreateDefaultVpc")
subnet.deleted_by("DeleteSubnet")
