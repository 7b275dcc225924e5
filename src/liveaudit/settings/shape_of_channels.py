"""What a settings file may say of channels: where is told, and how it is reached."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from liveaudit.settings.shape_of_channel_kinds import (
    AppriseSettings,
    EmailSettings,
    EventBridgeSettings,
    PagerDutySettings,
    S3Settings,
    SecurityHubSettings,
    SlackSettings,
    SnsSettings,
    TeamsSettings,
    WebhookSettings,
)
from liveaudit.settings.shape_of_policies import SeverityName

_UNIQUE = {"uniqueItems": True}
TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeZone = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{0,62}$",
        examples=["Europe/Berlin"],
        extra={"expected": "a time zone, as Europe/Berlin"},
    ),
]
Hours = Annotated[
    str,
    Meta(
        pattern=f"^{TIME}-{TIME}$",
        examples=["22:00-07:00"],
        extra={"expected": "from and to, as 22:00-07:00"},
    ),
]
ChannelName = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9-]{0,62}$",
        examples=["security-team"],
        extra={"expected": "a name of 1 to 63 of a-z 0-9 -, a letter first"},
    ),
]
FilePath = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f]{1,1000}$",
        examples=["/var/log/liveaudit/told.jsonl"],
        extra={"expected": "a file's path"},
    ),
]
Rate = Annotated[
    str,
    Meta(
        pattern="^[1-9][0-9]{0,4}/[mhd]$",
        examples=["30/h"],
        extra={"expected": "so many in a time, as 5/m, 30/h or 100/d"},
    ),
]
GiveUp = Annotated[
    str,
    Meta(
        pattern="^[1-9][0-9]{0,3}[mhd]$", examples=["24h"], extra={"expected": "a period, as 30m, 24h or 7d"}
    ),
]


class FileSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A file that grows by a line of JSON for each message."""

    path: Annotated[FilePath, Meta(description="The file; it is made when it is not there.")]


class QuietSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When nobody is to be told: what comes then is told together when it is over."""

    hours: Annotated[Hours, Meta(description="Every day from and to; over midnight too.")] = ""
    days: Annotated[
        tuple[DayName, ...], Meta(description="Whole days besides.", extra_json_schema=_UNIQUE)
    ] = ()
    timezone: Annotated[TimeZone, Meta(description="Whose hours and days these are.")] = "UTC"
    but: Annotated[
        tuple[SeverityName, ...],
        Meta(description="Findings of these severities are told all the same.", extra_json_schema=_UNIQUE),
    ] = ("critical",)


class ChannelSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A channel: its name, and in exactly one of the fields after that what it is."""

    name: Annotated[ChannelName, Meta(description="What the routes call it.")]
    at_most: Annotated[
        Rate,
        Meta(
            description="So many messages in a time; what is more is put together into the last one, and told when there "
            "is room again."
        ),
    ] = ""
    give_up: Annotated[
        GiveUp,
        Meta(description="How long a message is tried; after that it lies in the list of those given up."),
    ] = "24h"
    quiet: Annotated[
        QuietSettings | UnsetType,
        Meta(
            description="When nobody is to be told; what comes then is told together when it is over. Not for systems."
        ),
    ] = UNSET
    slack: Annotated[SlackSettings | UnsetType, Meta(description="Slack.")] = UNSET
    teams: Annotated[TeamsSettings | UnsetType, Meta(description="Microsoft Teams.")] = UNSET
    email: Annotated[EmailSettings | UnsetType, Meta(description="E-mail.")] = UNSET
    pagerduty: Annotated[PagerDutySettings | UnsetType, Meta(description="PagerDuty.")] = UNSET
    webhook: Annotated[WebhookSettings | UnsetType, Meta(description="A webhook of your own.")] = UNSET
    sns: Annotated[SnsSettings | UnsetType, Meta(description="A topic of SNS.")] = UNSET
    eventbridge: Annotated[EventBridgeSettings | UnsetType, Meta(description="A bus of EventBridge.")] = UNSET
    security_hub: Annotated[SecurityHubSettings | UnsetType, Meta(description="AWS Security Hub.")] = UNSET
    s3: Annotated[S3Settings | UnsetType, Meta(description="A bucket of S3.")] = UNSET
    apprise: Annotated[AppriseSettings | UnsetType, Meta(description="Whatever apprise reaches.")] = UNSET
    file: Annotated[FileSettings | UnsetType, Meta(description="A file of JSON lines.")] = UNSET

    @property
    def kind(self) -> str:
        """The name of its kind; empty when it has none."""
        return next(iter(self.kinds), "")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are given; a good one has exactly one."""
        return tuple(each for each in KIND_NAMES if getattr(self, each) is not UNSET)

    @property
    def target(self) -> Any:
        """What is said of its kind."""
        return getattr(self, self.kind)

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Where its secrets are: each field that holds such, and its reference."""
        target = self.target
        return tuple(
            (f"{self.kind}.{field}", given)
            for field in _secret_fields(type(target))
            if (given := getattr(target, field)) and not given.startswith(("https://", "http://"))
        )


def _secret_fields(kind: type) -> tuple[str, ...]:
    """The fields whose type says that they hold where a secret is."""
    told = msgspec.inspect.type_info(kind)
    return tuple(
        each.name
        for each in getattr(told, "fields", ())
        if isinstance(each.type, msgspec.inspect.Metadata) and (each.type.extra or {}).get("secret")
    )


_COMMON = ("name", "at_most", "give_up", "quiet")
KIND_NAMES: tuple[str, ...] = tuple(each for each in ChannelSettings.__struct_fields__ if each not in _COMMON)
"""The fields of which each channel has exactly one."""
