"""How CloudTrail writes down a call of EC2, in its two styles. Pure.

The older operations name things as EC2's first interface did: lists are ``{"items": [...]}``, top-level lists have names
of their own (``instancesSet``), nothing is ``{}``. The newer ones stand whole under ``<Operation>Request`` and
``<Operation>Response``, in the query protocol's upper-case names, with list entries tagged by their position.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from liveaudit.lab.spelling import lower_first

_XMLNS = "http://ec2.amazonaws.com/doc/2016-11-15/"
_SECRETS = {"UserData": "<sensitiveDataRemoved>"}
_NEWER = re.compile(
    r"FlowLogs|NatGateway|VpcEndpoint|TransitGateway|LaunchTemplate|ModifySecurityGroupRules|SerialConsoleAccess|"
    r"EbsEncryptionByDefault|EbsDefaultKmsKeyId|BlockPublicAccess|ManagedPrefixList|ClientVpn|TrafficMirror|Fleet|"
    r"CapacityReservation|EgressOnlyInternetGateway|InstanceMetadata|Ipam|CarrierGateway|InstanceConnectEndpoint|"
    r"VerifiedAccess|FastSnapshotRestores|AllowedImages|SecurityGroupVpc|UpdateSecurityGroupRuleDescriptions|"
    r"NetworkInsights|AddressTransfer|AddressesAttribute|InstanceCreditSpecification|Hosts$|ClassicLinkDns"
)
_TOP_LISTS: dict[str, tuple[str, str]] = {
    "BlockDeviceMappings": ("blockDeviceMapping", ""),
    "Groups": ("groupSet", "groupId"),
    "InstanceIds": ("instancesSet", "instanceId"),
    "IpPermissions": ("ipPermissions", ""),
    "NetworkInterfaces": ("networkInterfaceSet", ""),
    "PrivateIpAddresses": ("privateIpAddressesSet", "privateIpAddress"),
    "Resources": ("resourcesSet", "resourceId"),
    "SecurityGroupIds": ("groupSet", "groupId"),
    "SecurityGroups": ("groupSet", "groupName"),
    "SecurityGroupRuleIds": ("securityGroupRuleIdSet", "securityGroupRuleId"),
    "TagSpecifications": ("tagSpecificationSet", ""),
    "Tags": ("tagSet", ""),
}
_RUN_INSTANCES = {"ImageId": "imageId", "MinCount": "minCount", "MaxCount": "maxCount", "KeyName": "keyName"}
_RENAMED = {
    ("CreateNetworkAclEntry", "Protocol"): "aclProtocol",
    ("ReplaceNetworkAclEntry", "Protocol"): "aclProtocol",
    ("CreateSecurityGroup", "Description"): "groupDescription",
}
_ALWAYS: dict[str, tuple[str, ...]] = {
    "AuthorizeSecurityGroupEgress": ("ipPermissions",),
    "AuthorizeSecurityGroupIngress": ("ipPermissions",),
    "CreateNetworkAclEntry": ("icmpTypeCode", "portRange"),
    "ReplaceNetworkAclEntry": ("icmpTypeCode", "portRange"),
    "RevokeSecurityGroupEgress": ("ipPermissions",),
    "RevokeSecurityGroupIngress": ("ipPermissions",),
}
_IP_PERMISSION = ("groups", "ipRanges", "ipv6Ranges", "prefixListIds")
_ATTRIBUTE_TYPES = {"createVolumePermission": "CREATE_VOLUME_PERMISSION", "productCodes": "PRODUCT_CODES"}


def is_newer(operation: str) -> bool:
    """Whether ``operation`` is written under ``<Operation>Request``."""
    return bool(_NEWER.search(operation))


def request_parameters(operation: str, shape: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """``requestParameters``. ``shape``: botocore's input shape, ``params``: its decoded parameters."""
    params = {name: value for name, value in params.items() if name != "DryRun" and value is not None}
    if is_newer(operation):
        return {f"{operation}Request": _wire(shape, params) or ""}
    spelled: dict[str, Any] = {key: {} for key in _ALWAYS.get(operation, ())}
    if operation == "RunInstances":
        first = {key: params[name] for name, key in _RUN_INSTANCES.items() if name in params}
        spelled["instancesSet"] = {"items": [first]}
    if operation in {"ModifySnapshotAttribute", "ModifyImageAttribute"}:
        return _modify_attribute(params, shape)
    for name, value in params.items():
        if operation == "RunInstances" and name in _RUN_INSTANCES:
            continue
        member = shape.members.get(name)
        if member is None:
            continue
        if name in _SECRETS:
            spelled[lower_first(name)] = _SECRETS[name]
        elif isinstance(value, list):
            location = lower_first(member.serialization.get("name", name))
            key, item = _TOP_LISTS.get(name, (f"{location}Set", location))
            spelled[key] = _items(member, value, item)
        else:
            spelled[_RENAMED.get((operation, name)) or _key(name, member)] = _classic(member, value)
    return spelled


