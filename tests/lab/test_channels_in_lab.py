"""Channels of AWS against the lab: SNS, EventBridge, S3, Security Hub both ways, and secrets that are kept there."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet
import pytest

from liveaudit.deliver.channels import KINDS
from liveaudit.deliver.channels.interface import ChannelError, Message
from liveaudit.deliver.channels.secrets import Secrets
from liveaudit.deliver.channels.security_hub import SecurityHubChannel
from liveaudit.deliver.hearing import Hearing
from liveaudit.lab import Lab
from liveaudit.model import FindingStatus
from liveaudit.settings.shape_of_channel_kinds import (
    EventBridgeSettings,
    S3Settings,
    SecurityHubSettings,
    SnsSettings,
)
from liveaudit.store.database import Database
from liveaudit.store.findings import get_findings
from tests.lab.conftest import RECEIVER
from tests.support.telling import World
from tests.unit.deliver.channels.messages import hostile_messages, message, told
from tests.unit.deliver.samples import found

pytestmark = pytest.mark.lab
EU = "eu-west-1"
HOSTILE = message(*(each.findings[0] for each in hostile_messages()))
ACCOUNT = SecurityHubSettings(account=RECEIVER, region=EU)


@pytest.fixture
def here(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The lab, for whoever has the receiver's credentials in the environment."""
    for name, value in lab.environment(RECEIVER, EU).items():
        monkeypatch.setenv(name, value)
    return lab


def send(kind: str, settings: Any, *messages: Message) -> None:
    async def sent() -> None:
        one = KINDS[kind].build(kind, settings)
        try:
            for each in messages:
                await one.send(each)
        finally:
            await one.aclose()

    asyncio.run(sent())


def test_sns_and_eventbridge_deliver(here: Lab) -> None:
    sqs, sns, events = (here.client(RECEIVER, name, EU) for name in ("sqs", "sns", "events"))
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    bus = events.create_event_bus(Name="told")["EventBusArn"]
    send("sns", SnsSettings(topic=topic), message(), HOSTILE)
    send("eventbridge", EventBridgeSettings(bus=bus), message(), HOSTILE)
    [first] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)["Messages"]
    body = json.loads(first["Body"])
    assert "Where: shop-photos" in body["Message"]
    assert body["MessageAttributes"]["severity"]["Value"] == "critical"
    with pytest.raises(ChannelError, match="NotFound"):
        send("sns", SnsSettings(topic=f"{topic}-gone"), message())


def test_s3_holds_the_events_of_a_day(here: Lab) -> None:
    s3 = here.client(RECEIVER, "s3", EU)
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": EU})
    settings = S3Settings(bucket="lake", region=EU)
    send("s3", settings, message(told(), told()), message(told(), told()))
    [kept] = s3.list_objects_v2(Bucket="lake")["Contents"]
    assert kept["Key"].startswith("ext/liveaudit/region=eu-west-1/accountId=222222222222/eventDay=20270115/")
    lines = gzip.decompress(s3.get_object(Bucket="lake", Key=kept["Key"])["Body"].read()).splitlines()
    assert [json.loads(each)["class_uid"] for each in lines] == [2003, 2003]
    with pytest.raises(ChannelError, match="NoSuchBucket"):
        send("s3", S3Settings(bucket="gone", region=EU), message())


