"""The table of EC2: elastic addresses."""

from __future__ import annotations

from liveaudit.services.ec2 import shapes
from liveaudit.services.ec2.service import TAGS, service, with_tags

elastic_address = service.resource_type(
    "AWS::EC2::EIP",
    arn="arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}",
    named_by="requestParameters.allocationId",
    gone="InvalidAllocationID.NotFound",
    id_pattern=r"eipalloc-\w+",
)
for _path, _filter, _key in (
    ("associationId", "association-id", "AssociationId"),
    ("publicIp", "public-ip", "PublicIp"),
):
    elastic_address.also_named_by(
        f"requestParameters.{_path}",
        "DescribeAddresses",
        {"Filters": [{"Name": _filter, "Values": ["{alias}"]}]},
        items="Addresses",
        item_id="AllocationId",
        key=_key,
    )
elastic_address.section(
    "address",
    "DescribeAddresses",
    {"Filters": [{"Name": "allocation-id", "Values": "{ids}"}]},
    items="Addresses",
    item_id="AllocationId",
    many=200,
    shape=shapes.address,
    changed_by=["AssociateAddress", "DisassociateAddress"],
    root=True,
)
elastic_address.listing(
    "DescribeAddresses", items="Addresses", item_id="AllocationId", provides={"address": "@", "tags": TAGS}
)
with_tags(elastic_address)
elastic_address.created_by("AllocateAddress", named_by="responseElements.allocationId")
elastic_address.deleted_by("ReleaseAddress")
