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
        "organization": replace(usual, organization=Organization("o-exampleorg1", MANAGEMENT)),
        "service-managed": managed,
        "service-managed, direct, from the management account": replace(
            managed,
            receiver=MANAGEMENT,
            delivery=Delivery.DIRECT,
            organization=Organization("o-exampleorg1", MANAGEMENT, ("ou-ab12-11111111",)),
        ),
    }
