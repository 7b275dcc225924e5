"""Settings resolved: accounts of an organization, enabled regions, and everything that stands in the way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from liveaudit.aws.caller import RoleToAssume
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision.installation import (
    Delivery,
    Installation,
    Organization,
    RoleMaker,
    Rollout,
    SetupError,
)
from liveaudit.provision.resolve import Problem, Resolved, declared, resolve, role_of
from liveaudit.services import load
from liveaudit.settings import Settings, parse
from tests.support.organizations import (
    BANK,
    LABS,
    MANAGEMENT,
    OLD,
    RECEIVER,
    ROOT,
    SALES,
    SHOP,
    SHOPS,
    FakeAws,
    denied,
)

US, EU, SOUTH = "us-east-1", "eu-west-1", "eu-south-1"
STRANGER = "5" * 12


def given(**change: Any) -> Settings:
    return parse({"receiver": RECEIVER, "regions": [US, EU], "external_id": "word"} | change)


def resolved(settings: Settings, aws: FakeAws | None = None) -> Resolved:
    return asyncio.run(resolve(settings, aws or FakeAws(), catalog=load()[0]))


def ids(installation: Installation) -> list[str]:
    return [each.id for each in installation.accounts]


def told(result: Resolved) -> list[str]:
    return [str(each) for each in result.problems]


def test_what_the_settings_say_is_taken_over_without_a_call() -> None:
    settings = given(
        accounts=[
            {"id": RECEIVER, "name": "security", "publisher": False, "role_arn": "none"},
            {"id": SHOP, "external_id": "another", "regions": [EU]},
            {"id": BANK, "role_arn": f"arn:aws:iam::{BANK}:role/audit/reader"},
        ],
        regions=[US, EU],
        delivery="direct",
        forwarding_role="stack-set",
        services=["s3"],
        runner=f"arn:aws:iam::{RECEIVER}:role/runner",
        queue="nrt-events",
        audit_role="auditor",
    )
    aws = FakeAws()
    result = resolved(settings, aws)
    assert not aws.calls
    assert result.problems == ()
    made = result.installation
    assert made == declared(settings)
    receiver, shop, bank = made.accounts
    assert (receiver.name, receiver.publishes, receiver.ambient) == ("security", False, True)
    assert (shop.external_id, shop.regions, shop.audit_role, shop.audit_role_arn) == (
        "another",
        (EU,),
        "auditor",
        "",
    )
    assert (bank.external_id, bank.regions, bank.audit_role) == ("word", (EU, US), "reader")
    assert [made.role_to_assume(each.id) for each in made.accounts] == [
        "",
        f"arn:aws:iam::{SHOP}:role/auditor",
        f"arn:aws:iam::{BANK}:role/audit/reader",
    ]
    assert [each.id for each in made.other_publishers] == [SHOP, BANK]
    assert (made.delivery, made.rollout, made.forwarding_role) == (
        Delivery.DIRECT,
        Rollout.SELF_MANAGED,
        RoleMaker.STACK_SET,
    )
    assert (made.services, made.runner, made.queue) == (
        ("s3",),
        f"arn:aws:iam::{RECEIVER}:role/runner",
        "nrt-events",
    )
    assert (made.organization, made.undetermined) == (None, ())


def test_how_accounts_are_entered() -> None:
    settings = given(
        accounts=[
            {"id": RECEIVER, "role_arn": "none"},
            {"id": BANK, "role_arn": f"arn:aws:iam::{BANK}:role/x", "external_id": "yy"},
        ]
    )
    assert role_of(settings, RECEIVER) == RoleToAssume()
    assert role_of(settings, BANK) == RoleToAssume(f"arn:aws:iam::{BANK}:role/x", "yy")
    usual = RoleToAssume(f"arn:aws:iam::{SHOP}:role/MVC_for_AWS_role", "word")
    assert role_of(settings, SHOP) == usual, (
        "an account of the organization is never entered with ambient credentials"
    )


def test_publishers_are_those_named() -> None:
    accounts = [{"id": RECEIVER}, {"id": SHOP}, {"id": BANK, "publisher": False}]
    everybody = declared(given(accounts=accounts))
    assert [each.id for each in everybody.publishers] == [RECEIVER, SHOP]
    assert [each.id for each in declared(given(accounts=accounts, publishers=[SHOP])).publishers] == [SHOP]


def test_regions_need_a_queue_where_somebody_publishes_only() -> None:
    accounts = [{"id": RECEIVER}, {"id": SHOP, "regions": [EU]}]
    assert declared(given(accounts=accounts, publishers=[SHOP])).regions == (EU,)


def test_enabled_regions_are_asked_of_each_account() -> None:
    aws = FakeAws(regions={RECEIVER: (US, EU, SOUTH), SHOP: (US, SOUTH), BANK: (US,)})
    settings = given(accounts=[{"id": RECEIVER}, {"id": SHOP}, {"id": BANK, "regions": [EU]}], regions="all")
    before = declared(settings)
    assert before.undetermined == (RECEIVER, SHOP)
    made = resolved(settings, aws)
    assert made.problems == ()
    assert [each.regions for each in made.installation.accounts] == [(SOUTH, EU, US), (SOUTH, US), (EU,)]
    assert made.installation.undetermined == ()
    assert aws.calls == {(RECEIVER, "DescribeRegions"): 1, (SHOP, "DescribeRegions"): 1}


def test_regions_that_are_not_enabled_do_not_count() -> None:
    class Opting(FakeAws):
        def _regions(self, account: str) -> dict[str, Any]:
            further = {"RegionName": SOUTH, "OptInStatus": "not-opted-in"}
            return {"Regions": [*super()._regions(account)["Regions"], further]}

    made = resolved(given(accounts=[{"id": RECEIVER}], regions="all"), Opting())
    assert made.installation.regions == (EU, US)


def test_a_region_that_the_receiver_has_not_enabled_is_left_out_and_told() -> None:
    aws = FakeAws(regions=dict.fromkeys((SHOP, BANK, STRANGER, OLD), (US, SOUTH)))
    publishers = [{"id": each} for each in (RECEIVER, SHOP, BANK, STRANGER, OLD)]
    accounts = [*publishers, {"id": MANAGEMENT, "publisher": False}]
    aws.regions[MANAGEMENT] = (US, SOUTH)
    made = resolved(given(accounts=accounts, regions="all"), aws)
    (problem,) = made.problems
    assert (problem.account, problem.region) == (RECEIVER, SOUTH)
    assert f"the events of {SHOP}, {BANK}, {OLD} and 1 more there" in problem.reason
    assert "aws account enable-region --region-name eu-south-1" in problem.reason
    assert made.installation.regions == (EU, US)
    assert made.installation.account(SHOP).regions == (US,)
    assert made.installation.account(MANAGEMENT).regions == (SOUTH, US), (
        "it is swept only, nothing is to be received"
    )


def test_the_receiver_is_asked_when_anybody_is() -> None:
    aws = FakeAws(regions={SHOP: (US, SOUTH)})
    settings = given(accounts=[{"id": RECEIVER, "regions": [US]}, {"id": SHOP}], regions="all")
    made = resolved(settings, aws)
    assert aws.calls[RECEIVER, "DescribeRegions"] == 1
    assert [each.region for each in made.problems] == [SOUTH]
    assert made.installation.account(RECEIVER).regions == (US,)


ASSUME = AwsCallError(Kind.DENIED, "AccessDenied", "not authorized", f"AssumeRole arn:aws:iam::{SHOP}:role/x")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ASSUME, f"its owner makes arn:aws:iam::{SHOP}:role/MVC_for_AWS_role (liveaudit iam prints it)"),
        (denied("DescribeRegions", "UnauthorizedOperation"), "allow ec2:DescribeRegions to its audit role"),
        (AwsCallError(Kind.THROTTLED, "Throttling", "slow", "DescribeRegions"), ": try again"),
        (AwsCallError(Kind.UNAVAILABLE, "ConnectError", "gone", "DescribeRegions"), ": try again"),
        (AwsCallError(Kind.ANSWER, "Strange", "new", "DescribeRegions"), "name its regions in the settings"),
    ],
)
def test_an_account_that_cannot_be_asked_holds_up_nobody(error: AwsCallError, words: str) -> None:
    aws = FakeAws(fails={(SHOP, "DescribeRegions"): error})
    made = resolved(given(accounts=[{"id": each} for each in (RECEIVER, SHOP, BANK)], regions="all"), aws)
    (problem,) = made.problems
    assert (problem.account, problem.region) == (SHOP, "")
    assert words in problem.reason
    assert str(error) in problem.reason
    assert made.installation.undetermined == (SHOP,)
    assert made.installation.account(SHOP).regions == ()
    assert made.installation.account(BANK).regions == (EU, US)


def test_without_the_receiver_nothing_is_known() -> None:
    aws = FakeAws(fails={(RECEIVER, "DescribeRegions"): denied("DescribeRegions")})
    with pytest.raises(SetupError, match=f"the receiver {RECEIVER}: its enabled regions are not known"):
        resolved(given(accounts=[{"id": RECEIVER}, {"id": SHOP}], regions="all"), aws)


def test_what_is_no_error_of_aws_comes_through() -> None:
    class Broken(FakeAws):
        def _regions(self, account: str) -> dict[str, Any]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        resolved(given(accounts=[{"id": RECEIVER}], regions="all"), Broken())


def test_an_organization_before_it_is_looked_up() -> None:
    """As the documents of the receiver need it, with which it may be looked up."""
    made = declared(given(organization={"units": [SALES], "management_account": MANAGEMENT}))
    assert made.organization == Organization("", MANAGEMENT, (SALES,), by_delegated_administrator=True)
    assert ids(made) == [RECEIVER]
    assert declared(given(organization={})).organization == Organization("")


def test_a_whole_organization() -> None:
    aws = FakeAws()
    made = resolved(given(organization={}), aws)
    assert ids(made.installation) == [RECEIVER, SHOP, BANK, MANAGEMENT]
    assert told(made) == [f"{OLD}: is SUSPENDED in the organization, and left out"]
    assert made.installation.account(SHOP).name == f"name of {SHOP}"
    assert made.installation.account(SHOP).external_id == "word"
    assert made.installation.organization == Organization(
        "o-exampleorg1", MANAGEMENT, by_delegated_administrator=True
    )
    assert aws.calls == {(RECEIVER, "DescribeOrganization"): 1, (RECEIVER, "ListAccounts"): 1}


def test_the_management_account_as_receiver_is_no_delegated_administrator() -> None:
    class Management(FakeAws):
        async def call(self, account: str, *rest: Any, **more: Any) -> Any:
            assert account == MANAGEMENT
            return await super().call(RECEIVER, *rest, **more)

    made = resolved(given(receiver=MANAGEMENT, organization={"units": [LABS]}), Management())
    assert made.installation.organization == Organization("o-exampleorg1", MANAGEMENT, (LABS,))


def test_units_with_all_units_in_them() -> None:
    aws = FakeAws()
    made = resolved(given(organization={"units": [SALES, SHOPS]}), aws)
    assert ids(made.installation) == [SHOP, RECEIVER]
    assert not made.installation.receiving_account.publishes, "it is in none of the units"
    assert [each.id for each in made.installation.publishers] == [SHOP]
    assert made.problems == ()
    assert aws.calls[RECEIVER, "ListAccountsForParent"] == 2, (
        "a unit named twice, once by itself, is asked once"
    )
    assert made.installation.organization is not None
    assert made.installation.organization.targets == (SALES, SHOPS)


def test_exclusions_by_account_and_by_unit() -> None:
    aws = FakeAws()
    made = resolved(given(organization={"exclude": [MANAGEMENT, SALES, STRANGER]}), aws)
    assert ids(made.installation) == [RECEIVER, BANK]
    assert made.installation.organization is not None
    assert made.installation.organization.excluded_accounts == (SHOP, MANAGEMENT)
    assert [each.account for each in made.problems] == [OLD, STRANGER]
    assert "organization.exclude names it, but it is none of the accounts" in made.problems[1].reason
    inner = resolved(given(organization={"units": [ROOT], "exclude": [SHOPS]}))
    assert SHOP not in ids(inner.installation)
    assert BANK in ids(inner.installation)


def test_by_hand_is_preferred_to_the_organization() -> None:
    accounts = [
        {"id": SHOP, "name": "shop", "external_id": "own", "regions": [EU]},
        {"id": STRANGER},
        {"id": OLD},
    ]
    made = resolved(given(organization={}, accounts=accounts))
    assert ids(made.installation) == [SHOP, STRANGER, RECEIVER, BANK, MANAGEMENT]
    shop = made.installation.account(SHOP)
    assert (shop.name, shop.external_id, shop.regions) == ("shop", "own", (EU,))
    assert [each.account for each in made.problems] == [OLD], (
        "a suspended account cannot be entered by hand either"
    )


def test_publishers_that_the_organization_does_not_have() -> None:
    made = resolved(given(organization={}, publishers=[SHOP, STRANGER]))
    assert [each.id for each in made.installation.publishers] == [SHOP]
    assert Problem(
        STRANGER, "", "publishers names it, but it is none of the accounts: add it or correct it"
    ) in (made.problems)


def test_an_organization_of_which_nothing_is_left() -> None:
    aws = FakeAws(members={ROOT: (), SALES: (), SHOPS: (), LABS: ()})
    assert told(resolved(given(organization={"units": [LABS]}), aws)) == [
        "no account publishes: there is nothing to watch",
        "organization: no account is left: check units and exclude",
    ]


def test_service_managed_rolls_out_to_the_root_or_to_the_units() -> None:
    aws = FakeAws()
    made = resolved(given(organization={}, rollout="service-managed"), aws)
    assert made.installation.forwarding_role is RoleMaker.STACK_SET
    assert made.installation.organization is not None
    assert made.installation.organization.targets == (ROOT,)
    assert aws.calls[RECEIVER, "ListRoots"] == 1
    accounts = [
        {"id": SHOP},
        {"id": BANK},
        {"id": MANAGEMENT},
        {"id": RECEIVER},
        {"id": STRANGER, "publisher": False},
    ]
    made = resolved(given(organization={"units": [SALES]}, rollout="service-managed", accounts=accounts))
    (problem,) = made.problems
    assert problem.account == BANK
    assert "service-managed stack sets do not reach it; add its unit to organization.units" in problem.reason


def test_what_is_said_of_the_organization_is_not_asked_for() -> None:
    aws = FakeAws()
    said = {"id": "o-exampleorg1", "management_account": MANAGEMENT}
    assert resolved(given(organization=said), aws).installation.organization == Organization(
        "o-exampleorg1", MANAGEMENT, by_delegated_administrator=True
    )
    assert (RECEIVER, "DescribeOrganization") not in aws.calls


@pytest.mark.parametrize(
    ("organization", "fails", "words"),
    [
        (
            {"id": "o-other12345"},
            {},
            "organization.id: the settings say o-other12345, but the organization of 1111",
        ),
        ({"management_account": SHOP}, {}, f"organization.management_account: the settings say {SHOP}, but"),
        (
            {"units": [SALES, "ou-ab12-99999999"]},
            {},
            "organization.units: ou-ab12-99999999: is not in the organization",
        ),
        (
            {"exclude": ["ou-ab12-99999999"]},
            {},
            "organization.exclude: ou-ab12-99999999: is not in the organization",
        ),
        (
            {},
            {"ListAccounts": denied("ListAccounts")},
            "aws organizations register-delegated-administrator --account-id",
        ),
        (
            {"units": [SALES]},
            {"ListAccountsForParent": denied("x")},
            "allow organizations:DescribeOrganization, organiz",
        ),
        (
            {},
            {"DescribeOrganization": AwsCallError(Kind.ANSWER, "AWSOrganizationsNotInUseException", "", "x")},
            f"organization: {RECEIVER} is in no organization: take organization out",
        ),
        (
            {},
            {"ListAccounts": AwsCallError(Kind.THROTTLED, "TooManyRequestsException", "", "x")},
            ": try again",
        ),
        (
            {},
            {"ListAccounts": AwsCallError(Kind.ANSWER, "Strange", "", "x")},
            "could not be listed: x: Strange",
        ),
        (
            {},
            {"DescribeOrganization": ASSUME},
            f"the receiver {RECEIVER} cannot be entered to list the accounts: Assume",
        ),
    ],
)
def test_an_organization_that_is_not_known_whole_is_an_error(
    organization: dict[str, Any], fails: dict[str, AwsCallError], words: str
) -> None:
    aws = FakeAws(fails={(RECEIVER, operation): error for operation, error in fails.items()})
    with pytest.raises(SetupError) as raised:
        resolved(given(organization=organization), aws)
    assert words in str(raised.value)


def test_services_that_are_not_covered() -> None:
    with pytest.raises(SetupError, match=r"services: s4 is not covered; there are .*\bec2, "):
        resolved(given(accounts=[{"id": RECEIVER}], services=["s3", "s4"]))