def test_a_custom_source_of_security_lake_is_written_by_its_role_and_read_back(here: Lab) -> None:
    lake = "444444444444"
    s3, iam = here.client(lake, "s3", EU), here.client(lake, "iam", EU)
    s3.create_bucket(Bucket="security-lake", CreateBucketConfiguration={"LocationConstraint": EU})
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": RECEIVER},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "a-word"}},
    }
    made = iam.create_role(
        RoleName="AmazonSecurityLake-Provider-liveaudit-eu-west-1",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]
    may = {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::security-lake/ext/liveaudit/*",
    }
    iam.put_role_policy(
        RoleName=made["RoleName"],
        PolicyName="writes",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]}),
    )
    settings = S3Settings(
        bucket="security-lake", region=EU, format="parquet", role=made["Arn"], external_id="a-word"
    )
    several = message(told(), told(found(region="us-east-1", id="later", updated_at=1_800_000_000.5)))
    send("s3", settings, several, several, HOSTILE)
    kept = {each["Key"]: each["Size"] for each in s3.list_objects_v2(Bucket="security-lake")["Contents"]}
    day = "ext/liveaudit/region=eu-west-1/accountId={}/eventDay=20270115/{}.parquet"
    [first, second] = [day.format("222222222222", several.id), day.format("111111111111", HOSTILE.id)]
    assert set(kept) == {first, second}
    tables = [
        pyarrow.parquet.read_table(io.BytesIO(s3.get_object(Bucket="security-lake", Key=each)["Body"].read()))
        for each in (first, second)
    ]
    assert tables[0].schema.equals(tables[1].schema)
    assert [each["finding_info"]["uid"] for each in tables[0].to_pylist()] == ["later", told().id]
    assert tables[1].num_rows == len(HOSTILE.findings)
    with pytest.raises(ChannelError, match="AssumeRole"):
        send("s3", msgspec.structs.replace(settings, external_id="another"), message())


def test_secrets_are_read_where_they_are_kept(here: Lab) -> None:
    vault, parameters = here.client(RECEIVER, "secretsmanager", EU), here.client(RECEIVER, "ssm", EU)
    arn = vault.create_secret(Name="slack", SecretString='{"url": "hunter2"}')["ARN"]
    parameters.put_parameter(Name="/liveaudit/slack", Value="hunter3", Type="SecureString")

    async def read() -> list[str]:
        secrets = Secrets()
        try:
            found = [
                await secrets.get(f"secretsmanager:{arn}#url"),
                await secrets.get("ssm:/liveaudit/slack"),
            ]
            with pytest.raises(ChannelError, match="ParameterNotFound"):
                await secrets.get("ssm:/liveaudit/gone")
        finally:
            await secrets.aclose()
        return found

    assert asyncio.run(read()) == ["hunter2", "hunter3"]


# ---------------------------------------------------------------------------------------------- Security Hub, both ways


@pytest.fixture
def world(here: Lab, tmp_path: Path) -> Iterator[World]:
    """A store in which findings move."""
    database = Database(f"sqlite:///{tmp_path}/told.sqlite3")
    world = World(database)
    world.use(whole=True)
    yield world
    database.close()


def tell_and_hear(world: World) -> int:
    """Security Hub is told what happened, and then heard; how many findings moved by that."""

    async def both() -> int:
        await world.passes(60)
        channel = KINDS["security_hub"].build("hub", ACCOUNT)
        assert isinstance(channel, SecurityHubChannel)
        hearing = Hearing(world.database, lambda: world.at, _no_plan)
        try:
            told = world.receivers["journal" if "journal" in world.receivers else next(iter(world.receivers))]
            while told.messages:
                await channel.send(told.messages.pop(0))
            return await hearing.listen(channel, [(RECEIVER, EU)])
        finally:
            await channel.aclose()

    return asyncio.run(both())


async def _no_plan() -> Any:
    raise AssertionError("it is told which channel")


def stands(world: World, finding: str) -> tuple[str, str]:
    [found] = world.database.read_now(lambda c: get_findings(c, finding))
    return found["status"], found["decided_by"]


def test_findings_are_told_to_security_hub_and_what_is_set_there_comes_back(here: Lab, world: World) -> None:
    hub = here.client(RECEIVER, "securityhub", EU)
    finding, other = world.opens("photos"), world.opens("letters")

    def there(identity: str) -> dict[str, Any]:
        [found] = [each for each in hub.get_findings()["Findings"] if each["Id"] == f"liveaudit/{identity}"]
        return dict(found)

    def people_set(identity: str, workflow: str, note: str = "") -> None:
        key = {"Id": f"liveaudit/{identity}", "ProductArn": there(identity)["ProductArn"]}
        more = {"Note": {"Text": note, "UpdatedBy": "ann"}} if note else {}
        hub.batch_update_findings(FindingIdentifiers=[key], Workflow={"Status": workflow}, **more)

    assert tell_and_hear(world) == 0
    assert (there(finding)["Workflow"], there(finding)["RecordState"]) == ({"Status": "NEW"}, "ACTIVE")
    # suppressed there with a note, and notified
    people_set(finding, "SUPPRESSED", "a website")
    people_set(other, "NOTIFIED")
    assert tell_and_hear(world) == 2
    assert stands(world, finding) == ("suppressed", "person:Security Hub")
    assert stands(world, other) == ("in review", "person:Security Hub")
    # said once: what we tell of it does not come back as something new
    assert tell_and_hear(world) == 0
    assert there(finding)["ProductFields"]["liveaudit/status"] == "suppressed"
    assert there(finding)["Note"]["Text"] == "a website"
    # and taken back
    people_set(finding, "NEW")
    assert tell_and_hear(world) == 1
    assert stands(world, finding)[0] != "suppressed"
    # resolved here, and so there, though its workflow is people's
    world.moves(other, FindingStatus.RESOLVED)
    assert tell_and_hear(world) == 0
    assert (there(other)["Workflow"]["Status"], there(other)["Compliance"]["Status"]) == (
        "RESOLVED",
        "PASSED",
    )


def test_who_decides_here_is_not_overruled_by_what_still_stands_there(here: Lab, world: World) -> None:
    hub = here.client(RECEIVER, "securityhub", EU)
    finding = world.opens("photos")
    assert tell_and_hear(world) == 0
    world.moves(finding, FindingStatus.SUPPRESSED, person="person:ann")

    async def hear() -> int:
        channel = KINDS["security_hub"].build("hub", ACCOUNT)
        assert isinstance(channel, SecurityHubChannel)
        try:
            return await Hearing(world.database, lambda: world.at, _no_plan).listen(channel, [(RECEIVER, EU)])
        finally:
            await channel.aclose()

    # Security Hub was not told yet
    assert asyncio.run(hear()) == 0
    assert tell_and_hear(world) == 0
    assert stands(world, finding) == ("suppressed", "person:ann")
    [there] = hub.get_findings()["Findings"]
    assert there["Workflow"]["Status"] == "SUPPRESSED"


def test_nothing_hostile_hinders_security_hub(here: Lab) -> None:
    send("security_hub", ACCOUNT, HOSTILE)
    [found] = here.client(RECEIVER, "securityhub", EU).get_findings()["Findings"]
    assert found["AwsAccountId"] == RECEIVER
