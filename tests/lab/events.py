"""What the lab's tests share: an account's events in a queue, by the shortest way."""

from __future__ import annotations

import json
from typing import Any

from liveaudit.lab import Lab

ALL_AWS = json.dumps({"source": [{"prefix": "aws."}]})


def document(*statements: dict[str, Any]) -> str:
    """A policy document of statements that allow, unless they say otherwise."""
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
    )


def queue_arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:sqs:{region}:{account}:{name}"


def queue_policy(arn: str, source_arn: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
                }
            ],
        }
    )


def make_queue(
    lab: Lab, account: str, region: str, name: str, rule: str = "to-queue", allow: bool = True
) -> str:
    """A queue that the rule ``rule`` may write to. Returns its URL."""
    attributes = {}
    if allow:
        arn = queue_arn(account, region, name)
        attributes["Policy"] = queue_policy(arn, f"arn:aws:events:{region}:{account}:rule/{rule}")
    url: str = lab.client(account, "sqs", region).create_queue(QueueName=name, Attributes=attributes)[
        "QueueUrl"
    ]
    return url


def make_rule(
    lab: Lab,
    account: str,
    region: str,
    target: dict[str, Any],
    name: str = "to-queue",
    pattern: str = ALL_AWS,
    state: str = "ENABLED",
) -> None:
    events = lab.client(account, "events", region)
    events.put_rule(Name=name, EventPattern=pattern, State=state)
    events.put_targets(Rule=name, Targets=[{"Id": "target", **target}])


def make_role(
    lab: Lab,
    account: str,
    name: str,
    trusts: dict[str, Any],
    allows: dict[str, Any] | None = None,
    condition: dict[str, Any] | None = None,
) -> str:
    """A role that ``trusts`` this principal and ``allows`` these statements' elements. Returns its ARN."""
    trust = {"Effect": "Allow", "Principal": trusts, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    iam = lab.client(account, "iam", "us-east-1")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if allows:
        permissions = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **allows}]}
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(permissions))
    return arn


def make_forwarding_role(lab: Lab, account: str, action: str = "events:PutEvents") -> str:
    """The role with which an account's rules reach other accounts."""
    trusts = {"Service": "events.amazonaws.com"}
    return make_role(lab, account, "forwarding", trusts, {"Action": action, "Resource": "*"})


def watch(lab: Lab, account: str, region: str, pattern: str = ALL_AWS) -> str:
    """Every event of the account's default bus into a queue, which is then empty. Returns the queue's URL."""
    url = make_queue(lab, account, region, "watched")
    make_rule(lab, account, region, {"Arn": queue_arn(account, region, "watched")}, pattern=pattern)
    received(lab, account, region, url)
    return url


def received(lab: Lab, account: str, region: str, url: str) -> list[dict[str, Any]]:
    """The envelopes in a queue, taken out of it."""
    lab.drain()
    sqs = lab.client(account, "sqs", region)
    envelopes: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            envelopes.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return envelopes


def records(lab: Lab, account: str, region: str, url: str) -> list[dict[str, Any]]:
    """The CloudTrail records in a queue, taken out of it."""
    return [envelope["detail"] for envelope in received(lab, account, region, url)]


def names(lab: Lab, account: str, region: str, url: str) -> list[str]:
    return [record["eventName"] for record in records(lab, account, region, url)]
