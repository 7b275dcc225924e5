"""A look at what channels name, with the credentials that liveaudit runs with: topics, buses, buckets, hubs, secrets.

Nothing is sent. Secrets are read as they are for a message, and forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec import UNSET

from liveaudit.aws.caller import AMBIENT, SESSION_NAME, Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.deliver.channels.secrets import Secrets
from liveaudit.deliver.formats import security_lake
from liveaudit.deliver.interface import PRODUCT
from liveaudit.model import partition_of
from liveaudit.settings.shape_of_channels import ChannelSettings
from liveaudit.text import shown


class Found(StrEnum):
    """What is wrong. HERE: it is not on this machine, which need not be the one that sends."""

    DENIED = "denied"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Looked:
    """What is wrong with one field of a channel. ``reason`` names both, and says what to do."""

    found: Found
    reason: str


@dataclass(frozen=True, slots=True)
class _Look:
    """One harmless call. ``wrong``: what an answer tells to be wrong, empty where it is as it should be."""

    field: str
    what: str
    region: str
    client: str
    operation: str
    params: Mapping[str, Any]
    wrong: Callable[[Mapping[str, Any]], str] = lambda _answer: ""


async def look(
    channels: Sequence[ChannelSettings], caller: Caller, *, accounts: Sequence[str], regions: Sequence[str]
) -> list[Looked]:
    """What is wrong with these channels. ``accounts``, ``regions``: of the installation."""
    secrets = Secrets(caller)
    asked = [
        *(_secret(secrets, each.name, *one) for each in channels for one in each.references),
        *(_answer(caller, each.name, one) for each in channels for one in _looks(each, accounts, regions)),
    ]
    try:
        found = [each for each in await asyncio.gather(*asked) if each is not None]
        return [*await asyncio.to_thread(lambda: [*_not_here(channels)]), *found]
    finally:
        await secrets.aclose()


def _not_here(channels: Sequence[ChannelSettings]) -> Iterator[Looked]:
    """Channels that cannot be made on this machine, for what is not installed."""
    for each in channels:
        if each.s3 is UNSET or each.s3.format != "parquet":
            continue
        try:
            security_lake.load()
        except security_lake.NoParquetError as error:
            yield Looked(Found.HERE, f"{each.name}: s3.format: {error} (looked for on this machine)")


def _looks(channel: ChannelSettings, accounts: Sequence[str], regions: Sequence[str]) -> Iterator[_Look]:
    if channel.sns is not UNSET:
        topic = channel.sns.topic
        region = topic.split(":")[3]
        yield _Look("sns.topic", topic, region, "sns", "GetTopicAttributes", {"TopicArn": topic})
    if channel.eventbridge is not UNSET:
        bus = channel.eventbridge.bus
        yield _Look("eventbridge.bus", bus, bus.split(":")[3], "events", "DescribeEventBus", {"Name": bus})
    if channel.s3 is not UNSET and channel.s3.role:
        lake = channel.s3
        # what it may there is known to nobody but AWS: it may write, and need not look
        yield _Look(
            "s3.role", lake.role, lake.region, "sts", "AssumeRole", _entering(lake.role, lake.external_id)
        )
    elif channel.s3 is not UNSET:
        bucket, region = channel.s3.bucket, channel.s3.region

        def wrong(answer: Mapping[str, Any]) -> str:
            # two old names: Amazon S3 API Reference, GetBucketLocation
            told = str(answer.get("LocationConstraint") or "us-east-1").replace("EU", "eu-west-1")
            return "" if told == region else f"{bucket} is in {shown(told[:40])}: set s3.region to that"

        yield _Look("s3.bucket", bucket, region, "s3", "GetBucketLocation", {"Bucket": bucket}, wrong)
    if channel.security_hub is not UNSET:
        hub = channel.security_hub
        if hub.account:
            mine = {"ProductName": [{"Value": PRODUCT, "Comparison": "EQUALS"}]}
            for region in (hub.region,) if hub.region else regions:
                what = f"Security Hub of {hub.account} in {region}"
                params = {"Filters": mine, "MaxResults": 1}
                yield _Look("security_hub", what, region, "securityhub", "GetFindings", params)
        else:
            region = hub.region or (regions[0] if regions else "us-east-1")
            for account in accounts:
                role = f"arn:{partition_of(region)}:iam::{account}:role/{hub.role}"
                entering = _entering(role, hub.external_id)
                yield _Look("security_hub.role", role, region, "sts", "AssumeRole", entering)


def _entering(role: str, external_id: str) -> dict[str, str]:
    asked = {"RoleArn": role, "RoleSessionName": SESSION_NAME}
    return asked | ({"ExternalId": external_id} if external_id else {})


async def _answer(caller: Caller, channel: str, given: _Look) -> Looked | None:
    told = f"{channel}: {given.field}: "
    try:
        answer = await caller.call(
            AMBIENT, given.region, given.client, given.operation, given.params, pages=False
        )
    except AwsCallError as error:
        call = f"{told}{given.operation} on {given.what}"
        if error.kind is Kind.DENIED:
            return Looked(
                Found.DENIED, f"{call} is denied ({error.code}): allow it as liveaudit iam prints it"
            )
        why = f"{call} gives {error.code}: {shown(error.message[:150])}"
        if error.kind.passing:
            return Looked(Found.UNKNOWN, f"{why}: run the check again")
        return Looked(Found.WRONG, f"{why}: see that it is there, or name another")
    wrong = given.wrong(answer)
    return Looked(Found.WRONG, told + wrong) if wrong else None


async def _secret(secrets: Secrets, channel: str, field: str, reference: str) -> Looked | None:
    try:
        await secrets.get(reference)
    except ChannelError as error:
        reason = f"{channel}: {field}: {error}"
        if reference.startswith(("env:", "file:")):
            return Looked(Found.HERE, f"{reason} (looked for on this machine)")
        cause = error.__cause__
        if isinstance(cause, AwsCallError) and cause.kind is Kind.DENIED:
            return Looked(Found.DENIED, reason)
        passing = isinstance(cause, AwsCallError) and cause.kind.passing
        return Looked(Found.UNKNOWN if passing else Found.WRONG, reason)
    return None
