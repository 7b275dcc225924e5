"""A sweep finds what messaging, streams and analytics have, and what a listing tells equals single reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.bulk import Limits
from liveaudit.lab import Lab
from liveaudit.store.database import sqlite_url
from tests.lab.test_bulk_in_lab import ACCOUNT, REGION, swept

pytestmark = [pytest.mark.lab, pytest.mark.anyio]
ALONE = Limits(least=10**9)
TOLD_BY_LISTINGS = ("secretsmanager", "glue", "dms")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def populate(lab: Lab) -> dict[str, set[str]]:
    """Something of each service; the ids by service."""

    def client(name: str) -> Any:
        return lab.client(ACCOUNT, name, REGION)

    keys = {client("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2)}
    topic = client("sns").create_topic(Name="orders")["TopicArn"]
    subscription = client("sns").subscribe(
        TopicArn=topic, Protocol="http", Endpoint="http://example.com/hook", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    for name in ("orders", "orders.fifo"):
        client("sqs").create_queue(
            QueueName=name, Attributes={"FifoQueue": "true"} if name.endswith(".fifo") else {}
        )
    secrets = {
        client("secretsmanager")
        .create_secret(Name=name, SecretString="x", Tags=[{"Key": "a", "Value": "b"}])["ARN"]
        .rpartition(":")[2]
        for name in ("prod/db", "token")
    }
    client("events").create_event_bus(Name="orders")
    client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    client("firehose").create_delivery_stream(
        DeliveryStreamName="archive",
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/firehose",
            "BucketARN": "arn:aws:s3:::data",
        },
    )
    glue = client("glue")
    glue.create_security_configuration(
        Name="encrypted", EncryptionConfiguration={"S3Encryption": [{"S3EncryptionMode": "SSE-S3"}]}
    )
    for name in ("load", "clean"):
        glue.create_job(
            Name=name,
            Role="loader",
            Command={"Name": "glueetl"},
            SecurityConfiguration="encrypted",
            DefaultArguments={"--password": "hunter2"},
        )
    glue.create_connection(
        ConnectionInput={
            "Name": "db",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {"PASSWORD": "hunter2"},
        }
    )
    client("athena").create_work_group(Name="analysts")
    endpoints = {
        client("dms").create_endpoint(
            EndpointIdentifier=name, EndpointType="source", EngineName="mysql", SslMode="none"
        )["Endpoint"]["EndpointArn"]
        for name in ("one", "two")
    }
    return {
        "kms": keys,
        "sns": {"orders", subscription},
        "sqs": {"orders", "orders.fifo"},
        "secretsmanager": secrets,
        "events": {"default", "orders"},
        "kinesis": {"orders"},
        "firehose": {"archive"},
        "glue": {"encrypted", "load", "clean", "db", REGION},
        "athena": {"analysts"},
        "dms": endpoints,
    }


async def test_a_sweep_finds_everything(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = populate(lab)
    for name, value in lab.environment(ACCOUNT, REGION).items():
        monkeypatch.setenv(name, value)
    for service, ids in made.items():
        read, verdicts, _ = await swept(sqlite_url(tmp_path / f"{service}.sqlite3"), service, None)
        assert ids <= {each for _, each in read}, service
        assert not [each for each in verdicts if each[2] == "UNKNOWN" and each[0] != "db"], (
            service
        )  # moto tells no type of it
        assert "hunter2" not in str(read), service
        if service in TOLD_BY_LISTINGS:
            alone, verdicts_alone, _ = await swept(
                sqlite_url(tmp_path / f"{service}-alone.sqlite3"), service, ALONE
            )
            assert read == alone, service
            assert verdicts == verdicts_alone, service
