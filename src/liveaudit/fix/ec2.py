"""The fixes of EC2: settings of regions, what is public, metadata, security groups."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from liveaudit.fix.row import Call, Fix, Given, Put, Step, UnfixableError, setting
from liveaudit.services.ec2.security_groups import CLOSED

_MOST_RULES = 20
"""As many rules as a verdict of a security group shows at most."""
_REGION = "AWS::EC2::RegionSettings"
_GROUP = "AWS::EC2::SecurityGroup"
_RANGES = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
)
_PORTS = ("IpProtocol", "FromPort", "ToPort")
_PAIR = ("GroupId", "UserId", "VpcId", "VpcPeeringConnectionId", "Description")


def _blocks_snapshots(given: Given) -> Sequence[Step]:
    enable = "EnableSnapshotBlockPublicAccess"
    before = given.sections["snapshot_block_public_access"]
    undo = (
        Call("ec2", enable, {"State": before})
        if before == "block-new-sharing"
        else Call("ec2", "DisableSnapshotBlockPublicAccess", {})
    )
    return (Step(Call("ec2", enable, {"State": "block-all-sharing"}), undo),)


def _closes(given: Given) -> Sequence[Step]:
    """Revokes the rules that the finding shows, as far as they still stand; they are whole permissions, one source each."""
    shown = given.evidence.get("rules") or ()
    if not shown:
        raise UnfixableError(
            "the finding shows no rule of the group: wait for the next sweep, then try again"
        )
    if len(shown) >= _MOST_RULES:
        raise UnfixableError("the finding shows only the first of its many rules: look at the group by hand")
    standing = list(_single(given.at("group.IpPermissions") or ()))
    chosen = [
        permission
        for permission in standing
        if any(_same(permission, rule) for rule in shown if isinstance(rule, Mapping))
    ]
    if not chosen:
        raise UnfixableError(
            "the rules that the finding shows stand no longer: wait for the next sweep, then look again"
        )
    return (_revokes(given, "Ingress", chosen),)


def _empties(given: Given) -> Sequence[Step]:
    found = []
    for way, key in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress")):
        permissions = [_cleaned(each) for each in given.at(f"group.{key}") or ()]
        if permissions:
            found.append(_revokes(given, way, permissions))
    if not found:
        raise UnfixableError("the group has no rules any more: wait for the next sweep, then look again")
    return found


def _revokes(given: Given, way: str, permissions: Sequence[Mapping[str, Any]]) -> Step:
    # EC2 tells them in no order
    ordered = sorted(permissions, key=lambda each: json.dumps(each, sort_keys=True))
    params = {"GroupId": given.resource.id, "IpPermissions": ordered}
    return Step(
        Call("ec2", f"RevokeSecurityGroup{way}", params), Call("ec2", f"AuthorizeSecurityGroup{way}", params)
    )


def _single(permissions: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every address range and prefix list of permissions as a permission of its own."""
    for permission in permissions:
        ports = {key: permission[key] for key in _PORTS if key in permission}
        for ranges, key in _RANGES:
            for each in permission.get(ranges) or ():
                kept = {name: each[name] for name in (key, "Description") if each.get(name)}
                yield {**ports, ranges: [kept]}


