"""What a settings file may say of policies: how they are set, and which of their findings are exempted."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

_UNIQUE = {"uniqueItems": True}
StateName: TypeAlias = Literal["enabled", "staged", "disabled"]
SeverityName: TypeAlias = Literal["critical", "high", "medium", "low", "informational"]
Pattern = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f]{1,2048}$",
        extra={"expected": "a text of 1 to 2,048 characters; * stands for any text, ? for one character"},
    ),
]
Named = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f]{1,160}$", extra={"expected": "a name of 1 to 160 characters"})
]
Account = Annotated[
    str,
    Meta(pattern="^[0-9]{12}$", examples=["111111111111"], extra={"expected": "twelve digits in quotes"}),
]
Region = Annotated[
    str,
    Meta(
        pattern="^(global|[a-z]{2,8}(-[a-z]+){1,3}-[0-9]{1,2})$",
        examples=["eu-west-1", "global"],
        extra={"expected": "a region's name, as us-east-1, or global"},
    ),
]
Tag = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f=]{1,128}(=[^\x00-\x1f]{0,256})?$",
        examples=["environment=sandbox", "team=*"],
        extra={"expected": "a tag, as KEY=VALUE or KEY"},
    ),
]
Words = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]{1,2000}$",
        extra={"expected": "a text of 1 to 2,000 characters"},
    ),
]
Who = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f]{1,200}$", extra={"expected": "a name of 1 to 200 characters"})
]
Ends = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z)?$",
        examples=["2027-03-31"],
        extra={"expected": "a date, as 2027-03-31, or a time in UTC, as 2027-03-31T12:00Z", "date": True},
    ),
]


InAccounts = Annotated[
    tuple[Account, ...], Meta(description="Only in these accounts.", extra_json_schema=_UNIQUE)
]
InRegions = Annotated[
    tuple[Region, ...],
    Meta(
        description="Only in these regions; global: what belongs to an account as a whole.",
        extra_json_schema=_UNIQUE,
    ),
]
OfResources = Annotated[
    tuple[Pattern, ...],
    Meta(
        description="Only resources whose ARN or id is like one of these; * stands for any text.",
        extra_json_schema=_UNIQUE,
    ),
]
WithTags = Annotated[
    tuple[Tag, ...],
    Meta(
        description="Only resources that bear all of these tags: KEY=VALUE or KEY; * stands for any text.",
        extra_json_schema=_UNIQUE,
    ),
]
"""What a scope, and a rule that mends, says of resources."""


class ScopeSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which policies on which resources; every field that is given narrows down."""

    policies: Annotated[
        tuple[Named, ...],
        Meta(description="Only these policies, by id; * stands for any text.", extra_json_schema=_UNIQUE),
    ] = ()
    services: Annotated[
        tuple[Named, ...],
        Meta(description="Only policies of these services, as s3.", extra_json_schema=_UNIQUE),
    ] = ()
    severities: Annotated[
        tuple[SeverityName, ...],
        Meta(description="Only policies of these severities, as they are by themselves."),
    ] = ()
    frameworks: Annotated[
        tuple[Named, ...],
        Meta(
            description="Only policies that a control of one of these frameworks asks for.",
            extra_json_schema=_UNIQUE,
        ),
    ] = ()
    accounts: InAccounts = ()
    regions: InRegions = ()
    resources: OfResources = ()
    tags: WithTags = ()


class PolicySettings(ScopeSettings, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How policies are set. Of several entries that say the same of one policy on one resource, the last one counts."""

    state: Annotated[
        StateName | UnsetType,
        Meta(
            description="Whether they judge; staged: they do, and their verdicts are kept, but they open no findings."
        ),
    ] = UNSET
    severity: Annotated[
        SeverityName | UnsetType, Meta(description="How bad their findings are, instead of as they are.")
    ] = UNSET
    parameters: Annotated[
        dict[str, int | tuple[int | str, ...]],
        Meta(
            description="Their thresholds and lists, by name: liveaudit policies show tells which they take."
        ),
    ] = {}
    reason: Annotated[Words, Meta(description="Why.")] = ""


class ExemptionSettings(ScopeSettings, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Findings that are accepted for a while."""

    reason: Annotated[Words, Meta(description="Why they are accepted.")]
    owner: Annotated[Who, Meta(description="Who answers for it.")] = ""
    approver: Annotated[Who, Meta(description="Who has approved it.")] = ""
    ends: Annotated[
        Ends, Meta(description="The last day on which it counts, or the time at which it ends (UTC).")
    ] = ""
    excluding: Annotated[
        tuple[ScopeSettings, ...], Meta(description="Of those that are accepted, not these.")
    ] = ()
