"""The policies on log groups and on warnings by real calls in the lab."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.services.cloudtrail.watched import WATCHED, Record, Watched
from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
VPCS = "cloudwatch_changes_to_vpcs_alarm_configured"
OF_VPCS = (
    "AcceptVpcPeeringConnection",
    "CreateVpc",
    "CreateVpcPeeringConnection",
    "DeleteVpc",
    "DeleteVpcPeeringConnection",
    "ModifyVpcAttribute",
    "RejectVpcPeeringConnection",
)


def test_a_warning(live: Live) -> None:
    logs, cloudtrail, sns = live.client("logs"), live.client("cloudtrail"), live.client("sns")
    live.client("s3").create_bucket(Bucket="trails")
    logs.create_log_group(logGroupName="trail")
    group = f"arn:aws:logs:{live.region}:{live.account}:log-group:trail:*"
    role = f"arn:aws:iam::{live.account}:role/trail"
    cloudtrail.create_trail(
        Name="main",
        S3BucketName="trails",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=role,
    )
    cloudtrail.start_logging(Name="main")
    live.opens(VPCS, live.account)
    topic = sns.create_topic(Name="cis")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{live.region}:{live.account}:mail")
    counted = {"metricName": "vpcs", "metricNamespace": "CIS", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="trail",
        filterName="vpcs",
        filterPattern="{ " + " || ".join(f"($.eventName = {name})" for name in OF_VPCS) + " }",
        metricTransformations=[counted],
    )
    warning = {
        "AlarmName": "vpcs",
        "MetricName": "vpcs",
        "Namespace": "CIS",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    live.client("cloudwatch").put_metric_alarm(**warning, AlarmActions=[topic])
    live.resolves(VPCS, live.account)
    live.client("cloudwatch").disable_alarm_actions(AlarmNames=["vpcs"])
    live.opens(VPCS, live.account)
    live.opens("cloudwatch_alarm_actions_enabled", "vpcs")
    live.client("cloudwatch").enable_alarm_actions(AlarmNames=["vpcs"])
    live.resolves(VPCS, live.account)
    live.resolves("cloudwatch_alarm_actions_enabled", "vpcs")
    live.client("cloudwatch").put_metric_alarm(**warning)
    live.opens("cloudwatch_alarm_actions_alarm_state_configured", "vpcs")
    live.client("cloudwatch").put_metric_alarm(**warning, AlarmActions=[topic])
    live.resolves("cloudwatch_alarm_actions_alarm_state_configured", "vpcs")
    logs.delete_metric_filter(logGroupName="trail", filterName="vpcs")
    live.opens(VPCS, live.account)


def as_filter(watched: Watched) -> str:
    """A filter pattern that the records of a control pass, within the 1,024 characters that one may have."""
    if len(watched.records) > 3:
        return "{ " + " || ".join(f"($.eventName = {each['eventName']})" for each in watched.records) + " }"
    fields = ("eventSource", "eventName", "errorCode", "userIdentity.type", "additionalEventData.MFAUsed")

    def one(record: Record) -> str:
        parts = []
        for field in (*fields, "responseElements.ConsoleLogin", "errorMessage"):
            value: Any = record
            for key in field.split("."):
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                parts.append(f'($.{field} = "{value}")')
        return "(" + " && ".join(parts) + ")"

    return "{ " + " || ".join(one(each) for each in watched.records) + " }"


def test_every_warning_of_cis(live: Live) -> None:
    logs, sns = live.client("logs"), live.client("sns")
    others = [each for each in WATCHED if each.policy_id != VPCS]
    for each in others:
        live.opens(each.policy_id, live.account)
    topic = sns.create_topic(Name="cis")["TopicArn"]
    live.client("cloudwatch").put_metric_alarm(
        AlarmName="cis",
        MetricName="cis",
        Namespace="CIS",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
    )
    for each in others:
        logs.put_metric_filter(
            logGroupName="trail",
            filterName=each.control,
            filterPattern=as_filter(each),
            metricTransformations=[{"metricName": "cis", "metricNamespace": "CIS", "metricValue": "1"}],
        )
    for each in others:
        live.resolves(each.policy_id, live.account)


def test_a_group_that_everybody_may_use(live: Live) -> None:
    logs = live.client("logs")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "logs:PutLogEvents", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.create_log_group(logGroupName="open")
    logs.put_resource_policy(policyName="open", policyDocument=document)
    live.opens("cloudwatch_log_group_not_publicly_accessible", "open")
    live.opens("cloudwatch_log_group_kms_encryption_enabled", "open")
    logs.put_retention_policy(logGroupName="open", retentionInDays=7)
    live.opens("cloudwatch_log_group_retention_policy_specific_days_enabled", "open")
    logs.delete_resource_policy(policyName="open")
    live.resolves("cloudwatch_log_group_not_publicly_accessible", "open")
    logs.put_retention_policy(logGroupName="open", retentionInDays=400)
    live.resolves("cloudwatch_log_group_retention_policy_specific_days_enabled", "open")
