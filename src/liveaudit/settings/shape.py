"""What stands in a settings file. The JSON schema, the checks and the help of editors all come from here."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from liveaudit.model import partition_of
from liveaudit.settings.shape_of_channels import ChannelSettings
from liveaudit.settings.shape_of_console import ConsoleSettings
from liveaudit.settings.shape_of_fixes import FixSettings
from liveaudit.settings.shape_of_policies import ExemptionSettings, PolicySettings
from liveaudit.settings.shape_of_routes import RouteSettings
from liveaudit.settings.shape_of_times import FindingSettings, KeepSettings, SweepSettings

ALL: Literal["all"] = "all"
AMBIENT = "none"
"""As ``role_arn``: no role is assumed, the account is entered with the ambient credentials."""
_UNIQUE = {"uniqueItems": True}
_ACCOUNT_PATTERN = "^[0-9]{12}$"
_UNIT_PATTERN = "ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"

AccountId = Annotated[
    str,
    Meta(pattern=_ACCOUNT_PATTERN, examples=["111111111111"], extra={"expected": "twelve digits in quotes"}),
]
RegionName = Annotated[
    str,
    Meta(
        pattern="^[a-z]{2,8}(-[a-z]+){1,3}-[0-9]{1,2}$",
        examples=["us-east-1", "eu-west-1"],
        extra={"expected": "a region's name, as us-east-1"},
    ),
]
ServiceName = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9-]{0,62}$",
        examples=["s3", "ec2", "iam"],
        extra={"expected": "a service's IAM prefix, as s3"},
    ),
]
UnitId = Annotated[
    str,
    Meta(
        pattern=f"^(r-[0-9a-z]{{4,32}}|{_UNIT_PATTERN})$",
        examples=["ou-ab12-11111111", "r-ab12"],
        extra={"expected": "an organizational unit or root, as ou-ab12-11111111 or r-ab12"},
    ),
]
Excluded = Annotated[
    str,
    Meta(
        pattern=f"^([0-9]{{12}}|{_UNIT_PATTERN})$",
        examples=["333333333333", "ou-ab12-22222222"],
        extra={"expected": "an account (twelve digits in quotes) or an organizational unit (ou-...)"},
    ),
]
OrganizationId = Annotated[
    str,
    Meta(
        pattern="^o-[a-z0-9]{10,32}$",
        examples=["o-exampleorg1"],
        extra={"expected": "an organization's id, as o-exampleorg1"},
    ),
]
RoleArn = Annotated[
    str,
    Meta(
        pattern=r"^(none|arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,64})$",
        examples=["arn:aws:iam::111111111111:role/MVC_for_AWS_role"],
        extra={"expected": "a role's ARN, as arn:aws:iam::111111111111:role/NAME, or none"},
    ),
]
RunnerArn = Annotated[
    str,
    Meta(
        pattern="^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/([!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,64}$",
        examples=["arn:aws:iam::111111111111:role/liveaudit-runner"],
        extra={
            "expected": "the ARN of a role or user of IAM, as arn:aws:iam::111111111111:role/NAME "
            "(of an assumed role: the role itself)"
        },
    ),
]
RoleName = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_+=,.@-]{1,64}$",
        extra={"expected": "a role's name, 1 to 64 of A-Z a-z 0-9 _ + = , . @ -"},
    ),
]
ExternalId = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_+=,.@:/-]{2,1224}$",
        examples=["a-word-of-your-own"],
        extra={"expected": "an external id, 2 to 1,224 of A-Z a-z 0-9 _ + = , . @ : / -"},
    ),
]
QueueName = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_-]{1,80}$",
        extra={"expected": "a queue's name, 1 to 80 of A-Z a-z 0-9 _ -"},
    ),
]
StoreUrl = Annotated[
    str,
    Meta(
        pattern="^(sqlite([+]pysqlite)?:///|postgresql([+]psycopg)?://).+$",
        examples=["sqlite:///liveaudit.sqlite3", "postgresql+psycopg://liveaudit@db/liveaudit"],
        extra={
            "expected": "a database's URL, as sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
            "secret": True,
        },
    ),
]

Folder = Annotated[
    str,
    Meta(
        pattern=r"^[\w ./@+-]{1,1024}$",
        examples=["policies"],
        extra={"expected": "a folder, as policies or /etc/liveaudit/policies"},
    ),
]

Regions = Annotated[tuple[RegionName, ...], Meta(min_length=1, extra_json_schema=_UNIQUE)]
Services = Annotated[tuple[ServiceName, ...], Meta(min_length=1, extra_json_schema=_UNIQUE)]
Units = Annotated[tuple[UnitId, ...], Meta(min_length=1, extra_json_schema=_UNIQUE)]
AccountIds = Annotated[tuple[AccountId, ...], Meta(extra_json_schema=_UNIQUE)]


class AccountSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An account named by hand."""

    id: Annotated[AccountId, Meta(description="The account's id: twelve digits, in quotes.")]
    name: Annotated[
        str, Meta(description="What people call it.", extra_json_schema={"examples": ["shop"]})
    ] = ""
    role_arn: Annotated[
        RoleArn,
        Meta(
            description="The audit role when it is not the usual one of that name in that account; "
            "none: the ambient credentials are this account's, no role is assumed."
        ),
    ] = ""
    external_id: Annotated[
        ExternalId, Meta(description="The external id of its audit role when it is another.")
    ] = ""
    publisher: Annotated[
        bool, Meta(description="Whether its changes are watched; false: it is only swept.")
    ] = True
    regions: Annotated[
        Regions, Meta(description="The regions watched in it when they are others than those below.")
    ] = ()


class OrganizationSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Accounts from AWS Organizations: all, or those of some units and of the units in these."""

    id: Annotated[OrganizationId, Meta(description="The organization's id; looked up when missing.")] = ""
    management_account: Annotated[
        AccountId, Meta(description="The management account; looked up when missing.")
    ] = ""
    units: Annotated[
        Literal["all"] | Units,
        Meta(
            description="The organizational units whose accounts are taken, with all units in them; "
            "all: every account of the organization."
        ),
    ] = ALL
    exclude: Annotated[
        tuple[Excluded, ...],
        Meta(
            description="Accounts, and units with all that is in them, that are left out.",
            extra_json_schema=_UNIQUE,
        ),
    ] = ()


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, dict=True):
    """Settings of liveaudit: who receives, who publishes, where, and how it is rolled out."""

    receiver: Annotated[AccountId, Meta(description="The account of the queues.")]
    accounts: Annotated[tuple[AccountSettings, ...], Meta(description="Accounts named by hand.")] = ()
    organization: Annotated[
        OrganizationSettings | UnsetType,
        Meta(description="Accounts from AWS Organizations, beside those by hand."),
    ] = UNSET
    publishers: Annotated[
        Literal["all"] | AccountIds,
        Meta(description="The accounts whose changes are watched; all: every account that is no exception."),
    ] = ALL
    regions: Annotated[
        Literal["all"] | Regions,
        Meta(
            description="The regions that are watched; all: in each account those that it has enabled. "
            "us-east-1 brings the events of IAM and other global services."
        ),
    ]
    services: Annotated[
        Literal["all"] | Services,
        Meta(description="The services that are watched, by IAM prefix; all: every one that is covered."),
    ] = ALL
    delivery: Annotated[
        Literal["bus", "direct"],
        Meta(
            description="How events travel: over the receiver's event bus, or directly from the publisher's "
            "rule to the receiver's queue."
        ),
    ] = "bus"
    rollout: Annotated[
        Literal["self-managed", "service-managed"],
        Meta(
            description="The stack sets' permission model; service-managed needs the organization and enrols new "
            "accounts by itself."
        ),
    ] = "self-managed"
    forwarding_role: Annotated[
        Literal["owner", "stack-set"] | UnsetType,
        Meta(
            description="Who makes the publishers' forwarding role: each account's owner (as long as nothing is "
            "said), or the stack set (always so with service-managed)."
        ),
    ] = UNSET
    audit_role: Annotated[RoleName, Meta(description="The name of the audit role in every account.")] = (
        "MVC_for_AWS_role"
    )
    external_id: Annotated[ExternalId, Meta(description="The external id of all audit roles.")] = ""
    runner: Annotated[
        RunnerArn,
        Meta(description="The role or user that runs liveaudit, which may assume the audit roles."),
    ] = ""
    trusted_accounts: Annotated[
        AccountIds, Meta(description="Further accounts that policies may let in.")
    ] = ()
    queue: Annotated[QueueName, Meta(description="The queue's name in every region.")] = "liveaudit-events"
    store: Annotated[StoreUrl, Meta(description="Where findings are kept: the URL of a database.")] = (
        "sqlite:///liveaudit.sqlite3"
    )

    sweep: Annotated[SweepSettings, Meta(description="When all of an account is swept.")] = SweepSettings()
    findings: Annotated[
        FindingSettings, Meta(description="When findings are due, and which are regressions.")
    ] = FindingSettings()
    keep: Annotated[KeepSettings, Meta(description="How long what is only looked back at is kept.")] = (
        KeepSettings()
    )
    console: Annotated[ConsoleSettings, Meta(description="Who may sign in to the web console.")] = (
        ConsoleSettings()
    )
    policies: Annotated[
        tuple[PolicySettings, ...],
        Meta(
            description="How policies are set: whether they judge, how bad their findings are, their thresholds and "
            "lists. The last entry that says something of a matter counts; the console's come after these."
        ),
    ] = ()
    custom_policies: Annotated[
        Folder,
        Meta(
            description="The folder of your own policies, from the settings file on: every .yaml file in it is read, and "
            "again when it changes."
        ),
    ] = ""
    exemptions: Annotated[
        tuple[ExemptionSettings, ...],
        Meta(description="Findings that are accepted, with the reason and until when."),
    ] = ()
    channels: Annotated[
        tuple[ChannelSettings, ...], Meta(description="Where people and systems are told of findings.")
    ] = ()
    routes: Annotated[
        tuple[RouteSettings, ...],
        Meta(description="Which findings are told on which channels; the console's routes come after these."),
    ] = ()
    fixes: Annotated[
        FixSettings, Meta(description="Mending findings from here; off as long as no role is named.")
    ] = FixSettings()

    def __repr__(self) -> str:
        """Without the store, in whose URL a password may stand, and without external ids."""
        return f"Settings(receiver={self.receiver!r}, accounts={[each.id for each in self.accounts]!r})"

    @cached_property
    def account_ids(self) -> frozenset[str]:
        """The ids of the accounts named by hand; what an organization brings besides has to be looked up."""
        return frozenset(each.id for each in self.accounts)

    def account(self, account_id: str) -> AccountSettings | None:
        """What is said of an account by hand, or None."""
        return self._by_id.get(account_id)

    @cached_property
    def _by_id(self) -> dict[str, AccountSettings]:
        return {each.id: each for each in self.accounts}

    @property
    def needs_lookup(self) -> bool:
        """Whether accounts or regions are to be asked of AWS."""
        if self.organization is not UNSET:
            return True
        return self.regions == ALL and any(not each.regions for each in self.accounts)

    @property
    def partition(self) -> str:
        """The partition: that of the regions, else of a role's ARN, else ``aws``."""
        for regions in (self.regions, *(each.regions for each in self.accounts)):
            if regions and regions != ALL:
                return partition_of(regions[0])
        for arn in (self.runner, *(each.role_arn for each in self.accounts)):
            if arn and arn != AMBIENT:
                return arn.split(":")[1]
        return "aws"


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of the settings file."""
    made = msgspec.json.schema(Settings)
    for struct in made["$defs"].values():
        for field in struct["properties"].values():
            if not field.get("default", True):
                # nothing said, which nobody may write out
                del field["default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "liveaudit's settings file",
        **made,
    }
