"""The policies of instances, but for those on ports: see ``instance_ports``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, passed
from liveaudit.policies.approved_regions import APPROVED, is_approved
from liveaudit.policies.checks import is_given, is_one_of, member
from liveaudit.policies.instance_metadata import needs_tokens
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, names, rule, text
from liveaudit.services.ec2.resources import instance as instance_type


@rule(
    instance_type,
    "ec2_instance_imdsv2_enabled",
    Severity.HIGH,
    title="The instance answers metadata requests only with a token (IMDSv2)",
    why="Without a token, one forged request through a web application is enough to get the credentials of the "
    "instance's role.",
    fix="Require tokens in the instance's metadata options, once what runs on it can use them.",
)
def requires_tokens(instance: Any) -> Verdict:
    """CIS 7.0 6.7; EC2 user guide, "Use IMDSv2"."""
    options = mapping(instance, "the instance").get("MetadataOptions")
    if options is None:
        raise UnexpectedShapeError("the instance has no MetadataOptions")
    return needs_tokens(options, "the instance")


@rule(
    instance_type,
    "ec2_instance_profile_attached",
    Severity.MEDIUM,
    title="The instance has an IAM role",
    why="Without a role, programs on the instance need access keys of their own, which lie on its disk and are never changed.",
    fix="Attach an instance profile with the permissions that its programs need.",
)
def has_a_role(instance: Any) -> Verdict:
    """CIS 7.0 2.16."""
    return is_given(instance, "IamInstanceProfile.Arn", "the instance")


def public_ipv4(interface: Mapping[str, Any]) -> list[str]:
    """The public IPv4 addresses of a network interface, those of its further private addresses among them."""
    associations = [
        interface.get("Association"),
        *(
            each.get("Association")
            for each in mappings(interface.get("PrivateIpAddresses", ()), "PrivateIpAddresses")
        ),
    ]
    found = [
        text(told["PublicIp"], "PublicIp")
        for each in associations
        if each is not None and (told := mapping(each, "Association")).get("PublicIp")
    ]
    return list(dict.fromkeys(found))


def public_addresses(instance: Any) -> list[str]:
    """Every public IPv4 address of an instance. Raises UnexpectedShapeError."""
    told = mapping(instance, "the instance")
    found = [text(told["PublicIpAddress"], "PublicIpAddress")] if told.get("PublicIpAddress") else []
    for each in mappings(told.get("NetworkInterfaces", ()), "NetworkInterfaces"):
        found += public_ipv4(each)
    return list(dict.fromkeys(found))


@rule(
    instance_type,
    "ec2_instance_public_ip",
    Severity.MEDIUM,
    title="The instance has no public IPv4 address",
    why="What has a public address can be reached from the internet as soon as one group or program is mistaken.",
    fix="Put a load balancer, a NAT gateway or a VPN before the instance, and launch it in a subnet that gives no public address.",
)
def has_no_public_address(instance: Any) -> Verdict:
    """Security Hub user guide, control EC2.9."""
    addresses = public_addresses(instance)
    if addresses:
        return failed(f"it has the public address {', '.join(addresses)}", PublicIp=addresses)
    return passed("it has no public IPv4 address")


@rule(
    instance_type,
    "ec2_instance_secrets_user_data",
    Severity.HIGH,
    title="There are no secrets in the instance's user data",
    why="Whoever can describe the instance, and every program on it, can read its user data.",
    fix="Let the instance fetch the secret at start, from Secrets Manager or Parameter Store, by its role; then change the secret.",
)
def has_no_secrets_in_user_data(user_data: Any) -> Verdict:
    """EC2 user guide, "Run commands when you launch an EC2 instance with user data input"."""
    if user_data is None:
        return passed("there is no user data")
    return without_secrets(user_data, "the user data")


@rule(
    instance_type,
    "ec2_instance_internet_facing_with_instance_profile",
    Severity.HIGH,
    title="An instance with a public address has no IAM role",
    why="Whoever breaks into a machine that faces the internet has the permissions of its role at once.",
    fix="Take the public address away and put a load balancer before the instance, or take the role off.",
)
def does_not_face_the_internet_with_a_role(instance: Any) -> Verdict:
    """Prowler's check of the same name; IPv4, as in ``ec2_instance_public_ip``."""
    role = member(instance, "IamInstanceProfile.Arn", "the instance")
    addresses = public_addresses(instance)
    if role and addresses:
        return failed(
            f"it has the public address {addresses[0]} and a role",
            PublicIp=addresses,
            IamInstanceProfile=role,
        )
    return passed("it has no role" if addresses else "it has no public IPv4 address")


@rule(
    instance_type,
    "ec2_instance_detailed_monitoring_enabled",
    Severity.LOW,
    title="The instance's metrics are told every minute",
    why="With metrics of every five minutes, a short attack or overload is not seen, and alarms come late.",
    fix="Turn on detailed monitoring of the instance; each metric is charged for.",
)
def is_monitored_in_detail(instance: Any) -> Verdict:
    """EC2 user guide, "Manage detailed monitoring for your EC2 instances". It is on once asked for: ``pending``."""
    return is_one_of(instance, "Monitoring.State", "the instance", ["enabled", "pending"])


@rule(
    instance_type,
    "ec2_instance_paravirtual_type",
    Severity.MEDIUM,
    title="The instance is no paravirtual one",
    why="Paravirtual images run on old hardware only, and have none of the newer kinds' isolation.",
    fix="Move what runs on it to an instance of a current type, which is made of an HVM image.",
)
def is_not_paravirtual(instance: Any) -> Verdict:
    """Security Hub user guide, control EC2.24."""
    return is_one_of(instance, "VirtualizationType", "the instance", ["hvm"])


@rule(
    instance_type,
    "ec2_instance_uses_single_eni",
    Severity.LOW,
    title="The instance has one network interface",
    why="An instance in two networks can carry traffic past what separates them.",
    fix="Detach the further interfaces, or accept the finding where the instance is meant to join networks.",
)
def has_one_interface(instance: Any) -> Verdict:
    """Security Hub user guide, control EC2.17. A gateway's or container platform's instances have several by design."""
    told = mapping(instance, "the instance")
    interfaces = names(told.get("NetworkInterfaces", ()), "NetworkInterfaceId", "an interface")
    if len(interfaces) > 1:
        return failed(f"it has {len(interfaces)} network interfaces", NetworkInterfaceIds=interfaces)
    return passed("it has no second network interface")


@rule(
    instance_type,
    "ec2_instance_in_approved_region",
    Severity.MEDIUM,
    title="The instance runs in an approved region",
    why="What runs in a region that nobody uses is seen by nobody: whoever has stolen a key starts instances there first.",
    fix="Find out who started it. If it is yours, launch it from a copy of its image in an approved region, and terminate this one.",
    takes=(APPROVED,),
)
def instance_is_where_it_may_be(
    instance: Any, resource: Resource, approved_regions: Sequence[str]
) -> Verdict:
    """It has nothing to say until the parameter ``approved_regions`` is set."""
    mapping(instance, "the instance")
    return is_approved(resource, approved_regions)
