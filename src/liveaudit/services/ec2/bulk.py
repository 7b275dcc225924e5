"""What EC2 tells of many security groups at once: the interfaces that bear them, the VPCs that share them.

The groups and ACLs themselves are whole in their listings.
"""

from __future__ import annotations

from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.types import Call
from liveaudit.services.ec2.resources import security_group, service

for _operation, _items, _ids, _section in (
    ("DescribeNetworkInterfaces", "NetworkInterfaces", "Groups[].GroupId", "network_interfaces"),
    ("DescribeSecurityGroupVpcAssociations", "SecurityGroupVpcAssociations", "GroupId", "vpc_associations"),
):
    service.bulks.append(
        Bulk(
            Call("ec2", _operation, {"MaxResults": 500}, pages=False),
            (Part(security_group, _items, _ids, {_section: "@"}, gathered=True),),
            token=("NextToken", "NextToken"),
        )
    )
