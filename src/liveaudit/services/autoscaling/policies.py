"""The policies of Auto Scaling groups and launch configurations."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import is_off, member
from liveaudit.policies.instance_metadata import answers_nearby_only, needs_tokens
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, rule, text, texts
from liveaudit.services.autoscaling.resources import configuration as configuration_type
from liveaudit.services.autoscaling.resources import group as group_type

_WHAT = "the launch configuration"


@rule(
    configuration_type,
    "autoscaling_group_launch_configuration_requires_imdsv2",
    Severity.HIGH,
    title="Instances of the launch configuration answer metadata requests only with a token (IMDSv2)",
    why="Without a token, one forged request through a web application is enough to get the credentials of the "
    "instance's role.",
    fix="Let the group use a launch template that requires tokens, and delete the launch configuration.",
)
def requires_tokens(configuration: Any) -> Verdict:
    """Security Hub user guide, control AutoScaling.3."""
    return needs_tokens(mapping(configuration, _WHAT).get("MetadataOptions"), f"an instance of {_WHAT}")


@rule(
    configuration_type,
    "autoscaling_launch_configuration_hop_limit",
    Severity.HIGH,
    title="Metadata tokens of the launch configuration's instances do not leave the instance (hop limit 1)",
    why="With a higher limit, a container or proxy on the instance can hand the credentials of its role on.",
    fix="Let the group use a launch template with a hop limit of 1, and delete the launch configuration.",
)
def has_a_hop_limit_of_one(configuration: Any) -> Verdict:
    """Security Hub user guide, control AutoScaling.4."""
    return answers_nearby_only(mapping(configuration, _WHAT).get("MetadataOptions"), _WHAT)


@rule(
    configuration_type,
    "autoscaling_group_launch_configuration_no_public_ip",
    Severity.HIGH,
    title="The launch configuration gives instances no public address",
    why="Every instance that the group starts can be reached from the internet.",
    fix="Let the group use a launch template that asks for no public address, behind a load balancer, and delete the "
    "launch configuration.",
)
def gives_no_public_address(configuration: Any) -> Verdict:
    """Security Hub user guide, control AutoScaling.5. Where it says nothing the subnet decides, which is audited itself."""
    return is_off(configuration, "AssociatePublicIpAddress", _WHAT)


@rule(
    configuration_type,
    "autoscaling_find_secrets_ec2_launch_configuration",
    Severity.CRITICAL,
    title="There are no secrets in the launch configuration's user data",
    why="Whoever can describe the launch configuration, and every program on its instances, can read the user data.",
    fix="Let the instances fetch the secret at start, by their role; delete the launch configuration, then change the secret.",
)
def has_no_secrets_in_user_data(configuration: Any) -> Verdict:
    """EC2 Auto Scaling user guide, "Auto Scaling launch configurations"."""
    return without_secrets(mapping(configuration, _WHAT).get("UserDataSecrets"), "the user data")


@rule(
    group_type,
    "autoscaling_group_multiple_az",
    Severity.MEDIUM,
    title="The group spans several availability zones",
    why="When its one zone fails, all of the group's instances are gone at once.",
    fix="Add subnets of other availability zones to the group.",
)
def spans_zones(group: Any) -> Verdict:
    """Security Hub user guide, control AutoScaling.2."""
    zones = texts(mapping(group, "the group").get("AvailabilityZones"), "AvailabilityZones")
    if len(zones) > 1:
        return passed(f"it spans {len(zones)} zones")
    return failed("it is in one availability zone", AvailabilityZones=zones)


@rule(
    group_type,
    "autoscaling_group_using_ec2_launch_template",
    Severity.MEDIUM,
    title="The group uses a launch template, not a launch configuration",
    why="Launch configurations have no versions and none of EC2's newer settings, and AWS does not develop them further.",
    fix="Make a launch template of the launch configuration, and let the group use it.",
)
def uses_a_launch_template(group: Any) -> Verdict:
    """Security Hub user guide, control AutoScaling.9."""
    told = mapping(group, "the group")
    name = told.get("LaunchConfigurationName")
    if name:
        return failed(
            "it uses a launch configuration", LaunchConfigurationName=text(name, "LaunchConfigurationName")
        )
    if told.get("LaunchTemplate") or told.get("MixedInstancesPolicy"):
        return passed("it uses a launch template")
    raise UnexpectedShapeError("the group has neither a launch configuration nor a launch template")


@rule(
    group_type,
    "autoscaling_group_elb_health_check_enabled",
    Severity.LOW,
    title="A group behind a load balancer asks it which instances are healthy",
    why="Without the balancer's checks, an instance that runs but does not answer is never replaced.",
    fix="Turn on Elastic Load Balancing health checks for the group.",
)
def asks_its_balancer(group: Any) -> Verdict:
    """Security Hub user guide, control AutoScaling.1. The type may be a list: ``EC2,ELB``."""
    told = mapping(group, "the group")
    balancers = [
        *texts(told.get("LoadBalancerNames", ()), "LoadBalancerNames"),
        *texts(told.get("TargetGroupARNs", ()), "TargetGroupARNs"),
        *(
            str(each.get("Identifier"))
            for each in mappings(told.get("TrafficSources", ()), "TrafficSources")
            if each.get("Type") in ("elb", "elbv2")
        ),
    ]
    if not balancers:
        return not_applicable("it is behind no load balancer")
    kinds = text(told.get("HealthCheckType"), "HealthCheckType")
    if "ELB" in [each.strip() for each in kinds.split(",")]:
        return passed("the load balancer's health checks count")
    return failed("only EC2's own checks count", HealthCheckType=kinds, LoadBalancers=balancers[:20])


@rule(
    group_type,
    "autoscaling_group_multiple_instance_types",
    Severity.MEDIUM,
    title="The group may use several instance types",
    why="When there is no capacity of its one type, a group cannot grow or replace what failed.",
    fix="Give the group a mixed instances policy with several types, or with requirements that several types meet.",
)
def may_use_several_types(group: Any) -> Verdict:
    """Security Hub user guide, control AutoScaling.6."""
    overrides = member(group, "MixedInstancesPolicy.LaunchTemplate.Overrides", "the group")
    given = mappings(() if overrides is None else overrides, "Overrides")
    types = sorted({text(each["InstanceType"], "InstanceType") for each in given if each.get("InstanceType")})
    if len(types) > 1 or any(each.get("InstanceRequirements") for each in given):
        return passed("it may use several instance types")
    return failed("it uses one instance type", InstanceTypes=types)
