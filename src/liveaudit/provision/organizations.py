"""The accounts of an organization: all of them or those of some units, and which are left out.

Sources: AWS Organizations API Reference, DescribeOrganization, ListAccounts, ListAccountsForParent,
ListOrganizationalUnitsForParent, ListRoots. The lists answer the management account and delegated administrators.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision.installation import Organization, SetupError
from liveaudit.settings import ALL, OrganizationSettings

ACTIONS = (
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
)
"""What the receiver's audit role needs for these look-ups."""
_ADMINISTRATION = "member.org.stacksets.cloudformation.amazonaws.com"
_AT_ONCE = 4
"""Organizations throttles all callers of an organization together."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization. ``state``: ACTIVE, SUSPENDED, PENDING_CLOSURE and the like."""

    id: str
    name: str
    state: str

    @property
    def active(self) -> bool:
        """Whether it can be entered at all."""
        return self.state == "ACTIVE"


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found. ``members``: those that are wanted, active or not, by id.

    ``unused``: the accounts to be left out that are not there.
    """

    organization: Organization
    members: Mapping[str, Member]
    unused: tuple[str, ...]


@dataclass(slots=True)
class Lookup:
    """Asks Organizations as ``account``, in the home region ``region``."""

    caller: Caller
    account: str
    region: str
    _limit: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def run(self, wanted: OrganizationSettings, *, with_root: bool) -> Listing:
        """The organization and its accounts. ``with_root``: its root is needed, as a target of roll-outs.

        Raises SetupError whenever something is not known: a list with holes would read as accounts that left.
        """
        organization_id, management = await self._describe(wanted)
        units = () if wanted.units == ALL else wanted.units
        found = (
            await self._below(units, "organization.units")
            if units
            else await self._members("ListAccounts", {})
        )
        excluded_units = [each for each in wanted.exclude if each.startswith("ou-")]
        excluded_accounts = set(wanted.exclude) - set(excluded_units)
        left_out = excluded_accounts | (await self._below(excluded_units, "organization.exclude")).keys()
        targets = units or (await self._roots() if with_root else ())
        return Listing(
            Organization(
                id=organization_id,
                management_account=management,
                targets=targets,
                excluded_accounts=tuple(sorted(left_out & found.keys())),
                by_delegated_administrator=management != self.account,
            ),
            {each.id: each for each in found.values() if each.id not in left_out},
            tuple(sorted(excluded_accounts - found.keys())),
        )

    async def _describe(self, wanted: OrganizationSettings) -> tuple[str, str]:
        """The ids of the organization and of its management account, asked for when one is not said."""
        if wanted.id and wanted.management_account:
            return wanted.id, wanted.management_account
        answer = (await self._call("DescribeOrganization", {}))["Organization"]
        found = str(answer["Id"]), str(answer["MasterAccountId"])
        said = wanted.id or found[0], wanted.management_account or found[1]
        for name, one, other in zip(("id", "management_account"), said, found, strict=True):
            if one != other:
                raise SetupError(
                    f"organization.{name}: the settings say {one}, but the organization of {self.account} has {other}: "
                    "correct it or leave it out"
                )
        return found

    async def _roots(self) -> tuple[str, ...]:
        return tuple(str(each["Id"]) for each in (await self._call("ListRoots", {}))["Roots"])

    async def _below(self, units: Sequence[str], where: str) -> dict[str, Member]:
        """The accounts of units and of all units in them."""
        found: dict[str, Member] = {}
        parents = [(unit, f"{where}: {unit}") for unit in units]
        seen = set(units)
        while parents:
            answers = await asyncio.gather(*(self._unit(unit, place) for unit, place in parents))
            further = []
            for (_, place), (members, children) in zip(parents, answers, strict=True):
                found.update(members)
                further += [(child, place) for child in children if child not in seen]
                seen.update(children)
            parents = further
        return found

    async def _unit(self, unit: str, place: str) -> tuple[dict[str, Member], list[str]]:
        members, children = await asyncio.gather(
            self._members("ListAccountsForParent", {"ParentId": unit}, place),
            self._call("ListOrganizationalUnitsForParent", {"ParentId": unit}, place),
        )
        return members, [str(each["Id"]) for each in children["OrganizationalUnits"]]

    async def _members(self, operation: str, params: Mapping[str, Any], place: str = "") -> dict[str, Member]:
        answer = await self._call(operation, params, place)
        # Status is what State was called before 2025
        members = (
            Member(
                str(each["Id"]), str(each.get("Name", "")), str(each.get("State") or each.get("Status", ""))
            )
            for each in answer["Accounts"]
        )
        return {each.id: each for each in members}

    async def _call(
        self, operation: str, params: Mapping[str, Any], place: str = "organization"
    ) -> Mapping[str, Any]:
        try:
            async with self._limit:
                return await self.caller.call(self.account, self.region, "organizations", operation, params)
        except AwsCallError as error:
            raise SetupError(f"{place or 'organization'}: {self._advice(error)}") from error

    def _advice(self, error: AwsCallError) -> str:
        """What stands in the way, and what to do."""
        if error.code == "AWSOrganizationsNotInUseException":
            return (
                f"{self.account} is in no organization: take organization out and name the accounts by hand"
            )
        if error.code == "ParentNotFoundException":
            return f"is not in the organization of {self.account}: correct it or take it out"
        if error.operation.startswith("AssumeRole"):
            return f"the receiver {self.account} cannot be entered to list the accounts: {error}"
        if error.kind == Kind.DENIED:
            return (
                f"the receiver {self.account} may not list the accounts ({error}): allow {', '.join(ACTIONS)} to its "
                "audit role, and unless it is the management account make it a delegated administrator there: "
                f"aws organizations register-delegated-administrator --account-id {self.account} "
                f"--service-principal {_ADMINISTRATION}"
            )
        again = ": try again" if error.kind.passing else ""
        return f"the accounts could not be listed: {error}{again}"
