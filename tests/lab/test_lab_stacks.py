"""Stacks of the lab's own: what the roll-out of the product makes, changes and deletes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import names, received, records, watch
from tests.lab.stacks import (
    REGIONS,
    change,
    cloudformation,
    deploy,
    instances_of,
    make_set,
    make_stack_set_roles,
    operation_of,
    queue_names,
    results_of,
    withdraw,
)

pytestmark = pytest.mark.lab

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
                "Policies": [
                    {
                        "PolicyName": "forwarding",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}],
                        },
                    }
                ],
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


def roll_out(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "receiver", RECEIVER_TEMPLATE)
    deploy(lab, "receiver", [RECEIVER])
    make_set(lab, "publisher", PUBLISHER_TEMPLATE)
    deploy(lab, "publisher", [PUBLISHER])


def altered(template: dict[str, Any], resource: str, **properties: Any) -> dict[str, Any]:
    """The template with other properties for one of its resources."""
    copied: dict[str, Any] = json.loads(json.dumps(template))
    copied["Resources"][resource]["Properties"].update(properties)
    return copied


def create_stack(lab: Lab, template: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A plain stack of the publisher, once it is done."""
    client = cloudformation(lab, PUBLISHER)
    client.create_stack(
        StackName="plain", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **more
    )
    lab.finish_stacks()
    return the_stack(lab)


def the_stack(lab: Lab) -> dict[str, Any]:
    found: dict[str, Any] = cloudformation(lab, PUBLISHER).describe_stacks(StackName="plain")["Stacks"][0]
    return found


def update_stack(lab: Lab, template: dict[str, Any], **more: Any) -> dict[str, Any]:
    cloudformation(lab, PUBLISHER).update_stack(
        StackName="plain", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **more
    )
    lab.finish_stacks()
    return the_stack(lab)


def test_the_whole_roll_out(lab: Lab) -> None:
    roll_out(lab)
    assert instances_of(lab, "publisher") == {
        (PUBLISHER, region): ("CURRENT", "SUCCEEDED") for region in REGIONS
    }
    operation = cloudformation(lab).list_stack_set_operations(StackSetName="publisher")["Summaries"][0]
    assert (operation["Status"], operation["Action"]) == ("SUCCEEDED", "CREATE")
    for region in REGIONS:
        sqs = lab.client(RECEIVER, "sqs", region)
        url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
        received(lab, RECEIVER, region, url)
        lab.client(PUBLISHER, "ec2", region).create_security_group(GroupName="group", Description="d")
        assert names(lab, RECEIVER, region, url) == ["CreateSecurityGroup"]


def test_publisher_before_receiver_fails_and_is_rolled_back(lab: Lab) -> None:
    make_stack_set_roles(lab)
    events = {region: lab.client(RECEIVER, "events", region) for region in REGIONS}
    grant = {"Action": "events:PutEvents", "Principal": PUBLISHER, "StatementId": "publisher"}
    events["eu-west-1"].put_permission(**grant)
    make_set(lab, "publisher", PUBLISHER_TEMPLATE)
    operation = deploy(lab, "publisher", [PUBLISHER], OperationPreferences={"FailureToleranceCount": 0})
    ended = operation_of(lab, "publisher", operation)
    assert ended["Status"] == "FAILED"
    assert ended["StatusDetails"]["FailedStackInstancesCount"] == 1
    results = results_of(lab, "publisher", operation)
    status, reason = results[PUBLISHER, "us-east-1"]
    assert status == "FAILED"
    assert reason.startswith("ResourceLogicalId:Rule, ResourceType:AWS::Events::Rule, ResourceStatusReason:")
    assert "not authorized to perform: events:PutEvents" in reason
    assert results[PUBLISHER, "eu-west-1"] == ("CANCELLED", "Cancelled since failure tolerance has exceeded")
    roles = lab.client(PUBLISHER, "iam", "us-east-1").list_roles()["Roles"]
    assert [role["RoleName"] for role in roles] == ["AWSCloudFormationStackSetExecutionRole"]
    assert lab.client(PUBLISHER, "events", "us-east-1").list_rules()["Rules"] == []
    events["us-east-1"].put_permission(**grant)
    deploy(lab, "publisher", [PUBLISHER])
    assert instances_of(lab, "publisher") == {
        (PUBLISHER, region): ("CURRENT", "SUCCEEDED") for region in REGIONS
    }


