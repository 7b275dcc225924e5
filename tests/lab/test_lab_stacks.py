"""Stack sets: what the roll-out of the product does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import names, received

pytestmark = pytest.mark.lab

REGIONS = ["us-east-1", "eu-west-1"]

RECEIVER_TEMPLATE = {
    "Parameters": {"Visibility": {"Type": "String", "Default": "60"}},
    "Resources": {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "events",
                "VisibilityTimeout": {"Ref": "Visibility"},
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                    "maxReceiveCount": 5,
                },
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": "to-queue",
                "EventPattern": {"source": [{"prefix": "aws."}]},
                "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "events.amazonaws.com"},
                            "Action": "sqs:SendMessage",
                            "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                            "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}},
                        }
                    ]
                },
            },
        },
        "Grant": {
            "Type": "AWS::Events::EventBusPolicy",
            "Properties": {
                "StatementId": "publisher",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{PUBLISHER}:root"},
                    "Action": "events:PutEvents",
                    "Resource": {
                        "Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
                    },
                },
            },
        },
    },
}
PUBLISHER_TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": {"Fn::Sub": "forwarding-${AWS::Region}"},
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "events.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ]
                },
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": "forward",
                "EventPattern": {"source": ["aws.ec2"]},
                "Targets": [
                    {
                        "Id": "bus",
                        "Arn": {"Fn::Sub": f"arn:aws:events:${{AWS::Region}}:{RECEIVER}:event-bus/default"},
                        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    }
                ],
            },
        },
    }
}


def stack_set(lab: Lab, name: str, template: dict[str, Any], account: str) -> None:
    cloudformation = lab.client(RECEIVER, "cloudformation", "us-east-1")
    cloudformation.create_stack_set(
        StackSetName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    cloudformation.create_stack_instances(StackSetName=name, Accounts=[account], Regions=REGIONS)


def test_the_whole_roll_out(lab: Lab) -> None:
    stack_set(lab, "receiver", RECEIVER_TEMPLATE, RECEIVER)
    stack_set(lab, "publisher", PUBLISHER_TEMPLATE, PUBLISHER)
    cloudformation = lab.client(RECEIVER, "cloudformation", "us-east-1")
    instances = cloudformation.list_stack_instances(StackSetName="publisher")["Summaries"]
    assert {(one["Account"], one["Region"]) for one in instances} == {
        (PUBLISHER, region) for region in REGIONS
    }
    operation = cloudformation.list_stack_set_operations(StackSetName="publisher")["Summaries"][0]
    assert operation["Status"] == "SUCCEEDED"
    for region in REGIONS:
        sqs = lab.client(RECEIVER, "sqs", region)
        url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
        received(lab, RECEIVER, region, url)
        lab.client(PUBLISHER, "ec2", region).create_security_group(GroupName="group", Description="d")
        assert names(lab, RECEIVER, region, url) == ["CreateSecurityGroup"]


def test_publisher_before_receiver_fails_and_is_rolled_back(lab: Lab) -> None:
    lab.client(RECEIVER, "events", "eu-west-1").put_permission(
        Action="events:PutEvents", Principal=PUBLISHER, StatementId="publisher"
    )
    stack_set(lab, "publisher", PUBLISHER_TEMPLATE, PUBLISHER)
    cloudformation = lab.client(RECEIVER, "cloudformation", "us-east-1")
    operation = cloudformation.list_stack_set_operations(StackSetName="publisher")["Summaries"][0]
    assert operation["Status"] == "FAILED"
    results = cloudformation.list_stack_set_operation_results(
        StackSetName="publisher", OperationId=operation["OperationId"]
    )["Summaries"]
    by_region = {result["Region"]: result for result in results}
    assert by_region["eu-west-1"]["Status"] == "SUCCEEDED"
    assert by_region["us-east-1"]["Status"] == "FAILED"
    assert "not authorized to perform: events:PutEvents" in by_region["us-east-1"]["StatusReason"]
    roles = lab.client(PUBLISHER, "iam", "us-east-1").list_roles()["Roles"]
    assert [role["RoleName"] for role in roles] == ["forwarding-eu-west-1"]
    lab.client(RECEIVER, "events", "us-east-1").put_permission(
        Action="events:PutEvents", Principal=PUBLISHER, StatementId="publisher"
    )
    cloudformation.create_stack_instances(StackSetName="publisher", Accounts=[PUBLISHER], Regions=REGIONS)
    instances = cloudformation.list_stack_instances(StackSetName="publisher")["Summaries"]
    assert {one["Region"] for one in instances} == set(REGIONS)


def test_a_stack_that_cannot_be_made_says_why(lab: Lab) -> None:
    with pytest.raises(ClientError, match="was rolled back"):
        lab.client(PUBLISHER, "cloudformation", "us-east-1").create_stack(
            StackName="publisher",
            TemplateBody=json.dumps(PUBLISHER_TEMPLATE),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
    assert lab.client(PUBLISHER, "iam", "us-east-1").list_roles()["Roles"] == []


def test_updates_reach_the_stacks(lab: Lab) -> None:
    stack_set(lab, "receiver", RECEIVER_TEMPLATE, RECEIVER)
    changed = json.loads(json.dumps(RECEIVER_TEMPLATE))
    changed["Resources"]["Rule"]["Properties"]["EventPattern"] = {"source": ["aws.iam"]}
    cloudformation = lab.client(RECEIVER, "cloudformation", "us-east-1")
    cloudformation.update_stack_set(
        StackSetName="receiver",
        TemplateBody=json.dumps(changed),
        Parameters=[{"ParameterKey": "Visibility", "ParameterValue": "90"}],
    )
    for region in REGIONS:
        rule = lab.client(RECEIVER, "events", region).describe_rule(Name="to-queue")
        assert json.loads(rule["EventPattern"]) == {"source": ["aws.iam"]}
        sqs = lab.client(RECEIVER, "sqs", region)
        url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == "90"


def test_taking_it_away_leaves_nothing(lab: Lab) -> None:
    stack_set(lab, "receiver", RECEIVER_TEMPLATE, RECEIVER)
    stack_set(lab, "publisher", PUBLISHER_TEMPLATE, PUBLISHER)
    cloudformation = lab.client(RECEIVER, "cloudformation", "us-east-1")
    for name, account in (("publisher", PUBLISHER), ("receiver", RECEIVER)):
        cloudformation.delete_stack_instances(
            StackSetName=name, Accounts=[account], Regions=REGIONS, RetainStacks=False
        )
    for region in REGIONS:
        assert "QueueUrls" not in lab.client(RECEIVER, "sqs", region).list_queues()
        assert lab.client(RECEIVER, "events", region).list_rules()["Rules"] == []
        assert lab.client(PUBLISHER, "events", region).list_rules()["Rules"] == []
        assert "Policy" not in lab.client(RECEIVER, "events", region).describe_event_bus()
    assert lab.client(PUBLISHER, "iam", "us-east-1").list_roles()["Roles"] == []
