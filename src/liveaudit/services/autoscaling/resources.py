"""The table of Amazon EC2 Auto Scaling: groups and launch configurations.

Sources: the API reference and recorded events. A launch configuration is never changed, only replaced by another.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import Kept, keeping, leaves
from liveaudit.policies.secrets import secrets_in_user_data

service = Service("autoscaling", event_source="autoscaling.amazonaws.com")

_SPECIFICATION = leaves("LaunchTemplateId", "LaunchTemplateName", "Version")
_GROUP: Kept = {
    **leaves("AutoScalingGroupName", "AutoScalingGroupARN", "LaunchConfigurationName", "CapacityRebalance"),
    **leaves("AvailabilityZones", "VPCZoneIdentifier", "HealthCheckType"),
    **leaves("LoadBalancerNames", "TargetGroupARNs"),
    "TrafficSources": leaves("Identifier", "Type"),
    "LaunchTemplate": _SPECIFICATION,
    "MixedInstancesPolicy": {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": _SPECIFICATION,
            "Overrides": leaves("InstanceType", "InstanceRequirements"),
        },
    },
}
_kept = keeping(_GROUP)
_TAGS = "Tags || `[]`"


def kept_group(value: Any) -> dict[str, Any]:
    """An item of DescribeAutoScalingGroups without its instances and sizes, which change by themselves."""
    made: dict[str, Any] = _kept(value)
    for key in ("AvailabilityZones", "LoadBalancerNames", "TargetGroupARNs"):
        if key in made:
            made[key] = sorted(made[key])
    return made


_configuration = keeping(
    {
        **leaves("LaunchConfigurationName", "LaunchConfigurationARN", "AssociatePublicIpAddress"),
        "MetadataOptions": leaves("HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit"),
        "BlockDeviceMappings": {
            **leaves("DeviceName"),
            "Ebs": leaves("Encrypted", "SnapshotId"),
        },
    }
)


def kept_configuration(value: Any) -> dict[str, Any]:
    """An item of DescribeLaunchConfigurations; ``UserDataSecrets`` stands for the user data."""
    encoded = value.get("UserData")
    return {**_configuration(value), "UserDataSecrets": secrets_in_user_data(encoded) if encoded else []}


group = service.resource_type(
    "AWS::AutoScaling::AutoScalingGroup",
    arn="arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:{id}",
    named_by="requestParameters.autoScalingGroupName",
    id_part=r"(?:[^:/]+:autoScalingGroupName/)?(?P<id>.+)",
)
group.arn_from = "AutoScalingGroupARN"
group.section(
    "group",
    "DescribeAutoScalingGroups",
    {"AutoScalingGroupNames": "{ids}", "MaxRecords": 50},
    items="AutoScalingGroups",
    item_id="AutoScalingGroupName",
    many=50,
    shape=kept_group,
    changed_by=[
        "UpdateAutoScalingGroup",
        "AttachLoadBalancers",
        "AttachLoadBalancerTargetGroups",
        "AttachTrafficSources",
        "DetachLoadBalancers",
        "DetachLoadBalancerTargetGroups",
        "DetachTrafficSources",
    ],
    root=True,
)
group.beside_root("tags", value=_TAGS, shape=keeping(leaves("Key", "Value")))
for _event in ("CreateOrUpdateTags", "DeleteTags"):
    group.event(_event, "tags", named_by="requestParameters.tags[].resourceId")
group.listing(
    "DescribeAutoScalingGroups",
    {"MaxRecords": 100},
    items="AutoScalingGroups",
    item_id="AutoScalingGroupName",
    provides={"group": "@", "tags": _TAGS},
)
group.created_by("CreateAutoScalingGroup")
group.deleted_by("DeleteAutoScalingGroup")
# With ForceDelete its instances are ended first.
group.takes(600.0, "DeleteAutoScalingGroup")

configuration = service.resource_type(
    "AWS::AutoScaling::LaunchConfiguration",
    arn="arn:{partition}:autoscaling:{region}:{account}:launchConfiguration:{id}",
    named_by="requestParameters.launchConfigurationName",
    id_part=r"(?:[^:/]+:launchConfigurationName/)?(?P<id>.+)",
)
configuration.arn_from = "LaunchConfigurationARN"
configuration.section(
    "configuration",
    "DescribeLaunchConfigurations",
    {"LaunchConfigurationNames": "{ids}"},
    items="LaunchConfigurations",
    item_id="LaunchConfigurationName",
    many=50,
    shape=kept_configuration,
    root=True,
)
configuration.listing(
    "DescribeLaunchConfigurations",
    {"MaxRecords": 100},
    items="LaunchConfigurations",
    item_id="LaunchConfigurationName",
    provides={"configuration": "@"},
)
configuration.created_by("CreateLaunchConfiguration")
configuration.deleted_by("DeleteLaunchConfiguration")
configuration.has_no_tags()

service.ignores(
    "tells how an action on an instance goes on",
    "CompleteLifecycleAction",
    "RecordLifecycleActionHeartbeat",
    noise=True,
)
service.ignores(
    "changes which and how many instances there are, not how they are configured",
    "AttachInstances",
    "DetachInstances",
    "EnterStandby",
    "ExecutePolicy",
    "ExitStandby",
    "LaunchInstances",
    "SetDesiredCapacity",
    "SetInstanceHealth",
    "SetInstanceProtection",
    "TerminateInstanceInAutoScalingGroup",
)
service.ignores(
    "no policy reads when and how a group scales, nor whom it tells",
    "BatchDeleteScheduledAction",
    "BatchPutScheduledUpdateGroupAction",
    "CancelInstanceRefresh",
    "DeleteLifecycleHook",
    "DeleteNotificationConfiguration",
    "DeletePolicy",
    "DeleteScheduledAction",
    "DeleteWarmPool",
    "DisableMetricsCollection",
    "EnableMetricsCollection",
    "PutAccountSetting",
    "PutLifecycleHook",
    "PutNotificationConfiguration",
    "PutScalingPolicy",
    "PutScheduledUpdateGroupAction",
    "PutWarmPool",
    "ResumeProcesses",
    "SuspendProcesses",
)
