"""Values of a settings file that contradict each other, or do not do what one may think they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import UNSET

from liveaudit.model import home_region, partition_of
from liveaudit.settings.mistakes import Path, nearest, shown
from liveaudit.settings.shape import ALL, AMBIENT, AccountSettings, OrganizationSettings, Settings
from liveaudit.settings.shape_of_policies import PolicySettings

MOST_DIRECT_PUBLISHERS = 50
"""Principals of a queue's policy. Source: Amazon SQS quotas, "Policies"."""
_COMMERCIAL = re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+")
_OTHER_PARTITIONS = re.compile(
    r"(cn-[a-z]+|us-gov-[a-z]+|us-iso-[a-z]+|us-isob-[a-z]+|us-isof-[a-z]+|eu-isoe-[a-z]+|eusc-[a-z]+-[a-z]+)-\d+"
)


@dataclass(frozen=True, slots=True)
class Known:
    """Names that there are; empty: not known here, so that nothing is said about them.

    ``fixes``: the policies whose findings are mended by calls. ``parameter``: what is wrong with a parameter's value for
    the policies of an entry; ``template``: what is wrong with a template of a channel's; empty: nothing.
    """

    services: Set[str] = frozenset()
    regions: Set[str] = frozenset()
    policies: Set[str] = frozenset()
    frameworks: Set[str] = frozenset()
    fixes: Set[str] = frozenset()
    parameter: Callable[[PolicySettings, str, object], str] = lambda _entry, _name, _value: ""
    template: Callable[[str], str] = lambda _template: ""


