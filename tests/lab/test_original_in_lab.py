"""The original's documents, as they are printed, in the lab: where they fail on today's AWS."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.documents.original import original_publisher, original_receiver
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab
REGION = "us-east-1"
GIVEN_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{RECEIVER}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}
"""Of the role that the original takes as given."""


@pytest.fixture
def original(lab: Lab) -> Lab:
    """The lab with the original's roles in both accounts."""
    for given in (original_receiver(RECEIVER), original_publisher(PUBLISHER, RECEIVER)):
        iam = lab.client(given.account, "iam", REGION)
        arns = {
            name: iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
            for name, document in given.policies.items()
        }
        for role in given.roles:
            iam.create_role(
                RoleName=role.name, AssumeRolePolicyDocument=json.dumps(role.trust or GIVEN_TRUST)
            )
            for each in role.attached:
                iam.attach_role_policy(RoleName=role.name, PolicyArn=arns[each])
    return lab


def entered(lab: Lab, account: str, role: str, service: str) -> Any:
    """A client as a role of an account, entered from the receiver."""
    sts = lab.client(RECEIVER, "sts", REGION)
    keys = sts.assume_role(RoleArn=names.role_arn("aws", account, role), RoleSessionName="original")[
        "Credentials"
    ]
    session = boto3.session.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION
    )
    return session.client(service, endpoint_url=lab.endpoint_url)


def test_it_receives_messages_and_can_never_delete_them(original: Lab) -> None:
    owner = original.client(RECEIVER, "sqs", REGION)
    url = owner.create_queue(QueueName=names.QUEUE)["QueueUrl"]
    owner.send_message(QueueUrl=url, MessageBody="an event")
    sqs = entered(original, RECEIVER, names.AUDIT_ROLE, "sqs")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    entry = {"Id": "1", "ReceiptHandle": message["ReceiptHandle"]}
    with pytest.raises(ClientError, match="not authorized to perform: sqs:DeleteMessage"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    with pytest.raises(ClientError, match="not authorized to perform: sqs:DeleteMessage"):
        sqs.delete_message_batch(QueueUrl=url, Entries=[entry])


def test_its_publishers_rules_cannot_send_to_the_receiver(original: Lab) -> None:
    original.client(RECEIVER, "events", REGION).put_permission(
        EventBusName=names.BUS, Action="events:PutEvents", Principal=PUBLISHER, StatementId="publisher"
    )
    events = entered(original, PUBLISHER, names.EXECUTION_ROLE, "events")
    events.put_rule(Name=names.RULE, EventPattern=json.dumps({"source": ["aws.s3"]}))
    target = {"Id": "receiver", "Arn": names.bus_arn("aws", RECEIVER, REGION)}
    with pytest.raises(ClientError, match="RoleArn"):
        events.put_targets(Rule=names.RULE, Targets=[target])
    # a role that would do, made by the owner: the original may not pass it on
    target["RoleArn"] = names.role_arn("aws", PUBLISHER, names.FORWARDING_ROLE)
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        events.put_targets(Rule=names.RULE, Targets=[target])
    with pytest.raises(ClientError, match="not authorized to perform: iam:CreateRole"):
        entered(original, PUBLISHER, names.EXECUTION_ROLE, "iam").create_role(
            RoleName=names.FORWARDING_ROLE, AssumeRolePolicyDocument=json.dumps(GIVEN_TRUST)
        )
