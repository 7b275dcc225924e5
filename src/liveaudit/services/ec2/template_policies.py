"""The policies of launch templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, member
from liveaudit.policies.instance_metadata import needs_tokens
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, rule
from liveaudit.services.ec2.resources import launch_template

_MOST_VERSIONS = 20


def _versions(versions: Any) -> list[Mapping[str, Any]]:
    found = list(mappings(versions, "the versions"))
    if not found:
        raise UnexpectedShapeError("the template has no versions")
    return found


def _default(versions: Any) -> Mapping[str, Any]:
    for each in _versions(versions):
        if flag(each, "DefaultVersion", "the version"):
            return each
    raise UnexpectedShapeError("no version is the default one")


def _data(version: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(version.get("LaunchTemplateData", {}), "LaunchTemplateData")


@rule(
    launch_template,
    "ec2_launch_template_imdsv2_required",
    Severity.HIGH,
    title="Instances of the launch template answer metadata requests only with a token (IMDSv2)",
    why="Without a token, one forged request through a web application is enough to get the credentials of the "
    "instance's role.",
    fix="Make a version that requires tokens, and make it the default one.",
)
def requires_tokens(versions: Any) -> Verdict:
    """Security Hub user guide, control EC2.170: the default version. One that says nothing leaves it to the account and image."""
    version = _default(versions)
    return needs_tokens(
        _data(version).get("MetadataOptions"),
        f"an instance of the default version {version.get('VersionNumber')}",
    )


@rule(
    launch_template,
    "ec2_launch_template_no_public_ip",
    Severity.HIGH,
    title="No version of the launch template asks for a public address",
    why="Every instance that is launched with it can be reached from the internet, whatever the subnet says.",
    fix="Make a version whose network interfaces ask for no public address, make it the default, and delete those that do.",
)
def asks_for_no_public_address(versions: Any) -> Verdict:
    """Security Hub user guide, control EC2.25. Every version counts: each can be launched."""
    found = [
        each.get("VersionNumber")
        for each in _versions(versions)
        if any(
            flag(interface, "AssociatePublicIpAddress", "a network interface")
            for interface in mappings(_data(each).get("NetworkInterfaces", ()), "NetworkInterfaces")
        )
    ]
    if found:
        return failed(
            f"{len(found)} of its versions ask{'' if len(found) > 1 else 's'} for a public address",
            VersionNumbers=found[-_MOST_VERSIONS:],
        )
    return passed("no version asks for a public address")


@rule(
    launch_template,
    "ec2_launch_template_no_secrets",
    Severity.HIGH,
    title="There are no secrets in the launch template's user data",
    why="Whoever can describe the template, and every program on its instances, can read the user data.",
    fix="Let the instances fetch the secret at start, by their role; delete the versions shown, then change the secret.",
)
def has_no_secrets_in_user_data(versions: Any) -> Verdict:
    """EC2 user guide, "Store instance launch parameters in Amazon EC2 launch templates". Every version counts."""
    found = [
        {"VersionNumber": each.get("VersionNumber"), **secret}
        for each in _versions(versions)
        for secret in mappings(each.get("UserDataSecrets"), "UserDataSecrets")
    ]
    if found:
        return failed(
            f"user data of {len({each['VersionNumber'] for each in found})} of its versions holds what looks like a secret",
            Secrets=found[-_MOST_VERSIONS:],
        )
    return passed("no version has a secret in its user data")


@rule(
    launch_template,
    "ec2_launch_template_ebs_unencrypted",
    Severity.MEDIUM,
    title="The launch template asks for no unencrypted volumes",
    why="What is on an unencrypted volume is readable in every snapshot and copy of it.",
    fix="Make a version whose block devices are encrypted, and make it the default one.",
)
def asks_for_no_unencrypted_volume(versions: Any) -> Verdict:
    """Security Hub user guide, control EC2.181: the default version. One that says nothing leaves it to image and region."""
    version = _default(versions)
    found = [
        each.get("DeviceName")
        for each in mappings(_data(version).get("BlockDeviceMappings", ()), "BlockDeviceMappings")
        if member(each, "Ebs.Encrypted", "a block device") is False
    ]
    if found:
        return failed(
            f"the default version asks for unencrypted volumes: {', '.join(map(str, found))}",
            VersionNumber=version.get("VersionNumber"),
            DeviceNames=found,
        )
    return passed("the default version asks for no unencrypted volume")