def test_a_stack_that_cannot_be_made_says_why(lab: Lab) -> None:
    stack = create_stack(lab, PUBLISHER_TEMPLATE)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "[Rule]" in stack["StackStatusReason"]
    assert lab.client(PUBLISHER, "iam", "us-east-1").list_roles()["Roles"] == []
    events = cloudformation(lab, PUBLISHER).describe_stack_events(StackName="plain")["StackEvents"]
    failed = [one for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    assert [one["LogicalResourceId"] for one in failed] == ["Rule"]
    assert "not authorized" in failed[0]["ResourceStatusReason"]
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        update_stack(lab, PUBLISHER_TEMPLATE)
    cloudformation(lab, PUBLISHER).delete_stack(StackName="plain")
    lab.finish_stacks()
    with pytest.raises(ClientError, match="does not exist"):
        the_stack(lab)


def test_updates_reach_the_stacks(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "receiver", RECEIVER_TEMPLATE)
    deploy(lab, "receiver", [RECEIVER])
    changed = altered(RECEIVER_TEMPLATE, "Rule", EventPattern={"source": ["aws.iam"]})
    parameters = [{"ParameterKey": "Visibility", "ParameterValue": "90"}]
    operation = change(lab, "receiver", changed, Parameters=parameters)
    assert operation_of(lab, "receiver", operation)["Status"] == "SUCCEEDED"
    for region in REGIONS:
        rule = lab.client(RECEIVER, "events", region).describe_rule(Name="to-queue")
        assert json.loads(rule["EventPattern"]) == {"source": ["aws.iam"]}
        sqs = lab.client(RECEIVER, "sqs", region)
        url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == "90"


def test_taking_it_away_leaves_nothing(lab: Lab) -> None:
    roll_out(lab)
    for name, account in (("publisher", PUBLISHER), ("receiver", RECEIVER)):
        operation = withdraw(lab, name, [account])
        assert operation_of(lab, name, operation)["Status"] == "SUCCEEDED"
        assert instances_of(lab, name) == {}
        cloudformation(lab).delete_stack_set(StackSetName=name)
    assert cloudformation(lab).list_stack_sets(Status="ACTIVE")["Summaries"] == []
    for region in REGIONS:
        assert queue_names(lab, RECEIVER, region) == []
        assert lab.client(RECEIVER, "events", region).list_rules()["Rules"] == []
        assert lab.client(PUBLISHER, "events", region).list_rules()["Rules"] == []
        assert "Policy" not in lab.client(RECEIVER, "events", region).describe_event_bus()
        assert cloudformation(lab, PUBLISHER, region).describe_stacks()["Stacks"] == []
    roles = lab.client(PUBLISHER, "iam", "us-east-1").list_roles()["Roles"]
    assert [role["RoleName"] for role in roles] == ["AWSCloudFormationStackSetExecutionRole"]


def test_drift_is_not_seen_and_not_repaired_unless_the_template_changes(lab: Lab) -> None:
    create_stack(lab, RECEIVER_TEMPLATE)
    events = lab.client(PUBLISHER, "events", "us-east-1")
    events.disable_rule(Name="to-queue")
    with pytest.raises(ClientError, match="No updates are to be performed"):
        update_stack(lab, RECEIVER_TEMPLATE)
    other = altered(RECEIVER_TEMPLATE, "Dead", MessageRetentionPeriod=600)
    assert update_stack(lab, other)["StackStatus"] == "UPDATE_COMPLETE"
    assert events.describe_rule(Name="to-queue")["State"] == "DISABLED"
    repaired = altered(other, "Rule", Description="again")
    assert update_stack(lab, repaired)["StackStatus"] == "UPDATE_COMPLETE"
    assert events.describe_rule(Name="to-queue")["State"] == "ENABLED"


def test_an_update_that_fails_is_taken_back(lab: Lab) -> None:
    create_stack(lab, RECEIVER_TEMPLATE)
    changed = altered(RECEIVER_TEMPLATE, "Dead", MessageRetentionPeriod=600)
    changed = altered(changed, "Rule", Description="new", EventPattern={"source": ["x" * 3000]})
    changed["Resources"]["Added"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "added"}}
    stack = update_stack(lab, changed)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "ResourceLogicalId:Rule" in stack["StackStatusReason"]
    sqs = lab.client(PUBLISHER, "sqs", "us-east-1")
    url = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["MessageRetentionPeriod"] == "345600"
    assert queue_names(lab, PUBLISHER, "us-east-1") == ["dead", "events"]
    rule = lab.client(PUBLISHER, "events", "us-east-1").describe_rule(Name="to-queue")
    assert "Description" not in rule
    assert json.loads(rule["EventPattern"]) == {"source": [{"prefix": "aws."}]}


