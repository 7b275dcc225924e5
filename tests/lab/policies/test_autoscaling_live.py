"""Auto Scaling's policies by real calls in the lab."""

from __future__ import annotations

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_group_and_its_launch_configuration(live: Live) -> None:
    client = live.client("autoscaling")
    client.create_launch_configuration(
        LaunchConfigurationName="bad",
        ImageId="ami-12345678",
        InstanceType="t3.nano",
        AssociatePublicIpAddress=True,
        MetadataOptions={"HttpTokens": "optional", "HttpPutResponseHopLimit": 2},
        UserData="export DB_PASSWORD=hunter2hunter2",
    )
    policies = [
        f"autoscaling_{name}"
        for name in (
            "find_secrets_ec2_launch_configuration",
            "group_launch_configuration_no_public_ip",
            "group_launch_configuration_requires_imdsv2",
            "launch_configuration_hop_limit",
        )
    ]
    for policy in policies:
        live.opens(policy, "bad")
    client.create_launch_configuration(
        LaunchConfigurationName="good",
        ImageId="ami-12345678",
        InstanceType="t3.nano",
        AssociatePublicIpAddress=False,
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    )
    for policy in policies:
        live.verdict(policy, "good", "PASS")
    client.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="bad",
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=[f"{live.region}a"],
    )
    live.opens("autoscaling_group_multiple_az", "web")
    live.opens("autoscaling_group_using_ec2_launch_template", "web")
    live.opens("autoscaling_group_multiple_instance_types", "web")
    client.update_auto_scaling_group(
        AutoScalingGroupName="web", AvailabilityZones=[f"{live.region}a", f"{live.region}b"]
    )
    live.resolves("autoscaling_group_multiple_az", "web")
    template = live.client("ec2").create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.nano"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    client.create_auto_scaling_group(
        AutoScalingGroupName="new",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=[f"{live.region}a"],
    )
    live.verdict("autoscaling_group_using_ec2_launch_template", "new", "PASS")
    client.delete_launch_configuration(LaunchConfigurationName="bad")
    for policy in policies:
        live.archives(policy, "bad")
    client.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    live.archives("autoscaling_group_multiple_instance_types", "web")