Found: TypeAlias = tuple[Path, str]
_Rule: TypeAlias = Callable[[Settings, Known], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class _Entry:
    about: frozenset[str]
    rule: _Rule
    warning: bool


_RULES: list[_Entry] = []


def rule(*about: str, warning: bool = False) -> Callable[[_Rule], _Rule]:
    """Take a rule in. ``about``: the fields that it has to know whole; with a mistake in one of them it says nothing."""

    def taken(checks: _Rule) -> _Rule:
        _RULES.append(_Entry(frozenset(about), checks, warning))
        return checks

    return taken


def judge(settings: Settings, wrong: Set[str], known: Known) -> Iterator[tuple[Path, str, bool]]:
    """Every contradiction (field, what is wrong, False) and every warning (True). ``wrong``: fields with mistakes."""
    for entry in _RULES:
        if not entry.about & wrong:
            for path, text in entry.rule(settings, known):
                yield path, text, entry.warning


def _organization(settings: Settings) -> OrganizationSettings | None:
    return None if settings.organization is UNSET else settings.organization


def _region_lists(settings: Settings) -> Iterator[tuple[Path, Sequence[str]]]:
    if settings.regions != ALL:
        yield ("regions",), settings.regions
    for number, account in enumerate(settings.accounts):
        if account.regions:
            yield ("accounts", number, "regions"), account.regions


def _regions(settings: Settings) -> Iterator[tuple[Path, str]]:
    for path, regions in _region_lists(settings):
        for number, region in enumerate(regions):
            yield (*path, number), region


def _publishers_by_hand(settings: Settings) -> list[AccountSettings]:
    publishers = frozenset(settings.publishers)
    return [
        each
        for each in settings.accounts
        if each.publisher and (settings.publishers == ALL or each.id in publishers)
    ]


@rule("accounts", "organization")
def _accounts_are_there(settings: Settings, _known: Known) -> Iterator[Found]:
    if not settings.accounts and _organization(settings) is None:
        yield ("accounts",), "at least one account is needed, here or from an organization"


@rule()
def _accounts_stand_once(settings: Settings, _known: Known) -> Iterator[Found]:
    seen: set[str] = set()
    for number, account in enumerate(settings.accounts):
        if account.id in seen:
            yield ("accounts", number, "id"), f"{account.id} is there twice: take one of the two out"
        seen.add(account.id)


@rule("receiver", "accounts", "organization")
def _receiver_is_an_account(settings: Settings, _known: Known) -> Iterator[Found]:
    if not settings.accounts or settings.receiver in settings.account_ids:
        return
    if _organization(settings) is None:
        yield (
            ("receiver",),
            (
                f"{shown(settings.receiver)} is not one of the accounts: add it to accounts "
                "(with publisher: false if its own changes are not to be watched)"
            ),
        )


@rule("publishers", "accounts", "organization")
def _publishers_are_accounts(settings: Settings, _known: Known) -> Iterator[Found]:
    if settings.publishers == ALL:
        return
    for number, publisher in enumerate(settings.publishers):
        account = settings.account(publisher)
        if account is None and _organization(settings) is None:
            yield (
                ("publishers", number),
                (
                    f"{shown(publisher)} is not one of the accounts{nearest(publisher, settings.account_ids)}: "
                    "add it to accounts, or take it out here"
                ),
            )
        elif account is not None and not account.publisher:
            yield (
                ("publishers", number),
                f"{publisher} is a publisher here, and publisher: false in accounts: say one of the two",
            )


@rule("publishers", "accounts", "organization")
def _somebody_publishes(settings: Settings, _known: Known) -> Iterator[Found]:
    if settings.publishers not in (ALL, ()) or not settings.accounts or _organization(settings) is not None:
        return
    if not _publishers_by_hand(settings):
        yield ("publishers",), "no account publishes: there is nothing to watch"


@rule()
def _regions_are_of_a_partition(settings: Settings, known: Known) -> Iterator[Found]:
    for path, region in _regions(settings):
        if not _COMMERCIAL.fullmatch(region) and not _OTHER_PARTITIONS.fullmatch(region):
            yield path, f"{shown(region)} is of no partition of AWS's{nearest(region, known.regions)}"


@rule()
def _regions_are_of_one_partition(settings: Settings, _known: Known) -> Iterator[Found]:
    for path, region in _regions(settings):
        if partition_of(region) != settings.partition:
            yield (
                path,
                (
                    f"{region} is of the partition {partition_of(region)}, others are of {settings.partition}: "
                    "roles and event buses do not reach across; make a file for each"
                ),
            )


@rule(warning=True)
def _regions_are_known(settings: Settings, known: Known) -> Iterator[Found]:
    for path, region in _regions(settings):
        valid = _COMMERCIAL.fullmatch(region) or _OTHER_PARTITIONS.fullmatch(region)
        if valid and known.regions and region not in known.regions:
            yield path, f"{region} is no region that is known here{nearest(region, known.regions)}"


@rule("regions", "accounts", warning=True)
def _home_region_is_watched(settings: Settings, _known: Known) -> Iterator[Found]:
    home = home_region(settings.partition)
    for path, regions in _region_lists(settings):
        if home not in regions:
            yield (
                path,
                (
                    f"without {home} the changes of IAM and other global services are not seen, since their events "
                    f"come there alone: add {home}"
                ),
            )


@rule()
def _services_are_covered(settings: Settings, known: Known) -> Iterator[Found]:
    if settings.services == ALL or not known.services:
        return
    for number, service in enumerate(settings.services):
        if service not in known.services:
            yield (
                ("services", number),
                (
                    f"{shown(service)} is not covered{nearest(service, known.services)}; there are "
                    f"{', '.join(sorted(known.services))}"
                ),
            )


@rule()
def _roles_are_where_they_belong(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, account in enumerate(settings.accounts):
        if account.role_arn in ("", AMBIENT):
            continue
        _, partition, _, _, owner, _ = account.role_arn.split(":", 5)
        if owner != account.id:
            yield (
                ("accounts", number, "role_arn"),
                f"is a role of {owner}, but the account is {account.id}: a role opens its own account alone",
            )
        if partition != settings.partition:
            yield (
                ("accounts", number, "role_arn"),
                f"is of the partition {partition}, the regions are of {settings.partition}",
            )
    if settings.runner and settings.runner.split(":")[1] != settings.partition:
        yield ("runner",), f"is of another partition than the regions, which are of {settings.partition}"


@rule()
def _ambient_credentials_are_of_one(settings: Settings, _known: Known) -> Iterator[Found]:
    ambient = [number for number, each in enumerate(settings.accounts) if each.role_arn == AMBIENT]
    for number in ambient[1:]:
        yield (
            ("accounts", number, "role_arn"),
            (
                f"none stands at {settings.accounts[ambient[0]].id} already: the ambient credentials are of one account; "
                "leave role_arn out for the usual role"
            ),
        )


@rule(warning=True)
def _external_id_is_used(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, account in enumerate(settings.accounts):
        if account.role_arn == AMBIENT and account.external_id:
            yield ("accounts", number, "external_id"), "is not used, since role_arn: none assumes no role"


@rule("rollout", "organization")
def _service_managed_has_an_organization(settings: Settings, _known: Known) -> Iterator[Found]:
    if settings.rollout == "service-managed" and _organization(settings) is None:
        yield (
            ("rollout",),
            "service-managed stack sets roll out to an organization: add organization, or take self-managed",
        )


@rule("rollout", "forwarding_role")
def _service_managed_makes_the_roles(settings: Settings, _known: Known) -> Iterator[Found]:
    if settings.rollout == "service-managed" and settings.forwarding_role == "owner":
        yield (
            ("forwarding_role",),
            (
                "with rollout service-managed the stack set makes the roles of new accounts: leave this out, "
                "or take self-managed"
            ),
        )


@rule("rollout", "organization")
def _service_managed_roles_are_alike(settings: Settings, _known: Known) -> Iterator[Found]:
    organization = _organization(settings)
    if organization is None or settings.rollout != "service-managed":
        return
    for number, account in enumerate(settings.accounts):
        if account.id in (settings.receiver, organization.management_account):
            continue
        for name, value in (("role_arn", account.role_arn), ("external_id", account.external_id)):
            if value and value != AMBIENT:
                yield (
                    ("accounts", number, name),
                    (
                        "a service-managed stack set makes the audit roles of all members alike: take it out, and say it "
                        "for all with audit_role and external_id"
                    ),
                )


@rule("external_id", "accounts", "organization", "receiver", "runner", warning=True)
def _external_ids_are_there(settings: Settings, _known: Known) -> Iterator[Found]:
    """A third party could stand wherever the roles are assumed from another account than their own."""
    home = settings.runner.split(":")[4] if settings.runner else settings.receiver
    without = [
        each.id
        for each in settings.accounts
        if each.id != home and each.role_arn != AMBIENT and not each.external_id
    ]
    if not settings.external_id and (without or _organization(settings) is not None):
        yield (
            ("external_id",),
            (
                f"is missing: without it whoever may assume roles from {home} can be led to enter an account for somebody "
                "else, so the set-up asks for one; choose any word"
            ),
        )


@rule("delivery", "organization", "accounts", "publishers", "receiver")
def _direct_delivery_fits_the_queue_policy(settings: Settings, _known: Known) -> Iterator[Found]:
    others = [each for each in _publishers_by_hand(settings) if each.id != settings.receiver]
    if (
        settings.delivery == "direct"
        and len(others) > MOST_DIRECT_PUBLISHERS
        and _organization(settings) is None
    ):
        yield (
            ("delivery",),
            (
                f"direct delivery names every publisher in the queues' policies, which take {MOST_DIRECT_PUBLISHERS}, and "
                f"there are {len(others)}: add organization, so that it is named instead, or take bus"
            ),
        )


@rule()
def _exclusions_exclude(settings: Settings, _known: Known) -> Iterator[Found]:
    organization = _organization(settings)
    if organization is None:
        return
    units = () if organization.units == ALL else organization.units
    for number, excluded in enumerate(organization.exclude):
        path: Path = ("organization", "exclude", number)
        if excluded in settings.account_ids:
            yield path, f"{excluded} is excluded here and named in accounts: take it out of one of the two"
        elif excluded == settings.receiver:
            yield (
                path,
                f"{excluded} is the receiver, which is always there: name it in accounts with publisher: false",
            )
        if excluded in units:
            yield path, f"{excluded} is excluded here and named in units: take it out of one of the two"


@rule(warning=True)
def _excluded_units_are_not_left_out_later(settings: Settings, _known: Known) -> Iterator[Found]:
    organization = _organization(settings)
    if organization is None or settings.rollout != "service-managed":
        return
    for number, excluded in enumerate(organization.exclude):
        if excluded.startswith("ou-"):
            yield (
                ("organization", "exclude", number),
                (
                    f"an account that comes into {excluded} later is rolled out to all the same, since service-managed "
                    "stack sets except accounts alone; name the wanted units in units instead"
                ),
            )