def test_a_custom_name_keeps_a_resource_from_being_replaced(lab: Lab) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q.fifo", "FifoQueue": True}}
    create_stack(lab, {"Resources": {"Queue": queue}})
    stack = update_stack(lab, {"Resources": {"Queue": {**queue, "Properties": {"QueueName": "q.fifo"}}}})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "custom-named resource requires replacing" in stack["StackStatusReason"]
    renamed = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "other"}}}}
    assert update_stack(lab, renamed)["StackStatus"] == "UPDATE_COMPLETE"
    assert queue_names(lab, PUBLISHER, "us-east-1") == ["other"]


def test_conditions_outputs_and_listings(lab: Lab) -> None:
    template = {
        "Parameters": {"Second": {"Type": "String", "Default": "no"}},
        "Conditions": {"Both": {"Fn::Equals": [{"Ref": "Second"}, "yes"]}},
        "Resources": {
            "First": {"Type": "AWS::SQS::Queue"},
            "Second": {"Type": "AWS::SQS::Queue", "Condition": "Both", "Properties": {"QueueName": "second"}},
        },
        "Outputs": {
            "Arn": {"Value": {"Fn::GetAtt": ["First", "Arn"]}, "Description": "the first"},
            "Second": {"Value": {"Ref": "Second"}, "Condition": "Both"},
        },
    }
    client = cloudformation(lab, PUBLISHER)
    stack = create_stack(lab, template)
    (output,) = stack["Outputs"]
    assert output["OutputValue"].startswith(f"arn:aws:sqs:us-east-1:{PUBLISHER}:plain-First-")
    yes = [{"ParameterKey": "Second", "ParameterValue": "yes"}]
    client.update_stack(StackName="plain", UsePreviousTemplate=True, Parameters=yes)
    lab.finish_stacks()
    assert "second" in queue_names(lab, PUBLISHER, "us-east-1")
    resources = client.list_stack_resources(StackName="plain")["StackResourceSummaries"]
    assert [one["LogicalResourceId"] for one in resources] == ["First", "Second"]
    assert client.get_template(StackName="plain")["TemplateBody"] == template
    no = [{"ParameterKey": "Second", "ParameterValue": "no"}]
    client.update_stack(StackName="plain", UsePreviousTemplate=True, Parameters=no)
    lab.finish_stacks()
    assert len(queue_names(lab, PUBLISHER, "us-east-1")) == 1
    assert [one["StackName"] for one in client.describe_stacks()["Stacks"]] == ["plain"]
    stack_id = the_stack(lab)["StackId"]
    client.delete_stack(StackName="plain")
    lab.finish_stacks()
    assert client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert (
        client.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"][0]["StackId"] == stack_id
    )


