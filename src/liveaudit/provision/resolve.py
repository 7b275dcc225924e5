"""From the settings to an installation: accounts of the organization and enabled regions are looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict

from msgspec import UNSET

from liveaudit.aws.caller import Caller, RoleToAssume
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import home_region
from liveaudit.provision import names
from liveaudit.provision.installation import (
    Account,
    Delivery,
    Installation,
    Organization,
    RoleMaker,
    Rollout,
    SetupError,
)
from liveaudit.provision.organizations import Listing, Lookup, Member
from liveaudit.settings import ALL, AMBIENT, AccountSettings, Settings

ACTIONS = ("ec2:DescribeRegions",)
"""What each audit role needs for these look-ups, with ``regions: all``."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something that is not as the settings want it, and what to do. ``account``, ``region``: empty where it is of none."""

    account: str
    region: str
    reason: str

    def __str__(self) -> str:
        """One line."""
        where = " ".join(each for each in (self.account, self.region) if each)
        return f"{where}: {self.reason}" if where else self.reason


class _WayIn(TypedDict):
    audit_role: str
    audit_role_arn: str
    external_id: str
    ambient: bool


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the settings come to, and everything that stands in the way, sorted.

    ``enabled``: of the accounts that were asked, the regions that they have enabled.
    """

    installation: Installation
    problems: tuple[Problem, ...] = ()
    enabled: Mapping[str, frozenset[str]] = field(default_factory=dict)


def role_of(settings: Settings, account_id: str) -> RoleToAssume:
    """How an account is entered: as said of it by hand, else by the usual audit role."""
    given = settings.account(account_id)
    if given is not None and given.role_arn == AMBIENT:
        return RoleToAssume()
    arn = given.role_arn if given is not None else ""
    return RoleToAssume(
        arn or names.role_arn(settings.partition, account_id, settings.audit_role),
        (given.external_id if given is not None else "") or settings.external_id,
    )


def declared(settings: Settings) -> Installation:
    """What the settings say by themselves, without a call: accounts that an organization brings are not in it.

    Accounts whose regions have to be looked up are ``undetermined``. Of the organization there is what is said.
    """
    return _installation(settings, None, {}, [])


async def resolve(
    settings: Settings,
    caller: Caller,
    *,
    catalog: Catalog,
    known: Mapping[str, frozenset[str]] | None = None,
) -> Resolved:
    """Look up what has to be; nothing is called when the settings say everything.

    ``known``: enabled regions found before; those accounts are not asked again.

    An account whose regions cannot be asked for is a problem and ``undetermined``. Raises SetupError when the
    organization cannot be listed whole, when the receiver cannot be asked, and for services that are not covered.
    """
    _check_services(settings, catalog)
    home = home_region(settings.partition)
    listing = None
    if settings.organization is not UNSET:
        lookup = Lookup(caller, settings.receiver, home)
        with_root = settings.rollout == "service-managed"
        listing = await lookup.run(settings.organization, with_root=with_root)
    asked = [each.id for each in _accounts(settings, listing) if not _said_regions(settings, each.id)]
    if asked and settings.receiver not in asked:
        asked.append(settings.receiver)
    answers: dict[str, frozenset[str] | str] = {
        each: known[each] for each in asked if known and each in known
    }
    asked = [each for each in asked if each not in answers]
    found = await asyncio.gather(*(_enabled_regions(settings, caller, each) for each in asked))
    answers.update(zip(asked, found, strict=True))
    problems = _problems(settings, listing)
    made = _installation(settings, listing, answers, problems)
    enabled = {account: each for account, each in answers.items() if isinstance(each, frozenset)}
    return Resolved(made, tuple(sorted(problems)), enabled)


def _check_services(settings: Settings, catalog: Catalog) -> None:
    unknown = set() if settings.services == ALL else set(settings.services) - catalog.services.keys()
    if unknown:
        raise SetupError(
            f"services: {', '.join(sorted(unknown))} is not covered; there are {', '.join(sorted(catalog.services))}"
        )


async def _enabled_regions(settings: Settings, caller: Caller, account: str) -> frozenset[str] | str:
    """The regions that an account has enabled, or why they are not known.

    Source: EC2 API Reference, DescribeRegions: without AllRegions the answer leaves disabled ones out.
    """
    try:
        answer = await caller.call(account, home_region(settings.partition), "ec2", "DescribeRegions", {})
    except AwsCallError as error:
        return _advice(settings, account, error)
    return frozenset(
        str(each["RegionName"])
        for each in answer.get("Regions", ())
        if each.get("OptInStatus", "opted-in") != "not-opted-in"
    )


def _advice(settings: Settings, account: str, error: AwsCallError) -> str:
    told = f"its enabled regions are not known: {error}"
    if error.kind.passing:
        return f"{told}: try again"
    if error.operation.startswith("AssumeRole"):
        role = role_of(settings, account)
        return (
            f"{told}: its owner makes {role.role_arn} (liveaudit iam prints it), or the settings name another role, "
            "or role_arn: none for the ambient credentials"
        )
    if error.kind == Kind.DENIED:
        return f"{told}: allow {ACTIONS[0]} to its audit role, or name its regions in the settings"
    return f"{told}: name its regions in the settings"


def _said_regions(settings: Settings, account_id: str) -> tuple[str, ...]:
    """The regions of an account as far as they are said; empty: to be looked up."""
    given = settings.account(account_id)
    if given is not None and given.regions:
        return given.regions
    return () if settings.regions == ALL else settings.regions


def _accounts(settings: Settings, listing: Listing | None) -> list[Account]:
    """Those by hand in their order, then the organization's by id; without regions yet. The receiver is always in."""
    members = listing.members if listing is not None else {}
    by_hand = {each.id: each for each in settings.accounts}
    found = [
        _account(settings, account_id, by_hand.get(account_id), members.get(account_id))
        for account_id in (*by_hand, *sorted(members.keys() - by_hand.keys()))
        if account_id not in members or members[account_id].active
    ]
    if all(each.id != settings.receiver for each in found):
        found.append(Account(settings.receiver, publishes=False, **_way_in(settings, settings.receiver)))
    return found


