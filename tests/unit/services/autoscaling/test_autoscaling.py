"""Auto Scaling: which resource an event names, what is kept of the answers, and the policies."""

from __future__ import annotations

import base64
from typing import Any, Protocol

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import Relevance, match
from liveaudit.model import Outcome, Verdict
from liveaudit.services import load
from liveaudit.services.autoscaling.resources import configuration, group, service
from liveaudit.testing.shapes import fits, output_shape
from tests.support.events import event, recorded

CATALOG, _ = load()
SECRET = base64.b64encode(b"#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\n").decode()
_ARN = "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:0a-1b:autoScalingGroupName/web"


class Judged(Protocol):
    def __call__(self, policy_id: str, *, odd: bool = False, **sections: Any) -> Verdict: ...


@pytest.mark.parametrize(
    ("name", "request_parameters", "kind", "resource_id"),
    [
        ("CreateAutoScalingGroup", {"autoScalingGroupName": "web"}, group, "web"),
        ("UpdateAutoScalingGroup", {"autoScalingGroupName": _ARN}, group, "web"),
        ("AttachLoadBalancerTargetGroups", {"autoScalingGroupName": "web"}, group, "web"),
        ("DeleteAutoScalingGroup", {"autoScalingGroupName": "web"}, group, "web"),
        ("CreateLaunchConfiguration", {"launchConfigurationName": "web"}, configuration, "web"),
        ("DeleteLaunchConfiguration", {"launchConfigurationName": "web"}, configuration, "web"),
    ],
)
def test_the_event_names_its_resource(
    name: str, request_parameters: dict[str, Any], kind: Any, resource_id: str
) -> None:
    (target,) = match(CATALOG, event("autoscaling", name, request_parameters)).targets
    assert (target.resource.type, target.resource.id) == (kind.name, resource_id)


def test_every_recorded_change_finds_its_resource() -> None:
    for record, found in recorded(CATALOG, service.event_source):
        if record["eventName"].startswith("Describe"):
            continue
        if found.relevance is Relevance.IGNORED:
            assert record["eventName"] in service.ignored
            continue
        (target,) = found.targets
        named = record["requestParameters"]
        assert target.resource.id == (
            named["autoScalingGroupName"]
            if target.resource.type == group.name
            else named["launchConfigurationName"]
        )


def kept_group(**given: Any) -> Any:
    raw = {
        "AutoScalingGroupName": "web",
        "HealthCheckType": "EC2",
        "AvailabilityZones": ["eu-west-1a"],
        **given,
    }
    fits(
        output_shape("autoscaling", "DescribeAutoScalingGroups").members["AutoScalingGroups"].member,
        raw,
        "it",
    )
    return section_value(group.sections["group"], raw)


def kept_configuration(**given: Any) -> Any:
    raw = {"LaunchConfigurationName": "web", "ImageId": "ami-0a", **given}
    shape = output_shape("autoscaling", "DescribeLaunchConfigurations").members["LaunchConfigurations"].member
    fits(shape, raw, "it")
    return section_value(configuration.sections["configuration"], raw)


def test_nothing_of_user_data_is_kept() -> None:
    told = kept_configuration(UserData=SECRET, KeyName="k")
    assert told["UserDataSecrets"] == [{"Line": 2, "Secret": "password"}]
    assert "hunter2" not in repr(told)
    assert SECRET not in repr(told)


def test_what_changes_by_itself_is_not_kept() -> None:
    instances = [
        {
            "InstanceId": "i-0a",
            "AvailabilityZone": "eu-west-1a",
            "LifecycleState": "InService",
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": False,
        }
    ]
    zones = ["eu-west-1b", "eu-west-1a"]
    assert kept_group(Instances=instances, DesiredCapacity=3, AvailabilityZones=zones) == kept_group(
        AvailabilityZones=zones[::-1]
    )


TEMPLATE = {"LaunchTemplateId": "lt-0a", "Version": "1"}


def mixed(*overrides: dict[str, Any]) -> dict[str, Any]:
    return {
        "LaunchTemplate": {"LaunchTemplateSpecification": TEMPLATE, "Overrides": list(overrides)},
        "InstancesDistribution": {"OnDemandBaseCapacity": 1},
    }


