"""Installations of every kind: whatever the documents are made for, these are among it."""

from __future__ import annotations

from dataclasses import replace

from liveaudit.provision.installation import (
    Account,
    Delivery,
    Installation,
    Organization,
    RoleMaker,
    Rollout,
)
from liveaudit.settings.shape_of_channel_kinds import (
    EventBridgeSettings,
    S3Settings,
    SecurityHubSettings,
    SlackSettings,
    SnsSettings,
)
from liveaudit.settings.shape_of_channels import ChannelSettings

RECEIVER, SHOP, BANK, MANAGEMENT = "111111111111", "222222222222", "333333333333", "444444444444"
REGIONS = {
    "aws": ("eu-south-1", "us-east-1"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}


def installation(partition: str = "aws") -> Installation:
    """A receiver that publishes too, and two more publishers; the usual way in everything."""
    regions = REGIONS[partition]
    return Installation(
        RECEIVER,
        tuple(
            Account(each, name, regions, external_id=f"word-of-{name}")
            for each, name in ((RECEIVER, "security"), (SHOP, "shop"), (BANK, "bank"))
        ),
    )


def channels(partition: str = "aws", account: str = RECEIVER) -> tuple[ChannelSettings, ...]:
    """A channel of every kind that calls AWS, or whose secret is kept there."""
    region = REGIONS[partition][0]
    secret = (
        f"secretsmanager:arn:{partition}:secretsmanager:{region}:{account}:secret:liveaudit/slack-a1B2c3#url"
    )
    return (
        ChannelSettings(name="topic", sns=SnsSettings(topic=f"arn:{partition}:sns:{region}:{account}:told")),
        ChannelSettings(
            name="bus",
            eventbridge=EventBridgeSettings(bus=f"arn:{partition}:events:{region}:{account}:event-bus/told"),
        ),
        ChannelSettings(name="lake", s3=S3Settings(bucket="lake-of-acme", region=region)),
        ChannelSettings(name="vault", slack=SlackSettings(url=secret)),
        ChannelSettings(name="parameter", slack=SlackSettings(url="ssm:/liveaudit/slack")),
        ChannelSettings(name="hub", security_hub=SecurityHubSettings(account=account, region=region)),
        ChannelSettings(
            name="hubs", security_hub=SecurityHubSettings(role="told-of-findings", external_id="a-word")
        ),
    )


def variants(partition: str = "aws") -> dict[str, Installation]:
    """The usual installation and one for each way in which another can differ."""
    usual = installation(partition)
    regions = REGIONS[partition]
    quiet = tuple(replace(each, publishes=each.id != RECEIVER) for each in usual.accounts)
    management = Account(MANAGEMENT, "management", regions, external_id="word-of-all")
    members = (*(replace(each, external_id="word-of-all") for each in usual.accounts), management)
    managed = replace(
        usual,
        accounts=members,
        rollout=Rollout.SERVICE_MANAGED,
        organization=Organization("o-exampleorg1", MANAGEMENT, ("r-ab12",), by_delegated_administrator=True),
    )
    return {
        "usual": usual,
        "direct": replace(usual, delivery=Delivery.DIRECT, queue="nrt-events"),
        "roles by stack set": replace(usual, forwarding_role=RoleMaker.STACK_SET),
        "receiver does not publish": replace(usual, accounts=quiet),
        "runner elsewhere": replace(usual, runner=f"arn:{partition}:iam::555555555555:role/ci/liveaudit"),
        "fixes": replace(usual, fix_role="mends"),
        "channels": replace(usual, channels=channels(partition)),
        "organization": replace(usual, organization=Organization("o-exampleorg1", MANAGEMENT)),
        "service-managed": managed,
        "service-managed, direct, from the management account": replace(
            managed,
            receiver=MANAGEMENT,
            delivery=Delivery.DIRECT,
            organization=Organization("o-exampleorg1", MANAGEMENT, ("ou-ab12-11111111",)),
        ),
    }
