"""What a settings file may say of fixes: with which role they are run, and which of them run by themselves."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from liveaudit.settings.shape_of_policies import InAccounts, InRegions, Named, OfResources, WithTags

_UNIQUE = {"uniqueItems": True}
FixRole = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_+=,.@-]{1,64}$",
        examples=["liveaudit-fixes"],
        extra={"expected": "a role's name, 1 to 64 of A-Z a-z 0-9 _ + = , . @ -"},
    ),
]
PerHour = Annotated[int, Meta(ge=1, le=1000, extra={"expected": "a whole number from 1 to 1000"})]


class FixRuleSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Findings that are mended without anybody asking: of these policies, and only where all that is given fits."""

    policies: Annotated[
        tuple[Named, ...],
        Meta(description="Findings of these policies, each by its whole id.", extra_json_schema=_UNIQUE),
    ]
    accounts: InAccounts = ()
    regions: InRegions = ()
    resources: OfResources = ()
    tags: WithTags = ()
    dry_run: Annotated[
        bool, Meta(description="Only put down what would be done; it runs when this is set to false.")
    ] = True
    per_hour: Annotated[PerHour, Meta(description="At most so many fixes by this rule within an hour.")] = 5


class FixSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Mending findings from here. Without a role fixes are shown, and never run."""

    role: Annotated[
        FixRole,
        Meta(
            description="The name of the role, in every account, that runs fixes; liveaudit iam prints what it may do. Left "
            "out: none is run."
        ),
    ] = ""
    per_hour: Annotated[
        PerHour, Meta(description="At most so many fixes within an hour, whoever asks for them.")
    ] = 20
    rules: Annotated[
        tuple[FixRuleSettings, ...],
        Meta(description="Findings that are mended without anybody asking. None as long as nothing is said."),
    ] = ()
