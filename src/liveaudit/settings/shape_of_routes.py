"""What a settings file may say of routes: who is told of which findings, and when."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from liveaudit.settings.shape_of_channels import TIME, ChannelName
from liveaudit.settings.shape_of_policies import ScopeSettings, SeverityName, Who

_UNIQUE = {"uniqueItems": True}
MoveName = Literal["opened", "reopened", "resolved", "archived", "changed"]
Wait = Annotated[
    str,
    Meta(
        pattern="^(0s|[1-9][0-9]{0,3}[sm])$",
        examples=["10s"],
        extra={"expected": "a short time, as 0s, 10s or 2m"},
    ),
]
Digest = Annotated[
    str,
    Meta(
        pattern=f"^([1-9][0-9]{{0,2}}[mh]|{TIME})$",
        examples=["1h", "09:00"],
        extra={"expected": 'a period, as 30m or 4h, or a time of every day in quotes, as "09:00"'},
    ),
]
Again = Annotated[
    str,
    Meta(
        pattern="^(never|[1-9][0-9]{0,2}[hd])$",
        examples=["7d"],
        extra={"expected": "a period, as 12h or 7d, or never"},
    ),
]
Told = Annotated[tuple[ChannelName, ...], Meta(min_length=1, extra_json_schema=_UNIQUE)]


class OverdueSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who is told when a finding is still open on its due date."""

    tell: Annotated[Told, Meta(description="The channels.")]
    again: Annotated[
        Again, Meta(description="As long as it is open, once more after such a time; twelve times at most.")
    ] = "never"


class RouteSettings(ScopeSettings, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which findings are told where. Every route is looked at, in order, until one that fits says stop."""

    name: Annotated[Who, Meta(description="What it is called; else its number.")] = ""
    services: Annotated[
        tuple[Who, ...],
        Meta(description="Only findings of these services, as s3.", extra_json_schema=_UNIQUE),
    ] = ()
    severities: Annotated[
        tuple[SeverityName, ...],
        Meta(description="Only findings that are so bad.", extra_json_schema=_UNIQUE),
    ] = ()
    owners: Annotated[
        tuple[Who, ...],
        Meta(
            description="Only findings of these owners: who was made the owner, or the resource's tag owner says so.",
            extra_json_schema=_UNIQUE,
        ),
    ] = ()
    environments: Annotated[
        tuple[Who, ...],
        Meta(
            description="Only in these environments: what the resource's tag environment or env says.",
            extra_json_schema=_UNIQUE,
        ),
    ] = ()
    moves: Annotated[
        tuple[MoveName, ...],
        Meta(
            description="Only when this happens to them; changed: people reviewed or accepted them. Systems are told all.",
            extra_json_schema=_UNIQUE,
        ),
    ] = ("opened", "reopened", "resolved", "archived")
    tell: Annotated[
        tuple[ChannelName, ...],
        Meta(
            description="The channels that are told; none: nobody, which with stop leaves findings out.",
            extra_json_schema=_UNIQUE,
        ),
    ] = ()
    wait: Annotated[
        Wait,
        Meta(
            description="What one change causes is one message: how long is waited for more of it, six times so long in all."
        ),
    ] = "10s"
    digest: Annotated[
        Digest,
        Meta(description="All of it together, once in such a time or every day at such a time of UTC."),
    ] = ""
    overdue: Annotated[
        OverdueSettings | UnsetType,
        Meta(description="Who is told when they are still open on their due date."),
    ] = UNSET
    stop: Annotated[bool, Meta(description="Whether no later route is looked at for what fits.")] = False
