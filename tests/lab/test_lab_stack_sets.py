"""Stack sets: operations that take time, results for each target, what is refused, and the roles in between."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import make_role
from tests.lab.stacks import (
    ADMINISTRATION,
    ALL,
    EVERYWHERE,
    EXECUTION,
    QUEUE_TEMPLATE,
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

US, EU = REGIONS
LONG = 30.0
"""Seconds that nobody waits for."""


def with_name(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}}
    }


def begin(lab: Lab, name: str = "set", **more: Any) -> str:
    """Instances in both accounts and regions, begun and not awaited."""
    operation: str = cloudformation(lab).create_stack_instances(
        StackSetName=name, Accounts=[RECEIVER, PUBLISHER], Regions=REGIONS, **more
    )["OperationId"]
    return operation


def wait_for(lab: Lab, operation: str, status: str, count: int) -> dict[tuple[str, str], tuple[str, str]]:
    """The results, once so many of them have this status."""
    for _ in range(10_000):
        results = results_of(lab, "set", operation)
        if sum(one == status for one, _ in results.values()) >= count:
            return results
    raise AssertionError(f"{status} was not reached: {results}")


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_operation_is_running_while_its_stacks_are_made(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    lab.knobs.stack_time(LONG)
    operation = begin(lab, OperationPreferences={"MaxConcurrentCount": 1})
    results = wait_for(lab, operation, "RUNNING", 1)
    assert sorted(status for status, _ in results.values()) == ["PENDING", "PENDING", "PENDING", "RUNNING"]
    assert operation_of(lab, "set", operation)["Status"] == "RUNNING"
    assert instances_of(lab, "set") == {
        (RECEIVER, US): ("OUTDATED", "RUNNING"),
        (PUBLISHER, US): ("OUTDATED", "PENDING"),
        (RECEIVER, EU): ("OUTDATED", "PENDING"),
        (PUBLISHER, EU): ("OUTDATED", "PENDING"),
    }
    running = instances_of(lab, "set", Filters=[{"Name": "DETAILED_STATUS", "Values": "RUNNING"}])
    assert set(running) == {(RECEIVER, US)}
    assert instances_of(lab, "set", StackInstanceAccount=PUBLISHER, StackInstanceRegion=EU).keys() == {
        (PUBLISHER, EU)
    }


def test_all_regions_at_once(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    lab.knobs.stack_time(LONG)
    operation = begin(lab, OperationPreferences=EVERYWHERE)
    results = wait_for(lab, operation, "RUNNING", 4)
    assert {status for status, _ in results.values()} == {"RUNNING"}


def test_one_operation_at_a_time(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    lab.knobs.stack_time(LONG)
    operation = begin(lab, OperationId="the-first")
    assert operation == "the-first"
    client = cloudformation(lab)
    template = json.dumps(QUEUE_TEMPLATE)
    everywhere: dict[str, Any] = {"StackSetName": "set", "Accounts": [PUBLISHER], "Regions": [US]}
    with pytest.raises(ClientError, match=r"in progress: the-first") as refused:
        client.update_stack_set(StackSetName="set", TemplateBody=template)
    assert code_of(refused) == "OperationInProgressException"
    with pytest.raises(ClientError) as refused:
        client.delete_stack_instances(RetainStacks=False, **everywhere)
    assert code_of(refused) == "OperationInProgressException"
    with pytest.raises(ClientError) as refused:
        begin(lab, OperationId="the-first")
    assert code_of(refused) == "OperationIdAlreadyExistsException"
    with pytest.raises(ClientError) as refused:
        client.delete_stack_set(StackSetName="set")
    assert code_of(refused) == "StackSetNotEmptyException"


def test_managed_execution_queues(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE, ManagedExecution={"Active": True})
    client = cloudformation(lab)
    lab.knobs.stack_time(LONG)
    first = begin(lab)
    second = client.update_stack_set(
        StackSetName="set", TemplateBody=json.dumps(with_name("made", DelaySeconds=9))
    )["OperationId"]
    assert operation_of(lab, "set", second)["Status"] == "QUEUED"
    lab.knobs.stack_time(0)
    lab.finish_stacks()
    assert operation_of(lab, "set", first)["Status"] == "SUCCEEDED"
    assert operation_of(lab, "set", second)["Status"] == "SUCCEEDED"
    assert client.describe_stack_set(StackSetName="set")["StackSet"]["ManagedExecution"] == {"Active": True}


def test_a_stopped_operation_cancels_what_was_not_begun(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    lab.knobs.stack_time(LONG)
    client = cloudformation(lab)
    operation = begin(lab)
    wait_for(lab, operation, "RUNNING", 1)
    client.stop_stack_set_operation(StackSetName="set", OperationId=operation)
    assert operation_of(lab, "set", operation)["Status"] == "STOPPING"
    lab.knobs.stack_time(0)
    lab.finish_stacks()
    assert operation_of(lab, "set", operation)["Status"] == "STOPPED"
    results = results_of(lab, "set", operation)
    assert sorted(status for status, _ in results.values()) == ["CANCELLED"] * 3 + ["SUCCEEDED"]
    assert queue_names(lab, RECEIVER, US) == ["made"]
    with pytest.raises(ClientError) as refused:
        client.stop_stack_set_operation(StackSetName="set", OperationId=operation)
    assert code_of(refused) == "InvalidOperationException"
    deploy(lab, "set", [RECEIVER, PUBLISHER])
    assert set(instances_of(lab, "set").values()) == {("CURRENT", "SUCCEEDED")}


def test_more_failures_than_are_tolerated_end_it(lab: Lab) -> None:
    make_stack_set_roles(lab, [PUBLISHER])
    make_set(lab, "set", QUEUE_TEMPLATE)
    operation = begin(lab)
    lab.finish_stacks()
    described = operation_of(lab, "set", operation)
    assert (described["Status"], described["StatusDetails"]) == ("FAILED", {"FailedStackInstancesCount": 1})
    results = results_of(lab, "set", operation)
    assert results[RECEIVER, US] == (
        "FAILED",
        f"Account {RECEIVER} should have '{EXECUTION}' role with trust relationship to Role '{ADMINISTRATION}'.",
    )
    assert results[PUBLISHER, EU] == ("CANCELLED", "Cancelled since failure tolerance has exceeded")
    soft = begin(lab, OperationPreferences=EVERYWHERE)
    lab.finish_stacks()
    described = operation_of(lab, "set", soft)
    assert (described["Status"], described["StatusDetails"]) == (
        "SUCCEEDED",
        {"FailedStackInstancesCount": 2},
    )
    assert instances_of(lab, "set") == {
        (RECEIVER, US): ("OUTDATED", "FAILED"),
        (RECEIVER, EU): ("OUTDATED", "FAILED"),
        (PUBLISHER, US): ("CURRENT", "SUCCEEDED"),
        (PUBLISHER, EU): ("CURRENT", "SUCCEEDED"),
    }


@pytest.mark.parametrize(
    ("administration", "execution", "reason"),
    [
        (ALL, {"Service": "cloudformation.amazonaws.com"}, "should have"),
        ({"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/other"}, None, "should have"),
    ],
)
def test_both_ends_must_allow_the_step_between_the_roles(
    lab: Lab, administration: dict[str, Any], execution: dict[str, Any] | None, reason: str
) -> None:
    arn = make_role(
        lab, RECEIVER, ADMINISTRATION, {"Service": "cloudformation.amazonaws.com"}, administration
    )
    make_role(lab, PUBLISHER, EXECUTION, execution or {"AWS": arn}, ALL)
    make_set(lab, "set", QUEUE_TEMPLATE)
    results = results_of(lab, "set", deploy(lab, "set", [PUBLISHER], [US]))
    assert results[PUBLISHER, US][0] == "FAILED"
    assert reason in results[PUBLISHER, US][1]


def test_the_administration_role_must_trust_cloudformation(lab: Lab) -> None:
    with pytest.raises(ClientError, match="with trust relationship to CloudFormation service"):
        make_set(lab, "set", QUEUE_TEMPLATE)
    make_role(lab, RECEIVER, ADMINISTRATION, {"Service": "ec2.amazonaws.com"}, ALL)
    with pytest.raises(ClientError, match="with trust relationship to CloudFormation service"):
        make_set(lab, "set", QUEUE_TEMPLATE)


@pytest.mark.parametrize(
    "missing", ["cloudformation:CreateStack", "sqs:CreateQueue", "sqs:GetQueueAttributes"]
)
def test_each_action_of_a_handler_is_needed(lab: Lab, missing: str) -> None:
    needed = {
        "cloudformation:CreateStack",
        "cloudformation:DescribeStacks",
        "sqs:CreateQueue",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    }
    allows = {"Action": sorted(needed - {missing}), "Resource": "*"}
    make_stack_set_roles(lab, [PUBLISHER], allows)
    make_role(lab, RECEIVER, EXECUTION, {"AWS": f"arn:aws:iam::{RECEIVER}:role/{ADMINISTRATION}"}, None)
    lab.client(RECEIVER, "iam", US).put_role_policy(
        RoleName=EXECUTION,
        PolicyName="enough",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": sorted(needed), "Resource": "*"}],
            }
        ),
    )
    make_set(lab, "set", QUEUE_TEMPLATE)
    results = results_of(lab, "set", deploy(lab, "set", [RECEIVER, PUBLISHER], [US]))
    assert results[RECEIVER, US][0] == "SUCCEEDED"
    status, why = results[PUBLISHER, US]
    assert status == "FAILED"
    assert f"is not authorized to perform: {missing}" in why
    assert queue_names(lab, PUBLISHER, US) == []


def test_a_region_that_is_not_enabled(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    lab.knobs.disable_region(EU, PUBLISHER)
    results = results_of(lab, "set", deploy(lab, "set", [RECEIVER, PUBLISHER]))
    failed = {target: why for target, (status, why) in results.items() if status == "FAILED"}
    assert failed == {(PUBLISHER, EU): f"Region {EU} is not enabled for account {PUBLISHER}."}
    with pytest.raises(ClientError, match="security token"):
        lab.client(PUBLISHER, "sqs", EU).list_queues()
    lab.knobs.enable_region(EU, PUBLISHER)
    lab.knobs.disable_region(EU, RECEIVER)
    results = results_of(lab, "set", deploy(lab, "set", [PUBLISHER], [EU]))
    assert results[PUBLISHER, EU] == ("FAILED", f"Region {EU} is not enabled for account {RECEIVER}.")


def test_overrides_stay_and_updates_reach_only_the_named(lab: Lab) -> None:
    make_stack_set_roles(lab)
    template = {
        "Parameters": {"Name": {"Type": "String", "Default": "usual"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
    }
    make_set(lab, "set", template)
    own = [{"ParameterKey": "Name", "ParameterValue": "own"}]
    deploy(lab, "set", [PUBLISHER], [US], ParameterOverrides=own)
    deploy(lab, "set", [PUBLISHER], [EU])
    assert (queue_names(lab, PUBLISHER, US), queue_names(lab, PUBLISHER, EU)) == (["own"], ["usual"])
    described = cloudformation(lab).describe_stack_instance(
        StackSetName="set", StackInstanceAccount=PUBLISHER, StackInstanceRegion=US
    )["StackInstance"]
    assert described["ParameterOverrides"] == own
    changed = [{"ParameterKey": "Name", "ParameterValue": "changed"}]
    change(lab, "set", template, Parameters=changed, Accounts=[PUBLISHER], Regions=[US])
    assert instances_of(lab, "set") == {
        (PUBLISHER, US): ("CURRENT", "SUCCEEDED"),
        (PUBLISHER, EU): ("OUTDATED", "SUCCEEDED"),
    }
    change(lab, "set", template)
    assert (queue_names(lab, PUBLISHER, US), queue_names(lab, PUBLISHER, EU)) == (["own"], ["changed"])
    cloudformation(lab).update_stack_instances(
        StackSetName="set", Accounts=[PUBLISHER], Regions=[US], ParameterOverrides=[]
    )
    lab.finish_stacks()
    with pytest.raises(ClientError) as refused:
        cloudformation(lab).update_stack_instances(StackSetName="set", Accounts=[RECEIVER], Regions=[US])
    assert code_of(refused) == "StackInstanceNotFoundException"


def test_stacks_that_are_retained_or_cannot_be_deleted(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    deploy(lab, "set", [RECEIVER, PUBLISHER], [US])
    withdraw(lab, "set", [RECEIVER], [US], RetainStacks=True)
    assert queue_names(lab, RECEIVER, US) == ["made"]
    iam = lab.client(PUBLISHER, "iam", US)
    deny = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*"}],
    }
    iam.put_role_policy(RoleName=EXECUTION, PolicyName="deny", PolicyDocument=json.dumps(deny))
    operation = withdraw(lab, "set", [PUBLISHER], [US])
    status, why = results_of(lab, "set", operation)[PUBLISHER, US]
    assert status == "FAILED"
    assert "explicit deny" in why
    assert instances_of(lab, "set") == {(PUBLISHER, US): ("INOPERABLE", "INOPERABLE")}
    assert results_of(lab, "set", change(lab, "set", with_name("made", DelaySeconds=3))) == {}
    iam.delete_role_policy(RoleName=EXECUTION, PolicyName="deny")
    withdraw(lab, "set", [PUBLISHER], [US])
    assert instances_of(lab, "set") == {}
    assert queue_names(lab, PUBLISHER, US) == []


def test_a_stack_that_somebody_deleted_is_not_made_again(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    deploy(lab, "set", [PUBLISHER], [US])
    client = cloudformation(lab, PUBLISHER)
    (stack,) = client.describe_stacks()["Stacks"]
    client.delete_stack(StackName=stack["StackName"])
    lab.finish_stacks()
    operation = change(lab, "set", with_name("made", DelaySeconds=3))
    status, why = results_of(lab, "set", operation)[PUBLISHER, US]
    assert (status, why) == ("FAILED", f"Stack [{stack['StackId']}] does not exist")
    withdraw(lab, "set", [PUBLISHER], [US])
    assert instances_of(lab, "set") == {}


def test_names_ids_and_what_is_not_there(lab: Lab) -> None:
    make_stack_set_roles(lab)
    client = cloudformation(lab)
    set_id = make_set(lab, "set", QUEUE_TEMPLATE, Description="of a test")
    described = client.describe_stack_set(StackSetName=set_id)["StackSet"]
    assert (described["StackSetName"], described["Description"]) == ("set", "of a test")
    assert json.loads(described["TemplateBody"]) == QUEUE_TEMPLATE
    assert described["StackSetARN"] == f"arn:aws:cloudformation:{US}:{RECEIVER}:stackset/{set_id}"
    calls: list[tuple[str, dict[str, Any], str]] = [
        ("create_stack_set", {"StackSetName": "set", "TemplateBody": "{}"}, "NameAlreadyExistsException"),
        ("create_stack_set", {"StackSetName": "9", "TemplateBody": "{}"}, "ValidationError"),
        ("create_stack_set", {"StackSetName": "other", "TemplateBody": "{}"}, "ValidationError"),
        ("describe_stack_set", {"StackSetName": "nobody"}, "StackSetNotFoundException"),
        ("update_stack_set", {"StackSetName": "nobody"}, "StackSetNotFoundException"),
        ("list_stack_instances", {"StackSetName": "nobody"}, "StackSetNotFoundException"),
        ("list_stack_instances", {"StackSetName": "set", "NextToken": "x"}, "ValidationError"),
        (
            "describe_stack_instance",
            {"StackSetName": "set", "StackInstanceAccount": PUBLISHER, "StackInstanceRegion": US},
            "StackInstanceNotFoundException",
        ),
        (
            "describe_stack_set_operation",
            {"StackSetName": "set", "OperationId": "nothing"},
            "OperationNotFoundException",
        ),
        (
            "create_stack_instances",
            {
                "StackSetName": "set",
                "Regions": [US],
                "DeploymentTargets": {"OrganizationalUnitIds": ["r-abcd"]},
            },
            "ValidationError",
        ),
        ("create_stack_instances", {"StackSetName": "set", "Regions": [US]}, "ValidationError"),
        (
            "create_stack_instances",
            {
                "StackSetName": "set",
                "Regions": [US],
                "Accounts": [PUBLISHER],
                "OperationPreferences": {"MaxConcurrentCount": 1, "MaxConcurrentPercentage": 1},
            },
            "ValidationError",
        ),
        ("describe_stack_set", {"StackSetName": "set", "CallAs": "DELEGATED_ADMIN"}, "ValidationError"),
        (
            "create_stack_set",
            {
                "StackSetName": "managed",
                "TemplateBody": json.dumps(QUEUE_TEMPLATE),
                "PermissionModel": "SERVICE_MANAGED",
                "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
            },
            "ValidationError",
        ),
    ]
    for method, params, code in calls:
        with pytest.raises(ClientError) as refused:
            getattr(client, method)(**params)
        assert code_of(refused) == code, (method, params)
    client.delete_stack_set(StackSetName="set")
    assert [one["StackSetName"] for one in client.list_stack_sets(Status="DELETED")["Summaries"]] == ["set"]
    assert client.list_stack_sets(Status="ACTIVE")["Summaries"] == []
    make_set(lab, "set", QUEUE_TEMPLATE)
    assert cloudformation(lab, region=EU).list_stack_sets()["Summaries"] == []


def test_listings_have_pages(lab: Lab) -> None:
    make_stack_set_roles(lab)
    make_set(lab, "set", QUEUE_TEMPLATE)
    operation = deploy(lab, "set", [RECEIVER, PUBLISHER])
    client = cloudformation(lab)
    page = client.list_stack_instances(StackSetName="set", MaxResults=3)
    assert len(page["Summaries"]) == 3
    rest = client.list_stack_instances(StackSetName="set", MaxResults=3, NextToken=page["NextToken"])
    assert len(rest["Summaries"]) == 1
    assert "NextToken" not in rest
    results = client.get_paginator("list_stack_set_operation_results")
    pages = list(
        results.paginate(StackSetName="set", OperationId=operation, PaginationConfig={"PageSize": 1})
    )
    assert [len(one["Summaries"]) for one in pages] == [1, 1, 1, 1]
    assert client.list_stack_set_operations(StackSetName="set")["Summaries"][0]["OperationId"] == operation
