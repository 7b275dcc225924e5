"""The table of Amazon EC2, put together: what exists, how it is read, which events change it."""

from __future__ import annotations

from liveaudit.services.ec2.connections import peering, transit_gateway
from liveaudit.services.ec2.disks import image, snapshot, volume
from liveaudit.services.ec2.elastic_addresses import elastic_address
from liveaudit.services.ec2.flow_logs import flow_log
from liveaudit.services.ec2.groups import network_acl, prefix_list, security_group
from liveaudit.services.ec2.ignored import SERVICE_EVENTS, ignore_the_rest
from liveaudit.services.ec2.instances import instance
from liveaudit.services.ec2.routing import route_table, subnet, vpc
from liveaudit.services.ec2.service import service
from liveaudit.services.ec2.settings import region_settings
from liveaudit.services.ec2.templates import launch_template

__all__ = [
    "elastic_address",
    "flow_log",
    "image",
    "instance",
    "launch_template",
    "network_acl",
    "peering",
    "prefix_list",
    "region_settings",
    "route_table",
    "security_group",
    "service",
    "snapshot",
    "subnet",
    "transit_gateway",
    "volume",
    "vpc",
]

service.spells(*SERVICE_EVENTS)
ignore_the_rest(service)