@pytest.mark.parametrize(
    ("policy", "given", "outcome"),
    [
        ("multiple_az", {"AvailabilityZones": ["a", "b"]}, Outcome.PASS),
        ("multiple_az", {"AvailabilityZones": ["a"]}, Outcome.FAIL),
        ("using_ec2_launch_template", {"LaunchConfigurationName": "web"}, Outcome.FAIL),
        ("using_ec2_launch_template", {"LaunchTemplate": TEMPLATE}, Outcome.PASS),
        ("using_ec2_launch_template", {"MixedInstancesPolicy": mixed()}, Outcome.PASS),
        ("using_ec2_launch_template", {}, Outcome.UNKNOWN),
        ("elb_health_check_enabled", {}, Outcome.NOT_APPLICABLE),
        ("elb_health_check_enabled", {"TargetGroupARNs": ["arn:a"]}, Outcome.FAIL),
        (
            "elb_health_check_enabled",
            {"TargetGroupARNs": ["arn:a"], "HealthCheckType": "EC2,ELB"},
            Outcome.PASS,
        ),
        ("elb_health_check_enabled", {"LoadBalancerNames": ["web"], "HealthCheckType": "ELB"}, Outcome.PASS),
        (
            "elb_health_check_enabled",
            {"TrafficSources": [{"Identifier": "arn:a", "Type": "elbv2"}]},
            Outcome.FAIL,
        ),
        (
            "elb_health_check_enabled",
            {"TrafficSources": [{"Identifier": "arn:a", "Type": "vpc-lattice"}]},
            Outcome.NOT_APPLICABLE,
        ),
        ("multiple_instance_types", {"LaunchTemplate": TEMPLATE}, Outcome.FAIL),
        (
            "multiple_instance_types",
            {"MixedInstancesPolicy": mixed({"InstanceType": "m7i.large"})},
            Outcome.FAIL,
        ),
        (
            "multiple_instance_types",
            {"MixedInstancesPolicy": mixed({"InstanceType": "m7i.large"}, {"InstanceType": "m6i.large"})},
            Outcome.PASS,
        ),
        (
            "multiple_instance_types",
            {
                "MixedInstancesPolicy": mixed(
                    {"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 4096}}}
                )
            },
            Outcome.PASS,
        ),
    ],
)
def test_groups(judged: Judged, policy: str, given: dict[str, Any], outcome: Outcome) -> None:
    assert judged(f"autoscaling_group_{policy}", group=kept_group(**given)).outcome == outcome


@pytest.mark.parametrize(
    "policy",
    ["multiple_az", "elb_health_check_enabled", "multiple_instance_types", "using_ec2_launch_template"],
)
def test_a_group_of_another_shape(judged: Judged, policy: str) -> None:
    odd = {
        "AvailabilityZones": "a",
        "TargetGroupARNs": 7,
        "MixedInstancesPolicy": {"LaunchTemplate": 7},
        "LaunchConfigurationName": 7,
    }
    assert judged(f"autoscaling_group_{policy}", odd=True, group=odd).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("policy", "given", "outcome"),
    [
        ("group_launch_configuration_requires_imdsv2", {}, Outcome.FAIL),
        (
            "group_launch_configuration_requires_imdsv2",
            {"MetadataOptions": {"HttpTokens": "optional"}},
            Outcome.FAIL,
        ),
        (
            "group_launch_configuration_requires_imdsv2",
            {"MetadataOptions": {"HttpTokens": "required"}},
            Outcome.PASS,
        ),
        (
            "group_launch_configuration_requires_imdsv2",
            {"MetadataOptions": {"HttpEndpoint": "disabled"}},
            Outcome.PASS,
        ),
        ("launch_configuration_hop_limit", {}, Outcome.PASS),
        ("launch_configuration_hop_limit", {"MetadataOptions": {"HttpPutResponseHopLimit": 1}}, Outcome.PASS),
        ("launch_configuration_hop_limit", {"MetadataOptions": {"HttpPutResponseHopLimit": 2}}, Outcome.FAIL),
        (
            "launch_configuration_hop_limit",
            {"MetadataOptions": {"HttpPutResponseHopLimit": 2, "HttpEndpoint": "disabled"}},
            Outcome.PASS,
        ),
        ("group_launch_configuration_no_public_ip", {"AssociatePublicIpAddress": True}, Outcome.FAIL),
        ("group_launch_configuration_no_public_ip", {"AssociatePublicIpAddress": False}, Outcome.PASS),
        ("group_launch_configuration_no_public_ip", {}, Outcome.PASS),
        ("find_secrets_ec2_launch_configuration", {"UserData": SECRET}, Outcome.FAIL),
        ("find_secrets_ec2_launch_configuration", {"UserData": ""}, Outcome.PASS),
        ("find_secrets_ec2_launch_configuration", {}, Outcome.PASS),
    ],
)
def test_launch_configurations(judged: Judged, policy: str, given: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged(f"autoscaling_{policy}", configuration=kept_configuration(**given))
    assert verdict.outcome == outcome
    assert "hunter2" not in repr(verdict)


@pytest.mark.parametrize(
    ("policy", "odd"),
    [
        ("group_launch_configuration_requires_imdsv2", {"MetadataOptions": 7}),
        ("launch_configuration_hop_limit", {"MetadataOptions": {"HttpPutResponseHopLimit": "2"}}),
        ("group_launch_configuration_no_public_ip", {"AssociatePublicIpAddress": "yes"}),
        ("find_secrets_ec2_launch_configuration", {"UserDataSecrets": None}),
    ],
)
def test_a_launch_configuration_of_another_shape(judged: Judged, policy: str, odd: dict[str, Any]) -> None:
    assert judged(f"autoscaling_{policy}", odd=True, configuration=odd).outcome == Outcome.UNKNOWN
