"""What the knobs do to calls and events, in process and over HTTP."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import names, received, watch

pytestmark = pytest.mark.lab


def http(lab: Lab, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the lab's own address
        lab.endpoint_url + path, method=method, data=None if body is None else json.dumps(body).encode()
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return json.load(answer)


@pytest.mark.parametrize(
    ("service", "operation", "method", "code", "status"),
    [
        ("s3", "ListBuckets", "list_buckets", "AccessDenied", 403),
        ("iam", "ListUsers", "list_users", "AccessDenied", 403),
        ("ec2", "DescribeSecurityGroups", "describe_security_groups", "UnauthorizedOperation", 403),
        ("sqs", "ListQueues", "list_queues", "AccessDeniedException", 400),
        ("lambda", "ListFunctions", "list_functions", "AccessDeniedException", 403),
    ],
)
def test_denied_call(lab: Lab, service: str, operation: str, method: str, code: str, status: int) -> None:
    client = lab.client(RECEIVER, service, "us-east-1")
    lab.knobs.deny(f"{service}:{operation}", account=RECEIVER)
    with pytest.raises(ClientError) as caught:
        getattr(client, method)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    getattr(lab.client(PUBLISHER, service, "us-east-1"), method)()
    lab.knobs.allow()
    getattr(client, method)()


def test_denied_head_has_no_body(lab: Lab) -> None:
    lab.knobs.deny("s3:HeadBucket")
    with pytest.raises(ClientError) as caught:
        lab.client(RECEIVER, "s3", "us-east-1").head_bucket(Bucket="bucket")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_denied_change_is_an_event_without_parameters(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    lab.knobs.deny("iam:*", region="us-east-1")
    with pytest.raises(ClientError):
        lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    (envelope,) = received(lab, RECEIVER, "us-east-1", url)
    assert envelope["detail"]["errorCode"] == "AccessDenied"
    assert envelope["detail"]["requestParameters"] is None


@pytest.mark.parametrize(
    ("service", "method", "code"),
    [
        ("s3", "list_buckets", "SlowDown"),
        ("ec2", "describe_vpcs", "RequestLimitExceeded"),
        ("iam", "list_users", "Throttling"),
        ("events", "list_rules", "ThrottlingException"),
        ("lambda", "list_functions", "TooManyRequestsException"),
    ],
)
def test_throttled_so_many_times(lab: Lab, service: str, method: str, code: str) -> None:
    client = lab.client(RECEIVER, service, "us-east-1")
    lab.knobs.throttle(f"{service}:*", times=2)
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            getattr(client, method)()
        assert caught.value.response["Error"]["Code"] == code
    getattr(client, method)()


def test_slow_call(lab: Lab) -> None:
    client = lab.client(RECEIVER, "sqs", "us-east-1")
    client.list_queues()
    lab.knobs.slow("sqs:ListQueues", 0.2)
    began = time.monotonic()
    client.list_queues()
    assert time.monotonic() - began >= 0.2


def test_delayed_events_come_in_another_order(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    lab.knobs.delay(0.0, 0.3)
    iam = lab.client(RECEIVER, "iam", "us-east-1")
    for number in range(12):
        iam.create_user(UserName=f"user-{number:02}")
    users = [
        envelope["detail"]["requestParameters"]["userName"]
        for envelope in received(lab, RECEIVER, "us-east-1", url)
    ]
    assert len(users) == 12
    assert users != sorted(users)


def test_duplicates_carry_the_same_event(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    lab.knobs.duplicate(1.0)
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    first, second = received(lab, RECEIVER, "us-east-1", url)
    assert first == second


def test_lost_events(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    lab.knobs.lose(1.0)
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    assert received(lab, RECEIVER, "us-east-1", url) == []


def test_drain_says_when_it_cannot(lab: Lab) -> None:
    lab.knobs.delay(30.0)
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    with pytest.raises(TimeoutError, match="1 events"):
        lab.drain(timeout=0.05)
    lab.reset()
    lab.drain(timeout=0.05)


def test_knobs_over_http(lab: Lab) -> None:
    http(lab, "POST", "/_lab/knobs", {"deny": ["s3:ListBuckets"], "delay": [0, 1], "duplicate": 0.5})
    with pytest.raises(ClientError):
        lab.client(RECEIVER, "s3", "us-east-1").list_buckets()
    state = http(lab, "GET", "/_lab/state")
    assert state["knobs"]["duplicate"] == 0.5
    assert state["accounts"] == list(lab.accounts)
    http(lab, "POST", "/_lab/reset")
    lab.client(RECEIVER, "s3", "us-east-1").list_buckets()
    assert http(lab, "GET", "/_lab/state")["knobs"]["duplicate"] == 0
    with pytest.raises(urllib.error.HTTPError, match="400"):
        http(lab, "POST", "/_lab/knobs", {"dely": 3})


def test_reset_is_quick_and_complete(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    lab.client(RECEIVER, "s3", "us-east-1").create_bucket(Bucket="bucket")
    lab.client(RECEIVER, "s3", "us-east-1").put_object(Bucket="bucket", Key="k", Body=b"x" * 100_000)
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="user")
    began = time.monotonic()
    lab.reset()
    assert time.monotonic() - began < 0.05
    assert lab.client(RECEIVER, "s3", "us-east-1").list_buckets()["Buckets"] == []
    assert lab.client(RECEIVER, "iam", "us-east-1").list_users()["Users"] == []
    assert lab.client(RECEIVER, "events", "us-east-1").list_rules()["Rules"] == []
    with pytest.raises(ClientError, match="NonExistentQueue"):
        lab.client(RECEIVER, "sqs", "us-east-1").receive_message(QueueUrl=url)


def test_calls_are_counted_without_polling(lab: Lab) -> None:
    url = watch(lab, RECEIVER, "us-east-1")
    lab.clear_calls()
    assert names(lab, RECEIVER, "us-east-1", url) == []
    s3 = lab.client(RECEIVER, "s3", "eu-west-1")
    s3.list_buckets()
    s3.list_buckets()
    assert lab.calls() == {(RECEIVER, "eu-west-1", "s3", "ListBuckets"): 2}
