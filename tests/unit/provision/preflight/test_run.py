"""All checks together: nothing is left out, and what one account lacks holds up nobody."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.aws.caller import AMBIENT
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.provision.installation import Installation, Organization, Rollout
from liveaudit.provision.preflight.check import REGIONAL, Check, Name, Outcome, worst
from liveaudit.provision.preflight.run import Preflight, failures, mends
from liveaudit.services import load
from tests.support.answers import Answers, answered, denied
from tests.support.installations import BANK, MANAGEMENT, RECEIVER, SHOP, installation, variants

CATALOG, POLICIES = load()
HOME, SOUTH = "us-east-1", "eu-south-1"


def cloud(given: Installation, changed: Mapping[Any, Any] | None = None) -> Answers:
    """AWS with everything as it should be, but for what is changed."""
    roles = {
        (each.account, role.name): {"AssumeRolePolicyDocument": json.dumps(role.trust), "Path": role.path}
        for each in documents(given, CATALOG, POLICIES).accounts
        for role in each.roles
    }
    trails = {
        "trailList": [{"Name": "t", "TrailARN": "arn:aws:cloudtrail:us-east-1:1:trail/t", "HomeRegion": HOME}]
    }
    stack_set_missing = answered("StackSetNotFoundException")

    def role(account: str, _region: str, params: Mapping[str, Any]) -> Any:
        key = (account, params["RoleName"])
        return {"Role": roles[key]} if key in roles else answered("NoSuchEntity")

    def allowed(_account: str, _region: str, params: Mapping[str, Any]) -> Any:
        return {
            "EvaluationResults": [
                {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": "allowed"}
                for action in params["ActionNames"]
                for resource in params.get("ResourceArns", ["*"])
            ]
        }

    regions = [{"RegionName": each, "OptInStatus": "opted-in"} for each in given.regions]
    answers: dict[Any, Any] = {
        (AMBIENT, "GetCallerIdentity"): {"Account": RECEIVER, "Arn": f"arn:aws:iam::{RECEIVER}:user/ann"},
        "GetCallerIdentity": lambda account, _r, _p: {"Account": account, "Arn": "x"},
        "GetRole": role,
        "SimulatePrincipalPolicy": allowed,
        "AssumeRole": {"Credentials": {}},
        "DescribeRegions": {"Regions": regions},
        "DescribeTrails": trails,
        "GetTrailStatus": {"IsLogging": True},
        "GetEventSelectors": {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]},
        "DescribeEventBus": {"Name": "default"},
        "RemovePermission": answered("ResourceNotFoundException"),
        "DescribeStackSet": stack_set_missing,
        "UpdateStackSet": stack_set_missing,
        "DeleteStackInstances": stack_set_missing,
        "GetQueueUrl": {"QueueUrl": "q"},
        "DeleteMessage": answered("ReceiptHandleIsInvalid"),
        "DescribeOrganizationsAccess": {"Status": "ENABLED"},
        "ListDelegatedAdministrators": {"DelegatedAdministrators": [{"Id": RECEIVER}]},
    }
    return Answers({**answers, **(changed or {})})


async def no_reads(_account: str, _region: str, *, every: bool) -> Mapping[tuple[str, str], str]:
    return (
        {("s3", "ListBuckets"): ""} if not every else {("s3", "ListBuckets"): "", ("s3", "GetBucketAcl"): ""}
    )


def run(given: Installation, changed: Mapping[Any, Any] | None = None, **more: Any) -> list[Check]:
    seen: list[Check] = []
    preflight = Preflight(
        given, cloud(given, changed), CATALOG, POLICIES, no_reads, on_check=seen.append, **more
    )
    checks = asyncio.run(preflight.run())
    assert [(each.account, each.region, each.name) for each in checks] == preflight.expected()
    assert sorted(map(str, seen)) == sorted(map(str, checks)), "each is told once"
    return checks


def one(checks: list[Check], account: str, name: Name, region: str | None = None) -> Check:
    (found,) = [each for each in checks if (each.account, each.name, each.region) == (account, name, region)]
    return found


@pytest.mark.parametrize("kind", sorted(variants()))
def test_everything_is_well(kind: str) -> None:
    given = variants()[kind]
    if given.receiver != RECEIVER:  # the delegated administrator of the answers
        given = replace(given, organization=Organization("o-exampleorg1", MANAGEMENT, ("r-ab12",)))
    checks = run(given)
    assert failures(checks) == []
    assert {each.outcome for each in checks} <= {Outcome.OK, Outcome.NOT_NEEDED}
    assert one(checks, given.receiver, Name.RECEIVER_PERMISSIONS).outcome is Outcome.OK
    assert one(checks, given.receiver, Name.AUDIT_PERMISSIONS).reason.endswith("1 of them tried")


def refused(account: str) -> dict[Any, Any]:
    return {
        (account, "GetCallerIdentity"): denied("AssumeRole x"),
        (AMBIENT, "SimulatePrincipalPolicy"): denied(),
    }


def test_one_account_holds_up_nobody() -> None:
    checks = run(installation(), refused(SHOP))
    assert one(checks, SHOP, Name.ENTER).outcome is Outcome.FAILED
    shops = [each for each in checks if each.account == SHOP and each.name is not Name.ENTER]
    assert {each.outcome for each in shops} == {Outcome.UNKNOWN}
    assert failures([each for each in checks if each.account != SHOP]) == []


def test_without_credentials_everything_is_unknown() -> None:
    error = AwsCallError(Kind.UNAVAILABLE, "NoCredentialsError", "Unable to locate credentials", "x")
    checks = run(installation(), {(AMBIENT, "GetCallerIdentity"): error})
    assert one(checks, RECEIVER, Name.ENTER).outcome is Outcome.FAILED
    assert {each.outcome for each in checks} == {Outcome.FAILED, Outcome.UNKNOWN}


def test_an_account_whose_role_the_stack_set_brings_is_only_told() -> None:
    given = variants()["service-managed"]
    checks = run(given, refused(SHOP))
    entered = one(checks, SHOP, Name.ENTER)
    assert entered.outcome is Outcome.WARNING
    assert "setup apply brings the audit role by stack set" in entered.reason
    assert failures(checks) == []
    assert one(run(given), SHOP, Name.AUDIT_PERMISSIONS).outcome is Outcome.NOT_NEEDED


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        ({"DescribeOrganizationsAccess": {"Status": "DISABLED"}}, Outcome.FAILED, "no trusted access"),
        (
            {"ListDelegatedAdministrators": {"DelegatedAdministrators": []}},
            Outcome.FAILED,
            "no delegated administrator",
        ),
        (
            {"ListDelegatedAdministrators": denied()},
            Outcome.UNKNOWN,
            "ListDelegatedAdministrators was denied",
        ),
    ],
)
def test_the_organization(changed: dict[Any, Any], outcome: Outcome, reason: str) -> None:
    found = one(run(variants()["service-managed"], changed), RECEIVER, Name.ORGANIZATION)
    assert found.outcome is outcome
    assert reason in found.reason
    assert found.who


def test_service_managed_without_an_organization() -> None:
    given = replace(installation(), rollout=Rollout.SERVICE_MANAGED)
    found = one(run(given), RECEIVER, Name.ORGANIZATION)
    assert (found.outcome, found.who) == (Outcome.FAILED, "whoever keeps the settings")


def regions(*names_of: str, off: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "Regions": [
            {"RegionName": each, "OptInStatus": "not-opted-in" if each in off else "opt-in-not-required"}
            for each in names_of
        ]
    }


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        (
            {(SHOP, "DescribeRegions"): regions(HOME, SOUTH, off=(SOUTH,))},
            Outcome.FAILED,
            f"not enabled in {SHOP}",
        ),
        (
            {(RECEIVER, "DescribeRegions"): regions(HOME, SOUTH, off=(SOUTH,))},
            Outcome.FAILED,
            f"not enabled in {RECEIVER}",
        ),
        ({(SHOP, "DescribeRegions"): regions(HOME)}, Outcome.FAILED, f"there is no region {SOUTH}"),
        ({(SHOP, "DescribeRegions"): denied()}, Outcome.UNKNOWN, "DescribeRegions was denied"),
    ],
)
def test_regions(changed: dict[Any, Any], outcome: Outcome, reason: str) -> None:
    checks = run(installation(), changed)
    found = one(checks, SHOP, Name.REGION, SOUTH)
    assert found.outcome is outcome
    assert reason in found.reason
    assert one(checks, SHOP, Name.REGION, HOME).outcome is (
        Outcome.OK if outcome is Outcome.FAILED else Outcome.UNKNOWN
    )
    if outcome is Outcome.FAILED:
        assert one(checks, SHOP, Name.TRAIL, SOUTH).reason == "the region is not enabled"


def test_the_command_that_enables_a_region() -> None:
    changed = {(SHOP, "DescribeRegions"): regions(HOME, SOUTH, off=(SOUTH,))}
    found = one(run(installation(), changed), SHOP, Name.REGION, SOUTH)
    assert found.command == f"aws account enable-region --region-name {SOUTH}"


def test_without_the_home_region_global_services_are_blind() -> None:
    given = installation()
    south = replace(given, accounts=tuple(replace(each, regions=(SOUTH,)) for each in given.accounts))
    found = one(run(south), SHOP, Name.HOME)
    assert found.outcome is Outcome.FAILED
    assert re.match(r"changes of .*\biam\b.* become events in us-east-1 only", found.reason)
    assert "add us-east-1 to the regions" in found.who
    assert one(run(replace(south, services=("s3",))), SHOP, Name.HOME).outcome is Outcome.NOT_NEEDED


def statement(sid: str, length: int) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": "events:PutEvents",
        "Resource": "x" * length,
    }


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (
            {"Policy": json.dumps({"Statement": [statement("theirs", 10_000)]})},
            Outcome.FAILED,
            "cannot take 2 publishers",
        ),
        ({"Policy": json.dumps({"Statement": [statement("theirs", 8_000)]})}, Outcome.OK, "2 statements"),
        ({"Policy": "{"}, Outcome.FAILED, "cannot be understood"),
        (denied(), Outcome.UNKNOWN, "DescribeEventBus was denied"),
    ],
)
def test_room_for_the_grants(answer: Any, outcome: Outcome, reason: str) -> None:
    found = one(run(installation(), {"DescribeEventBus": answer}), RECEIVER, Name.ROOM, SOUTH)
    assert found.outcome is outcome
    assert reason in found.reason


def test_harmless_calls_confirm_and_refute() -> None:
    changed = {"UpdateStackSet": denied(message="with an explicit deny in a service control policy")}
    found = one(run(installation(), changed), RECEIVER, Name.RECEIVER_PERMISSIONS)
    assert found.outcome is Outcome.FAILED
    assert found.reason.startswith("lacks cloudformation:UpdateStackSet (refused by a service control policy")
    assert found.who == "whoever administers the AWS organization"
    unsure = {"SimulatePrincipalPolicy": denied()}
    found = one(run(installation(), unsure), RECEIVER, Name.RECEIVER_PERMISSIONS)
    assert found.outcome is Outcome.UNKNOWN
    assert "events:RemovePermission" not in found.reason, "that one was tried"


def test_a_queue_that_is_not_there_proves_nothing() -> None:
    given = cloud(
        installation(), {"GetQueueUrl": answered("QueueDoesNotExist"), "SimulatePrincipalPolicy": denied()}
    )
    preflight = Preflight(installation(), given, CATALOG, POLICIES, no_reads)
    asyncio.run(preflight.run())
    assert not [key for key in given.calls if key[2] == "sqs:DeleteMessage"]


def test_every_read_is_tried_where_nothing_can_be_simulated_or_when_asked_to() -> None:
    asked: list[bool] = []

    async def reads(_account: str, _region: str, *, every: bool) -> Mapping[tuple[str, str], str]:
        asked.append(every)
        return {}

    for changed, thorough, wanted in (
        ({}, False, False),
        ({}, True, True),
        ({"SimulatePrincipalPolicy": denied()}, False, True),
    ):
        asked.clear()
        preflight = Preflight(
            installation(), cloud(installation(), changed), CATALOG, POLICIES, reads, thorough=thorough
        )
        asyncio.run(preflight.run())
        assert asked == [wanted] * 3


def test_few_calls_an_account() -> None:
    given = installation()
    aws = cloud(given)
    asyncio.run(Preflight(given, aws, CATALOG, POLICIES, no_reads).run())
    per_account = dict.fromkeys((RECEIVER, SHOP, BANK), 0)
    for (account, _, _), number in aws.calls.items():
        if account:
            per_account[account] += number
    assert per_account[SHOP] == per_account[BANK] <= 18
    assert per_account[RECEIVER] <= 30


def test_mends_name_each_command_once() -> None:
    checks = run(installation(), {(SHOP, "GetRole"): answered("NoSuchEntity")})
    found = [each for each in mends(checks) if SHOP in each[0]]
    ((who, command, those),) = found
    assert who == f"the owner of account {SHOP} (shop)"
    assert command.count("liveaudit iam") == 1
    assert {each.name for each in those} == {Name.EXECUTION, Name.FORWARDING}


def test_the_worst_of_several() -> None:
    outcomes = list(Outcome)
    random.Random(3).shuffle(outcomes)
    assert worst(outcomes) is Outcome.FAILED
    assert worst([Outcome.OK, Outcome.NOT_NEEDED]) is Outcome.OK
    assert worst([]) is Outcome.NOT_NEEDED
    assert set(REGIONAL) < set(Name)
    assert names.EXECUTION_ROLE
