"""What EventBridge and SQS refuse: their limits, and what does not fit together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import make_queue, queue_arn
from tests.lab.stacks import cloudformation

pytestmark = pytest.mark.lab

US = "us-east-1"
PATTERN = json.dumps({"source": ["aws.s3"]})


def events(lab: Lab, account: str = RECEIVER) -> Any:
    return lab.client(account, "events", US)


def grant(lab: Lab, number: int) -> None:
    events(lab).put_permission(
        Action="events:PutEvents", Principal=f"{number:012d}", StatementId=f"liveaudit-{number:012d}"
    )


def fits(lab: Lab, number: int) -> bool:
    """Whether one more grant fits."""
    try:
        grant(lab, number)
    except events(lab).exceptions.PolicyLengthExceededException:
        return False
    return True


def policy(lab: Lab) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(events(lab).describe_event_bus().get("Policy", '{"Statement": []}'))
    return document


def statement(principal: Any, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:events:{US}:{RECEIVER}:event-bus/default"
    return {"Effect": "Allow", "Principal": principal, "Action": "events:PutEvents", "Resource": arn, **more}


def test_a_bus_policy_holds_10240_characters(lab: Lab) -> None:
    many = [statement({"AWS": "arn:aws:iam::222222222222:root"}, Sid=f"{n:064d}") for n in range(37)]
    document = json.dumps({"Version": "2012-10-17", "Statement": many})
    events(lab).put_permission(Policy=document)
    before = events(lab).describe_event_bus()["Policy"]
    assert 8900 < len(before) <= 10_240
    refused = [number for number in range(10) if not fits(lab, number)]
    assert refused
    assert len(events(lab).describe_event_bus()["Policy"]) <= 10_240
    assert len(policy(lab)["Statement"]) == 37 + 10 - len(refused)


def test_statements_of_a_bus_policy(lab: Lab) -> None:
    grant(lab, 1)
    events(lab).put_permission(Action="events:PutEvents", Principal=f"{1:012d}", StatementId="again")
    assert [one["Sid"] for one in policy(lab)["Statement"]] == [f"liveaudit-{1:012d}", "again"]
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1234567890"}
    events(lab).put_permission(
        Action="events:PutEvents", Principal="*", StatementId="again", Condition=condition
    )
    assert policy(lab)["Statement"][1] == statement(
        "*", Sid="again", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    )
    events(lab).remove_permission(StatementId="again")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        events(lab).remove_permission(StatementId="again")
    events(lab).remove_permission(RemoveAllPermissions=True)
    assert "Policy" not in events(lab).describe_event_bus()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Principal": PUBLISHER, "StatementId": "not valid"}, "InvalidParameterValue"),
        ({"Principal": "somebody", "StatementId": "s"}, "InvalidParameterValue"),
        ({"StatementId": "s"}, "ValidationException"),
        (
            {
                "Principal": PUBLISHER,
                "StatementId": "s",
                "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o"},
            },
            "InvalidParameterValue",
        ),
        (
            {
                "Principal": "*",
                "StatementId": "s",
                "Condition": {"Type": "StringLike", "Key": "aws:PrincipalOrgID", "Value": "o"},
            },
            "ValidationException",
        ),
    ],
)
def test_grants_that_are_refused(lab: Lab, params: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        events(lab).put_permission(Action="events:PutEvents", **params)
    with pytest.raises(ClientError, match="ValidationException"):
        events(lab).put_permission(Policy="{")


def test_300_rules_a_bus(lab: Lab) -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["aws.s3"]}}}
    template = {"Resources": {f"Rule{number}": rule for number in range(299)}}
    cloudformation(lab).create_stack(StackName="rules", TemplateBody=json.dumps(template))
    lab.finish_stacks()
    bus = events(lab)
    bus.put_rule(Name="the-last", EventPattern=PATTERN)
    bus.put_rule(Name="the-last", EventPattern=PATTERN, Description="changed")
    with pytest.raises(ClientError, match="LimitExceededException"):
        bus.put_rule(Name="one-too-many", EventPattern=PATTERN)


def test_patterns_of_2048_characters(lab: Lab) -> None:
    frame = len(json.dumps({"source": [""]}))
    for length, code in ((2049, "LimitExceededException"), (4097, "ValidationException")):
        with pytest.raises(ClientError, match=code):
            events(lab).put_rule(Name="rule", EventPattern=json.dumps({"source": ["x" * (length - frame)]}))
    events(lab).put_rule(Name="rule", EventPattern=json.dumps({"source": ["x" * (2048 - frame)]}))
    with pytest.raises(ClientError, match="ValidationException"):
        events(lab).put_rule(Name="not valid", EventPattern=PATTERN)


def test_five_targets_a_rule(lab: Lab) -> None:
    make_queue(lab, RECEIVER, US, "queue")
    arn = queue_arn(RECEIVER, US, "queue")
    bus = events(lab)
    bus.put_rule(Name="rule", EventPattern=PATTERN)
    bus.put_targets(Rule="rule", Targets=[{"Id": str(number), "Arn": arn} for number in range(5)])
    bus.put_targets(Rule="rule", Targets=[{"Id": "4", "Arn": arn}])
    with pytest.raises(ClientError, match="LimitExceededException"):
        bus.put_targets(Rule="rule", Targets=[{"Id": "5", "Arn": arn}])
    with pytest.raises(ClientError, match="has targets"):
        bus.delete_rule(Name="rule")
    bus.remove_targets(Rule="rule", Ids=[str(number) for number in range(5)])
    bus.delete_rule(Name="rule")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bus.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": arn}])


def test_a_queues_policy_has_limits(lab: Lab) -> None:
    sqs = lab.client(RECEIVER, "sqs", US)
    one = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    large = json.dumps({"Statement": [one] * 21})
    with pytest.raises(ClientError, match=r"InvalidAttributeValue.*21 statements"):
        sqs.create_queue(QueueName="queue", Attributes={"Policy": large})
    url = sqs.create_queue(QueueName="queue", Attributes={"Policy": json.dumps({"Statement": [one]})})[
        "QueueUrl"
    ]
    with pytest.raises(ClientError, match="InvalidAttributeValue"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": large})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    assert len(json.loads(attributes["Policy"])["Statement"]) == 1