def _same(permission: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    ranges = next(name for name, _ in _RANGES if name in permission)
    key = dict(_RANGES)[ranges]
    return rule.get(key) == permission[ranges][0][key] and all(
        rule.get(name) == permission.get(name) for name in _PORTS
    )


def _cleaned(permission: Mapping[str, Any]) -> dict[str, Any]:
    """A permission as the API takes it back: without empty lists, and without what it only tells of other groups."""
    kept = {key: permission[key] for key in _PORTS if key in permission}
    for ranges, key in _RANGES:
        items = [
            {name: each[name] for name in (key, "Description") if each.get(name)}
            for each in permission.get(ranges) or ()
        ]
        if items:
            kept[ranges] = items
    pairs = [
        {name: each[name] for name in _PAIR if each.get(name)}
        for each in permission.get("UserIdGroupPairs") or ()
    ]
    return {**kept, "UserIdGroupPairs": pairs} if pairs else kept


def _ec2(*operations: str) -> frozenset[tuple[str, str]]:
    return frozenset(("ec2", each) for each in operations)


FIXES = (
    Fix(
        (
            *(each.policy_id for each in CLOSED),
            "ec2_securitygroup_allow_ingress_from_internet_to_all_ports",
            "ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports",
        ),
        _GROUP,
        _closes,
        _ec2("RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"),
        frozenset({"group"}),
        "Revokes the rules that let everybody in, one by one as the finding shows them; the others stay.",
        "Whoever comes in by these rules no longer does, on every port that they hold.",
    ),
    Fix(
        ("ec2_securitygroup_default_restrict_traffic",),
        _GROUP,
        _empties,
        _ec2(
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
        ),
        frozenset({"group"}),
        "Revokes every rule of the VPC's default group, in and out.",
        "Whatever has this group alone can no longer be reached, and reaches nothing.",
    ),
    Fix(
        ("ec2_ebs_snapshot_account_block_public_access",),
        _REGION,
        _blocks_snapshots,
        _ec2("EnableSnapshotBlockPublicAccess", "DisableSnapshotBlockPublicAccess"),
        frozenset({"snapshot_block_public_access"}),
        "Blocks all public sharing of snapshots in the region.",
        "Snapshots that are public now can no longer be used by others.",
    ),
    setting(
        ("ec2_ami_account_block_public_access",),
        _REGION,
        "ec2",
        "EnableImageBlockPublicAccess",
        {"ImageBlockPublicAccessState": Put("block-new-sharing")},
        undo="DisableImageBlockPublicAccess",
        sections=("image_block_public_access",),
        does="Blocks new public sharing of machine images in the region.",
    ),
    setting(
        ("ec2_ebs_default_encryption",),
        _REGION,
        "ec2",
        "EnableEbsEncryptionByDefault",
        {},
        undo="DisableEbsEncryptionByDefault",
        sections=("ebs_encryption",),
        does="Turns the encryption of new volumes on for the region.",
        beware="Roles that make volumes need the right to use the key, if it is one of your own.",
    ),
    setting(
        ("ec2_instance_account_imdsv2_enabled",),
        _REGION,
        "ec2",
        "ModifyInstanceMetadataDefaults",
        {"HttpTokens": Put("required", was="instance_metadata_defaults.HttpTokens", absent="no-preference")},
        sections=("instance_metadata_defaults",),
        does="Has new instances of the region answer metadata requests only with a token (IMDSv2).",
        beware="Old software on new instances that knows IMDSv1 alone gets no credentials.",
    ),
    setting(
        ("ec2_instance_imdsv2_enabled",),
        "AWS::EC2::Instance",
        "ec2",
        "ModifyInstanceMetadataOptions",
        {
            "InstanceId": "{id}",
            "HttpTokens": Put("required", was="instance.MetadataOptions.HttpTokens"),
        },
        sections=("instance",),
        does="Has the instance answer metadata requests only with a token (IMDSv2).",
        beware="Software on the instance that knows IMDSv1 alone gets no credentials any more: see the metric "
        "MetadataNoToken first.",
    ),
    setting(
        ("ec2_ebs_public_snapshot",),
        "AWS::EC2::Snapshot",
        "ec2",
        "ModifySnapshotAttribute",
        {
            "SnapshotId": "{id}",
            "Attribute": "createVolumePermission",
            "OperationType": Put("remove", back="add"),
            "GroupNames": ["all"],
        },
        sections=("public",),
        does="Takes the right to use the snapshot from everybody; accounts that are named keep it.",
        beware="Copies that others have made stay theirs.",
    ),
    setting(
        ("ec2_ami_public",),
        "AWS::EC2::Image",
        "ec2",
        "ModifyImageAttribute",
        {
            "ImageId": "{id}",
            "Attribute": "launchPermission",
            "OperationType": Put("remove", back="add"),
            "UserGroups": ["all"],
        },
        sections=("image",),
        does="Takes the right to launch the image from everybody; accounts that are named keep it.",
        beware="Copies that others have made stay theirs.",
    ),
    setting(
        ("vpc_subnet_no_public_ip_by_default",),
        "AWS::EC2::Subnet",
        "ec2",
        "ModifySubnetAttribute",
        {"SubnetId": "{id}", "MapPublicIpOnLaunch": {"Value": Put(False, was="subnet.MapPublicIpOnLaunch")}},
        sections=("subnet",),
        does="Has the subnet give new instances no public address by itself.",
        beware="New instances there that must be reached from the internet need to ask for an address.",
    ),
)