def _account(
    settings: Settings, account_id: str, given: AccountSettings | None, member: Member | None
) -> Account:
    published = settings.publishers == ALL or account_id in settings.publishers
    return Account(
        account_id,
        name=(given.name if given is not None else "") or (member.name if member is not None else ""),
        publishes=published and (given is None or given.publisher),
        **_way_in(settings, account_id),
    )


def _way_in(settings: Settings, account_id: str) -> _WayIn:
    given = settings.account(account_id)
    arn = given.role_arn if given is not None else ""
    ambient = arn == AMBIENT
    return {
        "audit_role": settings.audit_role if ambient or not arn else arn.rpartition("/")[2],
        "audit_role_arn": "" if ambient else arn,
        "external_id": (given.external_id if given is not None else "") or settings.external_id,
        "ambient": ambient,
    }


def _problems(settings: Settings, listing: Listing | None) -> list[Problem]:
    """What is not as the settings want it, before any region is known."""
    accounts = {each.id: each for each in _accounts(settings, listing)}
    found = []
    if listing is not None:
        found += [
            Problem(each.id, "", f"is {each.state or 'in no known state'} in the organization, and left out")
            for each in listing.members.values()
            if not each.active
        ]
        found += [
            Problem(
                each, "", "organization.exclude names it, but it is none of the accounts there: correct it"
            )
            for each in listing.unused
        ]
        if not any(each.active for each in listing.members.values()):
            found.append(Problem("", "", "organization: no account is left: check units and exclude"))
        if settings.rollout == "service-managed":
            beyond = settings.account_ids - listing.members.keys() - {listing.organization.management_account}
            found += [
                Problem(
                    each,
                    "",
                    "is none of the organization's accounts that are rolled out to: service-managed stack sets do not "
                    "reach it; add its unit to organization.units, or take rollout: self-managed",
                )
                for each in beyond
                if accounts[each].publishes and each != settings.receiver
            ]
    if settings.publishers != ALL:
        found += [
            Problem(each, "", "publishers names it, but it is none of the accounts: add it or correct it")
            for each in settings.publishers
            if each not in accounts
        ]
    if not any(each.publishes for each in accounts.values()):
        found.append(Problem("", "", "no account publishes: there is nothing to watch"))
    return found


def _installation(
    settings: Settings,
    listing: Listing | None,
    enabled: Mapping[str, frozenset[str] | str],
    problems: list[Problem],
) -> Installation:
    """Everything put together. ``enabled``: regions, or why they are not known; what is found goes to ``problems``."""
    receivers = enabled.get(settings.receiver)
    if isinstance(receivers, str):
        raise SetupError(f"the receiver {settings.receiver}: {receivers}")
    accounts, undetermined = [], []
    beyond: dict[str, list[str]] = {}
    for account in _accounts(settings, listing):
        regions: Iterable[str] = _said_regions(settings, account.id)
        if not regions:
            answer = enabled.get(account.id)
            if not isinstance(answer, frozenset):
                undetermined.append(account.id)
                accounts.append(account)
                if answer is not None:
                    problems.append(Problem(account.id, "", answer))
                continue
            regions = answer
        if receivers is not None and account.publishes:
            for region in set(regions) - receivers:
                beyond.setdefault(region, []).append(account.id)
            regions = receivers & set(regions)
        accounts.append(replace(account, regions=tuple(sorted(regions))))
    problems += [
        Problem(
            settings.receiver,
            region,
            f"is not enabled in the receiver, which so cannot receive the events of {_few(sorted(publishers))} there; "
            f"enable it: aws account enable-region --region-name {region}",
        )
        for region, publishers in beyond.items()
    ]
    service_managed = settings.rollout == "service-managed"
    role_maker = RoleMaker.STACK_SET if service_managed else RoleMaker.OWNER
    return Installation(
        receiver=settings.receiver,
        accounts=tuple(accounts),
        delivery=Delivery(settings.delivery),
        rollout=Rollout(settings.rollout),
        forwarding_role=role_maker
        if settings.forwarding_role is UNSET
        else RoleMaker(settings.forwarding_role),
        organization=listing.organization if listing is not None else _said_organization(settings),
        services=() if settings.services == ALL else settings.services,
        runner=settings.runner,
        queue=settings.queue,
        fix_role=settings.fixes.role,
        channels=settings.channels,
        undetermined=tuple(undetermined),
    )


def _said_organization(settings: Settings) -> Organization | None:
    """The organization as far as it is known without a look-up."""
    said = settings.organization
    if said is UNSET:
        return None
    return Organization(
        said.id,
        said.management_account,
        targets=() if said.units == ALL else said.units,
        by_delegated_administrator=said.management_account not in ("", settings.receiver),
    )


def _few(accounts: list[str]) -> str:
    further = f" and {len(accounts) - 3} more" if len(accounts) > 3 else ""
    return ", ".join(accounts[:3]) + further
