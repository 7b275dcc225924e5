"""The policies of Secrets Manager, EventBridge, Kinesis and Firehose by real calls in the lab."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_secret(live: Live) -> None:
    client: Any = live.client("secretsmanager")
    arn = client.create_secret(Name="prod/db", SecretString="hunter2")["ARN"]
    secret = arn.rpartition(":")[2]
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_resource_policy(SecretId="prod/db", ResourcePolicy=document)
    live.opens("secretsmanager_automatic_rotation_enabled", secret)
    live.opens("secretsmanager_not_publicly_accessible", secret)
    client.delete_resource_policy(SecretId="prod/db")
    live.resolves("secretsmanager_not_publicly_accessible", secret)
    client.delete_secret(SecretId="prod/db", ForceDeleteWithoutRecovery=True)
    live.archives("secretsmanager_automatic_rotation_enabled", secret)


def test_the_default_bus(live: Live) -> None:
    events: Any = live.client("events")
    events.put_permission(StatementId="all", Action="events:PutEvents", Principal="*")
    live.opens("eventbridge_bus_exposed", "default")
    live.opens("eventbridge_bus_cross_account_access", "default")
    events.remove_permission(StatementId="all")
    live.resolves("eventbridge_bus_exposed", "default")
    live.resolves("eventbridge_bus_cross_account_access", "default")


def test_a_stream_and_what_reads_from_it(live: Live) -> None:
    kinesis: Any = live.client("kinesis")
    firehose: Any = live.client("firehose")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    live.opens("kinesis_stream_encrypted_at_rest", "orders")
    role = f"arn:aws:iam::{live.account}:role/firehose"
    destination = {"RoleARN": role, "BucketARN": "arn:aws:s3:::data"}
    firehose.create_delivery_stream(
        DeliveryStreamName="archive",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": f"arn:aws:kinesis:{live.region}:{live.account}:stream/orders",
            "RoleARN": role,
        },
        ExtendedS3DestinationConfiguration=destination,
    )
    firehose.create_delivery_stream(
        DeliveryStreamName="direct",
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration=destination,
    )
    live.opens("firehose_stream_encrypted_at_rest", "archive")
    live.opens("firehose_stream_encrypted_at_rest", "direct")
    kinesis.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    firehose.start_delivery_stream_encryption(
        DeliveryStreamName="direct",
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"},
    )
    live.resolves("kinesis_stream_encrypted_at_rest", "orders")
    live.resolves("firehose_stream_encrypted_at_rest", "archive")
    live.resolves("firehose_stream_encrypted_at_rest", "direct")
