"""The whole path: call, record, rule, bus, rule, queue, over two accounts and two regions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import (
    make_forwarding_role,
    make_queue,
    make_role,
    make_rule,
    names,
    queue_arn,
    received,
    watch,
)

pytestmark = pytest.mark.lab

REGIONS = ("us-east-1", "eu-west-1")
ROLE = f"arn:aws:iam::{PUBLISHER}:role/forwarding"


def bus_arn(region: str, account: str = RECEIVER) -> str:
    return f"arn:aws:events:{region}:{account}:event-bus/default"


def grant(lab: Lab, region: str) -> None:
    lab.client(RECEIVER, "events", region).put_permission(
        Action="events:PutEvents", Principal=PUBLISHER, StatementId="publisher"
    )


def forward(lab: Lab, region: str) -> None:
    make_rule(lab, PUBLISHER, region, {"Arn": bus_arn(region), "RoleArn": ROLE}, name="forward")


def roll_out(lab: Lab) -> dict[str, str]:
    urls = {}
    make_forwarding_role(lab, PUBLISHER)
    for region in REGIONS:
        urls[region] = make_queue(lab, RECEIVER, region, "events")
        make_rule(lab, RECEIVER, region, {"Arn": queue_arn(RECEIVER, region, "events")})
        grant(lab, region)
        forward(lab, region)
    for region, url in urls.items():
        received(lab, RECEIVER, region, url)
    return urls


def test_publishers_changes_arrive_in_the_receivers_queue_of_the_same_region(lab: Lab) -> None:
    urls = roll_out(lab)
    for region in REGIONS:
        ec2 = lab.client(PUBLISHER, "ec2", region)
        group = ec2.create_security_group(GroupName=f"group-{region}", Description="of a test")["GroupId"]
        (envelope,) = received(lab, RECEIVER, region, urls[region])
        assert envelope["account"] == PUBLISHER
        assert envelope["region"] == region
        assert envelope["source"] == "aws.ec2"
        assert envelope["detail-type"] == "AWS API Call via CloudTrail"
        assert envelope["time"] == envelope["detail"]["eventTime"]
        record = envelope["detail"]
        assert record["recipientAccountId"] == PUBLISHER
        assert record["awsRegion"] == region
        assert record["requestParameters"] == {
            "groupName": f"group-{region}",
            "groupDescription": "of a test",
        }
        assert record["responseElements"]["groupId"] == group


def test_receiver_is_a_publisher_too(lab: Lab) -> None:
    urls = roll_out(lab)
    lab.client(RECEIVER, "ec2", "eu-west-1").create_security_group(GroupName="own", Description="d")
    assert names(lab, RECEIVER, "eu-west-1", urls["eu-west-1"]) == ["CreateSecurityGroup"]
    assert received(lab, RECEIVER, "us-east-1", urls["us-east-1"]) == []


def test_global_services_arrive_in_us_east_1_and_buckets_where_they_are(lab: Lab) -> None:
    urls = roll_out(lab)
    lab.client(PUBLISHER, "iam", "eu-west-1").create_user(UserName="somebody")
    s3 = lab.client(PUBLISHER, "s3", "us-east-1")
    s3.create_bucket(Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.delete_bucket(Bucket="far-away")
    assert names(lab, RECEIVER, "us-east-1", urls["us-east-1"]) == ["CreateUser"]
    assert names(lab, RECEIVER, "eu-west-1", urls["eu-west-1"]) == ["CreateBucket", "DeleteBucket"]


def test_reads_data_events_and_noise_are_silent(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"data")
    s3.get_object(Bucket="bucket", Key="key")["Body"].read()
    s3.get_bucket_acl(Bucket="bucket")
    s3.list_buckets()
    s3.delete_object(Bucket="bucket", Key="key")
    key = lab.client(RECEIVER, "kms", "us-east-1").create_key()["KeyMetadata"]["KeyId"]
    lab.client(RECEIVER, "kms", "us-east-1").generate_data_key(KeyId=key, KeySpec="AES_256")
    lab.client(RECEIVER, "logs", "us-east-1").create_log_group(logGroupName="group")
    lab.client(RECEIVER, "logs", "us-east-1").create_log_stream(logGroupName="group", logStreamName="stream")
    lab.client(RECEIVER, "sts", "us-east-1").get_caller_identity()
    assert names(lab, RECEIVER, "us-east-1", url) == ["CreateBucket", "CreateKey", "CreateLogGroup"]


def test_disabled_rule_does_not_fire(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    lab.client(RECEIVER, "events", "us-east-1").disable_rule(Name="to-queue")
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="unseen")
    lab.drain()
    lab.client(RECEIVER, "events", "us-east-1").enable_rule(Name="to-queue")
    assert names(lab, RECEIVER, "us-east-1", url) == ["EnableRule"]


def test_pattern_selects(lab: Lab) -> None:
    pattern = {
        "source": [{"prefix": "aws."}],
        "detail": {"eventName": ["CreateUser"], "errorCode": [{"exists": False}]},
    }
    url = watch(lab, RECEIVER, "us-east-1", json.dumps(pattern))
    iam = lab.client(RECEIVER, "iam", "us-east-1")
    iam.create_group(GroupName="group")
    iam.create_user(UserName="user")
    with pytest.raises(ClientError):
        iam.create_user(UserName="user")
    assert names(lab, RECEIVER, "us-east-1", url) == ["CreateUser"]


def test_queue_without_policy_gets_nothing(lab: Lab) -> None:
    url = make_queue(lab, RECEIVER, "us-east-1", "closed", allow=False)
    make_rule(lab, RECEIVER, "us-east-1", {"Arn": queue_arn(RECEIVER, "us-east-1", "closed")})
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    assert received(lab, RECEIVER, "us-east-1", url) == []
    assert "NO_PERMISSIONS" in lab.state()["dropped"][-1]["reason"]


def test_queue_policy_for_another_rule_does_not_help(lab: Lab) -> None:
    url = make_queue(lab, RECEIVER, "us-east-1", "closed", rule="another")
    make_rule(lab, RECEIVER, "us-east-1", {"Arn": queue_arn(RECEIVER, "us-east-1", "closed")})
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    assert received(lab, RECEIVER, "us-east-1", url) == []


def test_undeliverable_goes_to_the_dead_letter_queue(lab: Lab) -> None:
    dead = make_queue(lab, RECEIVER, "us-east-1", "dead")
    make_rule(
        lab,
        RECEIVER,
        "us-east-1",
        {
            "Arn": queue_arn(RECEIVER, "us-east-1", "missing"),
            "DeadLetterConfig": {"Arn": queue_arn(RECEIVER, "us-east-1", "dead")},
        },
    )
    received(lab, RECEIVER, "us-east-1", dead)
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    assert names(lab, RECEIVER, "us-east-1", dead) == ["CreateUser"]


def test_foreign_bus_needs_a_role(lab: Lab) -> None:
    grant(lab, "us-east-1")
    with pytest.raises(ClientError, match="RoleArn must be specified"):
        make_rule(lab, PUBLISHER, "us-east-1", {"Arn": bus_arn("us-east-1")})


def test_foreign_bus_needs_a_grant(lab: Lab) -> None:
    with pytest.raises(ClientError, match="AccessDeniedException"):
        forward(lab, "us-east-1")


def test_grant_that_is_withdrawn_ends_the_delivery(lab: Lab) -> None:
    urls = roll_out(lab)
    lab.client(RECEIVER, "events", "us-east-1").remove_permission(StatementId="publisher")
    lab.client(PUBLISHER, "iam", "us-east-1").create_user(UserName="user")
    assert names(lab, RECEIVER, "us-east-1", urls["us-east-1"]) == ["RemovePermission"]


def test_grant_to_the_organisation(lab: Lab) -> None:
    organizations = lab.client(RECEIVER, "organizations", "us-east-1")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    lab.client(RECEIVER, "events", "us-east-1").put_permission(
        Action="events:PutEvents",
        Principal="*",
        StatementId="organisation",
        Condition={"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": organization},
    )
    with pytest.raises(ClientError, match="AccessDeniedException"):
        forward(lab, "us-east-1")


def test_an_event_makes_only_one_hop(lab: Lab) -> None:
    for account, other in ((RECEIVER, PUBLISHER), (PUBLISHER, RECEIVER)):
        lab.client(account, "events", "us-east-1").put_permission(
            Action="events:PutEvents", Principal=other, StatementId="other"
        )
    for account, other in ((RECEIVER, PUBLISHER), (PUBLISHER, RECEIVER)):
        target = {"Arn": bus_arn("us-east-1", other), "RoleArn": make_forwarding_role(lab, account)}
        make_rule(lab, account, "us-east-1", target, name="forward")
    lab.drain()
    before = lab.state()["events"].get("dropped", 0)
    lab.client(PUBLISHER, "iam", "us-east-1").create_user(UserName="user")
    lab.drain()
    assert lab.state()["events"]["dropped"] == before + 1
    assert "not forwarded again" in lab.state()["dropped"][-1]["reason"]


def test_queue_of_another_account_directly(lab: Lab) -> None:
    arn = queue_arn(RECEIVER, "us-east-1", "direct")
    policy = {
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sqs:SendMessage", "Resource": arn}
        ]
    }
    sqs = lab.client(RECEIVER, "sqs", "us-east-1")
    url = sqs.create_queue(QueueName="direct", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    with pytest.raises(ClientError, match="RoleArn"):
        make_rule(lab, PUBLISHER, "us-east-1", {"Arn": arn}, name="direct")
    make_forwarding_role(lab, PUBLISHER, "sqs:SendMessage")
    make_rule(lab, PUBLISHER, "us-east-1", {"Arn": arn, "RoleArn": ROLE}, name="direct")
    received(lab, RECEIVER, "us-east-1", url)
    lab.client(PUBLISHER, "iam", "us-east-1").create_user(UserName="user")
    assert names(lab, RECEIVER, "us-east-1", url) == ["CreateUser"]


def test_nobody_can_forge_an_aws_event(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1", json.dumps({"account": [RECEIVER]}))
    entries = [
        {"Source": source, "DetailType": "Something", "Detail": json.dumps({"a": 1})}
        for source in ("aws.s3", "own.app")
    ]
    answer = lab.client(RECEIVER, "events", "us-east-1").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert [envelope["source"] for envelope in received(lab, RECEIVER, "us-east-1", url)] == ["own.app"]


def test_failed_call_has_its_error(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    with pytest.raises(ClientError):
        lab.client(RECEIVER, "iam", "us-east-1").delete_user(UserName="nobody")
    (envelope,) = received(lab, RECEIVER, "us-east-1", url)
    record = envelope["detail"]
    assert record["errorCode"] == "NoSuchEntityException"
    assert "nobody" in record["errorMessage"]
    assert record["responseElements"] is None


@pytest.mark.parametrize(
    ("trusts", "allows", "condition", "reason"),
    [
        (None, None, None, "there is no role"),
        ({"Service": "lambda.amazonaws.com"}, "events:PutEvents", None, "trust policy"),
        (
            {"Service": "events.amazonaws.com"},
            "events:PutEvents",
            {"StringEquals": {"aws:SourceAccount": RECEIVER}},
            "trust policy",
        ),
        ({"Service": "events.amazonaws.com"}, "events:PutRule", None, "events:PutEvents on resource"),
    ],
)
def test_delivery_needs_the_targets_role(
    lab: Lab, trusts: Any, allows: str | None, condition: Any, reason: str
) -> None:
    grant(lab, "us-east-1")
    if trusts:
        make_role(lab, PUBLISHER, "forwarding", trusts, {"Action": allows, "Resource": "*"}, condition)
    forward(lab, "us-east-1")
    lab.drain()
    lab.client(PUBLISHER, "iam", "us-east-1").create_user(UserName="user")
    lab.drain()
    dropped = lab.state()["dropped"][-1]["reason"]
    assert dropped.startswith("NO_PERMISSIONS")
    assert reason in dropped
