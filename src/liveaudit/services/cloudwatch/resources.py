"""The table of Amazon CloudWatch: its alarms, each by itself and those of a region that tell somebody.

Source: the CloudWatch API reference; its events come from ``monitoring.amazonaws.com``.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.model import Shows
from liveaudit.services.cloudwatch.shapes import telling_alarms

service = Service("cloudwatch", event_source="monitoring.amazonaws.com")

_STATE = (
    "EvaluationState",
    "StateReason",
    "StateReasonData",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "StateValue",
)
_METRIC_ALARMS = ["MetricAlarm"]
_SWITCHES = ("EnableAlarmActions", "DisableAlarmActions")
_BY_NAMES = "requestParameters.alarmNames[]"

alarm = service.resource_type(
    "AWS::CloudWatch::Alarm",
    arn="arn:{partition}:cloudwatch:{region}:{account}:alarm:{id}",
    named_by="requestParameters.alarmName",
)
alarm.created_by("PutMetricAlarm")
alarm.deleted_by("DeleteAlarms", named_by=_BY_NAMES)
alarm.listing(
    "DescribeAlarms",
    {"AlarmTypes": _METRIC_ALARMS},
    items="MetricAlarms",
    item_id="AlarmName",
    provides={"alarm": "@"},
)
alarm.section(
    "alarm",
    "DescribeAlarms",
    {"AlarmTypes": _METRIC_ALARMS, "AlarmNames": "{ids}"},
    items="MetricAlarms",
    item_id="AlarmName",
    many=100,
    omit=_STATE,
    root=True,
)
for _event in _SWITCHES:
    alarm.event(_event, "alarm", named_by=_BY_NAMES)
alarm.section(
    "tags",
    "ListTagsForResource",
    {"ResourceARN": "{arn}"},
    value="Tags",
)
for _event in ("TagResource", "UntagResource"):
    alarm.event(_event, "tags", named_by="requestParameters.resourceARN")
alarm.shows("alarm", {"=true": "ActionsEnabled"}, "EnableAlarmActions")
alarm.shows("alarm", {"=false": "ActionsEnabled"}, "DisableAlarmActions")

# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::CloudWatch::RegionSettings",
    arn="arn:{partition}:cloudwatch:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
# Those with a topic alone: the many that scale something are left where they are.
region_settings.section(
    "alarms",
    "DescribeAlarms",
    {"AlarmTypes": _METRIC_ALARMS, "ActionPrefix": "arn:{partition}:sns:"},
    value="MetricAlarms",
    shape=telling_alarms,
    changed_by=["PutMetricAlarm", "DeleteAlarms", *_SWITCHES],
    root=True,
)
region_settings.shows("alarms", {_BY_NAMES: "[].AlarmName"}, "DeleteAlarms", as_=Shows.LACKS)

service.ignores_unnamed(
    "tags of rules, streams and dashboards are read by no policy", "TagResource", "UntagResource"
)
service.ignores(
    "figures and states are no configuration",
    "PutMetricData",
    "SetAlarmState",
    noise=True,
)
service.ignores(
    "composite and log alarms, and when alarms are muted, are read by no policy yet",
    "DeleteAlarmMuteRule",
    "PutAlarmMuteRule",
    "PutCompositeAlarm",
    "PutLogAlarm",
)
service.ignores(
    "dashboards, streams, rules and detectors are read by no policy",
    "AssociateDatasetKmsKey",
    "CreateResourceMetricsConfiguration",
    "DeleteAnomalyDetector",
    "DeleteDashboards",
    "DeleteInsightRules",
    "DeleteMetricStream",
    "DeleteResourceMetricsConfiguration",
    "DisableInsightRules",
    "DisassociateDatasetKmsKey",
    "EnableInsightRules",
    "PutAnomalyDetector",
    "PutDashboard",
    "PutInsightRule",
    "PutManagedInsightRules",
    "PutMetricStream",
    "StartMetricStreams",
    "StartOTelEnrichment",
    "StopMetricStreams",
    "StopOTelEnrichment",
    "UpdateOTelEnrichment",
    "UpdateResourceMetricsConfiguration",
)
