"""How one sees that a change of EC2 shows, and what takes its time.

The API is eventually consistent (EC2 API Reference, "Eventual consistency in the Amazon EC2 API"). What is not told here
is taken from the events' names: see ``catalog/changes.py``.
"""

from __future__ import annotations

from liveaudit.model import Shows
from liveaudit.services.ec2.resources import (
    instance,
    network_acl,
    prefix_list,
    region_settings,
    security_group,
    subnet,
)

_TAG_KEYS = {"requestParameters.tagSet.items[].key": "Tags[].Key"}


def _either_style(operation: str, parameter: str, where: str) -> dict[str, str]:
    return {
        f"requestParameters.{parameter}": where,
        f"requestParameters.{operation}Request.{parameter}": where,
    }


for _section, _switch in {
    "ebs_encryption": "EbsEncryptionByDefault",
    "serial_console": "SerialConsoleAccess",
}.items():
    region_settings.shows(_section, {"=true": "@"}, f"Enable{_switch}")
    region_settings.shows(_section, {"=false": "@"}, f"Disable{_switch}")
for _section, _switch, _parameter in (
    ("snapshot_block_public_access", "SnapshotBlockPublicAccess", "State"),
    ("image_block_public_access", "ImageBlockPublicAccess", "ImageBlockPublicAccessState"),
):
    region_settings.shows(_section, _either_style(f"Enable{_switch}", _parameter, "@"), f"Enable{_switch}")
    region_settings.shows(_section, {"=unblocked": "@"}, f"Disable{_switch}")
# "It can take up to 10 minutes to configure this setting": API reference, EnableImageBlockPublicAccess.
region_settings.takes(600.0, "EnableImageBlockPublicAccess", "DisableImageBlockPublicAccess")
region_settings.shows(
    "vpc_block_public_access",
    _either_style(
        "ModifyVpcBlockPublicAccessOptions", "InternetGatewayBlockMode", "InternetGatewayBlockMode"
    ),
    "ModifyVpcBlockPublicAccessOptions",
)
# Answered with the state update-in-progress.
region_settings.takes(300.0, "ModifyVpcBlockPublicAccessOptions")

# Answered with the states associating and disassociating.
for _event, _as in (
    ("AssociateSecurityGroupVpc", Shows.HOLDS),
    ("DisassociateSecurityGroupVpc", Shows.LACKS),
):
    security_group.shows("vpc_associations", _either_style(_event, "VpcId", "[].VpcId"), _event, as_=_as)
    security_group.takes(180.0, _event)

network_acl.shows(
    "network_acl",
    {"requestParameters.ruleNumber": "Entries[].RuleNumber"},
    "CreateNetworkAclEntry",
    "ReplaceNetworkAclEntry",
)
for _type, _section in (
    (security_group, "group"),
    (network_acl, "network_acl"),
    (prefix_list, "prefix_list"),
):
    _type.shows(_section, _TAG_KEYS, "CreateTags")

instance.shows(
    "instance",
    _either_style("ModifyInstanceMetadataOptions", "HttpTokens", "MetadataOptions.HttpTokens"),
    "ModifyInstanceMetadataOptions",
)
subnet.shows(
    "subnet",
    {"requestParameters.mapPublicIpOnLaunch.value": "MapPublicIpOnLaunch"},
    "ModifySubnetAttribute",
)