def test_stacks_with_other_resources_are_motos(lab: Lab) -> None:
    client = cloudformation(lab, PUBLISHER)
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "motos"}}}}
    client.create_stack(StackName="other", TemplateBody=json.dumps(template))
    create_stack(lab, {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    assert {one["StackName"] for one in client.describe_stacks()["Stacks"]} == {"plain", "other"}
    assert client.describe_stacks(StackName="other")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert client.list_stack_resources(StackName="other")["StackResourceSummaries"]
    client.delete_stack(StackName="other")
    assert [one["StackName"] for one in client.describe_stacks()["Stacks"]] == ["plain"]
    make_stack_set_roles(lab)
    with pytest.raises(ClientError, match=r"AWS::S3::Bucket \(Bucket\)"):
        make_set(lab, "buckets", template)


def test_roles_and_policies_as_resources(lab: Lab) -> None:
    trust = {
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "a.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
    }
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    }
    view = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": "made", "AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [view]},
    }
    policy = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"ManagedPolicyName": "made", "PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
    }
    inline = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "inline", "PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
    }
    template = {"Resources": {"Role": role, "Policy": policy, "Inline": inline}}
    with pytest.raises(ClientError, match="InsufficientCapabilities"):
        cloudformation(lab, PUBLISHER).create_stack(StackName="plain", TemplateBody=json.dumps(template))
    create_stack(lab, template)
    iam = lab.client(PUBLISHER, "iam", "us-east-1")
    attached = iam.list_attached_role_policies(RoleName="made")["AttachedPolicies"]
    assert {one["PolicyName"] for one in attached} == {"made", "ViewOnlyAccess"}
    assert iam.list_role_policies(RoleName="made")["PolicyNames"] == ["inline"]
    wider = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    changed = altered(template, "Policy", PolicyDocument=wider)
    changed = altered(
        changed,
        "Role",
        ManagedPolicyArns=[],
        Description="d",
        Policies=[{"PolicyName": "own", "PolicyDocument": wider}],
    )
    assert update_stack(lab, changed)["StackStatus"] == "UPDATE_COMPLETE"
    arn = f"arn:aws:iam::{PUBLISHER}:policy/made"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert iam.get_role(RoleName="made")["Role"]["Description"] == "d"
    assert set(iam.list_role_policies(RoleName="made")["PolicyNames"]) == {"inline", "own"}
    iam.put_role_policy(RoleName="made", PolicyName="foreign", PolicyDocument=json.dumps(document))
    client = cloudformation(lab, PUBLISHER)
    client.delete_stack(StackName="plain")
    lab.finish_stacks()
    assert the_stack(lab)["StackStatus"] == "DELETE_FAILED"
    iam.delete_role_policy(RoleName="made", PolicyName="foreign")
    client.delete_stack(StackName="plain")
    lab.finish_stacks()
    assert iam.list_roles()["Roles"] == []


def test_roles_within_a_boundary(lab: Lab) -> None:
    boundary = f"arn:aws:iam::{PUBLISHER}:policy/boundary"
    bounded = {
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}},
    }
    free: dict[str, Any] = {
        "Effect": "Allow",
        "Action": ["iam:Get*", "iam:List*", "cloudformation:*"],
        "Resource": "*",
    }
    make_stack_set_roles(lab, [PUBLISHER], bounded)
    iam = lab.client(PUBLISHER, "iam", "us-east-1")
    iam.put_role_policy(
        RoleName="AWSCloudFormationStackSetExecutionRole",
        PolicyName="more",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [free]}),
    )
    role = PUBLISHER_TEMPLATE["Resources"]["Role"]
    make_set(lab, "set", {"Resources": {"Role": role}})
    operation = deploy(lab, "set", [PUBLISHER], ["us-east-1"])
    assert "iam:CreateRole" in results_of(lab, "set", operation)[PUBLISHER, "us-east-1"][1]
    within = altered({"Resources": {"Role": role}}, "Role", PermissionsBoundary=boundary)
    operation = change(lab, "set", within)
    assert (
        f"Scope ARN: {boundary} does not exist"
        in results_of(lab, "set", operation)[PUBLISHER, "us-east-1"][1]
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": [free]})
    iam.create_policy(PolicyName="boundary", PolicyDocument=document)
    change(lab, "set", within)
    assert instances_of(lab, "set") == {(PUBLISHER, "us-east-1"): ("CURRENT", "SUCCEEDED")}
    made = iam.get_role(RoleName="forwarding-us-east-1")["Role"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    withdraw(lab, "set", [PUBLISHER], ["us-east-1"])
    assert instances_of(lab, "set") == {}


def test_what_stacks_do_is_told_to_cloudtrail(lab: Lab) -> None:
    make_stack_set_roles(lab)
    url = watch(lab, PUBLISHER, "us-east-1")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "made"}}
    make_set(lab, "set", {"Resources": {"Queue": queue}})
    deploy(lab, "set", [PUBLISHER], ["us-east-1"])
    told = {record["eventName"]: record for record in records(lab, PUBLISHER, "us-east-1", url)}
    assert set(told) == {"CreateStack", "CreateQueue"}
    record = told["CreateQueue"]
    assert record["userIdentity"]["type"] == "AssumedRole"
    assert record["userIdentity"]["invokedBy"] == "cloudformation.amazonaws.com"
    issuer = record["userIdentity"]["sessionContext"]["sessionIssuer"]
    assert issuer["userName"] == "AWSCloudFormationStackSetExecutionRole"
    assert record["requestParameters"]["queueName"] == "made"
    assert (record["recipientAccountId"], record["awsRegion"]) == (PUBLISHER, "us-east-1")