def response_elements(
    operation: str, shape: Any, answer: Mapping[str, Any], request_id: str
) -> dict[str, Any]:
    """``responseElements`` of a successful call. ``shape``: botocore's output shape, None when there is none."""
    content = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    if is_newer(operation):
        inner = {"xmlns": _XMLNS, "requestId": request_id}
        if shape is not None:
            inner.update(_newer(shape, content))
        else:
            inner["return"] = "true"
        return {f"{operation}Response": inner}
    spelled: dict[str, Any] = {"requestId": request_id}
    if shape is None or not content:
        return {**spelled, "_return": True}
    spelled.update(_classic(shape, content))
    return spelled


def _modify_attribute(params: Mapping[str, Any], shape: Any) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    attribute = lower_first(str(params.get("Attribute", "")))
    for name, value in params.items():
        if name in {"Attribute", "OperationType", "UserIds", "GroupNames", "UserGroups"}:
            continue
        if name in {"CreateVolumePermission", "LaunchPermission"}:
            attribute = lower_first(name)
        spelled[_key(name, shape.members[name])] = _classic(shape.members[name], value)
    entries = [{"userId": user} for user in params.get("UserIds", [])]
    entries += [{"group": group} for name in ("GroupNames", "UserGroups") for group in params.get(name, [])]
    if entries:
        spelled[attribute] = {str(params.get("OperationType", "add")): {"items": entries}}
    if attribute:
        spelled["attributeType"] = _ATTRIBUTE_TYPES.get(attribute, attribute)
    return spelled


def _key(name: str, member: Any) -> str:
    key = lower_first(member.serialization.get("name", name))
    return "_return" if key == "return" else key


def _classic(shape: Any, value: Any) -> Any:
    if isinstance(value, Mapping) and shape.type_name == "structure":
        spelled: dict[str, Any] = {}
        if shape.name == "IpPermission":
            spelled = {key: {} for key in _IP_PERMISSION}
        for name, inner in value.items():
            member = shape.members.get(name)
            if member is None or inner is None:
                continue
            if shape.name == "TagSpecification" and name == "Tags":
                spelled["tags"] = [_classic(member.member, tag) for tag in inner]
            else:
                spelled[_key(name, member)] = _classic(member, inner)
        return spelled
    if isinstance(value, list):
        return _items(shape, value, "")
    if isinstance(value, dt.datetime):
        return int(_aware(value).timestamp() * 1000)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _items(shape: Any, values: list[Any], item: str) -> dict[str, Any]:
    if not values:
        return {}
    member = shape.member
    if member.type_name == "structure":
        return {"items": [_classic(member, value) for value in values]}
    item = item or lower_first(member.serialization.get("name", "item"))
    return {"items": [{item: value} for value in values]}


def _wire(shape: Any, value: Any) -> Any:
    if isinstance(value, Mapping) and shape.type_name == "structure":
        spelled: dict[str, Any] = {}
        for name, inner in value.items():
            member = shape.members.get(name)
            if member is not None and inner is not None:
                location = member.serialization.get("queryName") or member.serialization.get("name", name)
                spelled[location[:1].upper() + location[1:]] = _wire(member, inner)
        return spelled
    if isinstance(value, list):
        tagged: list[Any] = []
        for position, inner in enumerate(value, 1):
            spelled_inner = _wire(shape.member, inner)
            content = spelled_inner if isinstance(spelled_inner, dict) else {"content": spelled_inner}
            tagged.append({"tag": position, **content})
        return tagged[0] if len(tagged) == 1 else tagged
    return _aware(value).isoformat() if isinstance(value, dt.datetime) else value


def _newer(shape: Any, value: Any) -> Any:
    if isinstance(value, Mapping) and shape.type_name == "structure":
        return {
            lower_first(shape.members[name].serialization.get("name", name)): _newer(
                shape.members[name], inner
            )
            for name, inner in value.items()
            if name in shape.members and inner is not None
        }
    if isinstance(value, list):
        if not value:
            return ""
        spelled = [_newer(shape.member, inner) for inner in value]
        return {"item": spelled[0] if len(spelled) == 1 else spelled}
    return f"{_aware(value):%Y-%m-%dT%H:%M:%S}.000Z" if isinstance(value, dt.datetime) else value


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
