"""The table of EC2: instances, with the groups, prefix lists and route tables on which their exposure depends.

An instance that shuts down is gone: nothing brings it back, though EC2 still tells of it for an hour.
"""

from __future__ import annotations

from liveaudit.services.ec2 import shapes
from liveaudit.services.ec2.groups import prefix_list, security_group
from liveaudit.services.ec2.routing import route_table, vpc
from liveaudit.services.ec2.service import TAGS, answered, asked, service, with_tags

_ITEMS = "Reservations[].Instances[?State.Name != 'terminated' && State.Name != 'shutting-down'][]"
_SET = "requestParameters.instancesSet.items[].instanceId"
_PROFILE = "iamInstanceProfileAssociation.instanceId"

instance = service.resource_type(
    "AWS::EC2::Instance",
    arn="arn:{partition}:ec2:{region}:{account}:instance/{id}",
    named_by="requestParameters.instanceId",
    gone=["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"],
    id_pattern=r"i-\w+",
)
# An event about an interface seldom names the instance, and of what is detached only we still know whose it was. Who
# lost an elastic address by an association's id is not told by anything: the next sweep sees it.
for _path, _filter, _key in (
    ("networkInterfaceId", "network-interface.network-interface-id", "NetworkInterfaceIds"),
    ("attachmentId", "network-interface.attachment.attachment-id", "AttachmentIds"),
    ("publicIp", "ip-address", "PublicIpAddress"),
):
    instance.also_named_by(
        f"requestParameters.{_path}",
        "DescribeInstances",
        {"Filters": [{"Name": _filter, "Values": ["{alias}"]}]},
        items=_ITEMS,
        item_id="InstanceId",
        key=_key,
    )
instance.section(
    "instance",
    "DescribeInstances",
    {"Filters": [{"Name": "instance-id", "Values": "{ids}"}]},
    items=_ITEMS,
    item_id="InstanceId",
    many=200,
    silent=["State", "StateTransitionReason", "PublicIpAddress", "Association"],
    shape=shapes.instance,
    changed_by=[
        "ResetInstanceAttribute",
        "AttachNetworkInterface",
        "DetachNetworkInterface",
        "ModifyNetworkInterfaceAttribute",
        "ResetNetworkInterfaceAttribute",
        "AssociateAddress",
        "DisassociateAddress",
    ],
    root=True,
)
instance.listing(
    "DescribeInstances", items=_ITEMS, item_id="InstanceId", provides={"instance": "@", "tags": TAGS}
)
instance.section(
    "user_data",
    "DescribeInstanceAttribute",
    {"InstanceId": "{id}", "Attribute": "userData"},
    value="UserData.Value",
    shape=shapes.user_data,
)
with_tags(instance)
instance.created_by("RunInstances", named_by="responseElements.instancesSet.items[].instanceId")
instance.deleted_by("TerminateInstances", named_by=_SET)
for _event in ("StartInstances", "StopInstances", "MonitorInstances", "UnmonitorInstances"):
    instance.event(_event, "instance", named_by=_SET)
instance.event("ModifyInstanceAttribute", "instance", "user_data")
instance.event(
    "ModifyInstanceMetadataOptions", "instance", named_by=asked("ModifyInstanceMetadataOptions", "InstanceId")
)
for _event in (
    "AssociateIamInstanceProfile",
    "DisassociateIamInstanceProfile",
    "ReplaceIamInstanceProfileAssociation",
):
    instance.event(_event, "instance", named_by=[*answered(_event, _PROFILE), *asked(_event, "InstanceId")])
# Public addresses come and go while an instance starts and stops.
instance.takes(180.0, "RunInstances", "StartInstances", "StopInstances")

instance.references(
    "groups",
    security_group,
    "group",
    ids="instance.[SecurityGroups, NetworkInterfaces[].Groups[]][].GroupId",
)
instance.references(
    "prefix_lists",
    prefix_list,
    "entries",
    ids="groups.*.IpPermissions[].PrefixListIds[].PrefixListId",
    partial=True,
)
instance.references("vpc_tables", vpc, "route_table_ids", ids="instance.VpcId", partial=True)
instance.references("route_tables", route_table, "route_table", ids="vpc_tables.*[]", partial=True)
