"""The role by which a channel enters each account's own Security Hub, where the settings name one.

Source: Service Authorization Reference, AWS Security Hub: an import is on the product, which for an account's own findings is its
default one; updates and reads are on the hub.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec import UNSET

from liveaudit.provision import names
from liveaudit.provision.documents.audit import runner_account, runner_trust
from liveaudit.provision.documents.model import AccountDocuments, ManagedPolicy, Role, Statement, arns
from liveaudit.provision.installation import Account, Installation, SetupError
from liveaudit.settings.shape_of_channel_kinds import SecurityHubSettings

_READS_AND_SETS = ("securityhub:BatchUpdateFindings", "securityhub:GetFindings")


def hubs(installation: Installation) -> Iterator[tuple[str, SecurityHubSettings]]:
    """The channels to Security Hub, by name."""
    for each in installation.channels:
        if each.security_hub is not UNSET:
            yield each.name, each.security_hub


def hub_statements(partition: str, account: str, regions: tuple[str, ...]) -> tuple[Statement, ...]:
    """What it takes to tell the Security Hub of one account, in these regions (``*``: any)."""
    return (
        Statement(
            "Import",
            ("securityhub:BatchImportFindings",),
            tuple(
                one
                for region in regions
                for one in arns(partition, "securityhub", region, account, [f"product/{account}/default"])
            ),
            "Channels of Security Hub: findings are imported as the account's own, and as nobody else's.",
        ),
        Statement(
            "Workflow",
            _READS_AND_SETS,
            tuple(
                one
                for region in regions
                for one in arns(partition, "securityhub", region, account, ["hub/default"])
            ),
            "Channels of Security Hub: the workflow of these findings is set, and what people set there comes back.",
        ),
    )


def hub_role_arns(installation: Installation) -> tuple[str, ...]:
    """The roles that the runner assumes for channels, each once."""
    roles = dict.fromkeys(each.role for _, each in hubs(installation) if each.role)
    return tuple(
        names.role_arn(installation.partition, account.id, role)
        for role in roles
        for account in installation.accounts
    )


def with_hub_role(
    installation: Installation, account: Account, documents: AccountDocuments
) -> AccountDocuments:
    """The account's documents with the roles of its channels. A role of that name that is there gets the policy besides.

    Raises SetupError where a third party could stand in for who runs liveaudit.
    """
    wanted: dict[str, str] = {}
    regions: dict[str, None] = {}
    for name, hub in hubs(installation):
        if not hub.role:
            continue
        if wanted.setdefault(hub.role, hub.external_id) != hub.external_id:
            raise SetupError(
                f"channels: {name}: security_hub.external_id: another channel has the same role with another one; "
                "a role asks for one alone"
            )
        if not hub.external_id and account.id != runner_account(installation):
            raise SetupError(
                f"channels: {name}: security_hub.external_id is missing: without it whoever may assume roles from "
                f"{runner_account(installation)} can be led to enter {account.id} for somebody else; choose one"
            )
        regions[hub.region or "*"] = None
    if not wanted:
        return documents
    where = ("*",) if "*" in regions else tuple(regions)
    policy = ManagedPolicy(
        names.HUB_POLICY,
        hub_statements(installation.partition, account.id, where),
        "Tells the account's own Security Hub of findings.",
    )
    roles = {each.name: each for each in documents.roles}
    for role, external_id in wanted.items():
        standing = roles.get(role)
        roles[role] = (
            Role(
                role,
                (runner_trust(installation, replace(account, external_id=external_id)),),
                "Imports findings into the Security Hub of this account.",
                attached=(policy.name,),
            )
            if standing is None
            else replace(standing, attached=(*standing.attached, policy.name))
        )
    return replace(documents, policies=(*documents.policies, policy), roles=tuple(roles.values()))
