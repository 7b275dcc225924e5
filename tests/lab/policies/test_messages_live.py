"""SNS's and SQS's policies by real calls in the lab."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.provision import names
from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def document(principal: Any, action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_topic_and_a_subscription(live: Live) -> None:
    sns: Any = live.client("sns")
    arn = sns.create_topic(Name="orders")["TopicArn"]
    public = document("*", "sns:Publish", arn)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=public)
    subscription = sns.subscribe(
        TopicArn=arn, Protocol="http", Endpoint="http://example.com/hook", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    live.opens("sns_topics_kms_encryption_at_rest_enabled", "orders")
    live.opens("sns_topics_not_publicly_accessible", "orders")
    live.opens("sns_topic_cross_account_access", "orders")
    live.opens("sns_subscription_not_using_http_endpoints", subscription)
    own = document({"AWS": f"arn:aws:iam::{live.account}:root"}, "sns:Publish", arn)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=own)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    sns.unsubscribe(SubscriptionArn=subscription)
    live.resolves("sns_topics_kms_encryption_at_rest_enabled", "orders")
    live.resolves("sns_topics_not_publicly_accessible", "orders")
    live.resolves("sns_topic_cross_account_access", "orders")
    live.archives("sns_subscription_not_using_http_endpoints", subscription)


def test_a_queue(live: Live) -> None:
    sqs: Any = live.client("sqs")
    url = sqs.create_queue(QueueName="orders", Attributes={"SqsManagedSseEnabled": "false"})["QueueUrl"]
    arn = f"arn:aws:sqs:{live.region}:{live.account}:orders"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document("*", "sqs:SendMessage", arn)})
    policies = (
        "sqs_queues_not_publicly_accessible",
        "sqs_queue_cross_account_access",
        "sqs_queues_server_side_encryption_enabled",
    )
    for policy in policies:
        live.opens(policy, "orders")
    own = document({"AWS": f"arn:aws:iam::{live.account}:root"}, "sqs:SendMessage", arn)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": own, "SqsManagedSseEnabled": "true"})
    for policy in policies:
        live.resolves(policy, "orders")


def test_our_own_queue_is_judged_and_bound_to_its_rules(live: Live) -> None:
    sqs: Any = live.client("sqs")
    url = sqs.get_queue_url(QueueName=names.QUEUE)["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"team": "audit"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ReceiveMessageWaitTimeSeconds": "2"})
    live.verdict("sqs_queues_not_publicly_accessible", names.QUEUE, "PASS")
    live.verdict("sqs_queue_cross_account_access", names.QUEUE, "PASS")
