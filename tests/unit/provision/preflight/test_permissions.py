"""Permissions: every action of the documents is asked for, and one that is taken away is named."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.aws.errors import AwsCallError
from liveaudit.policies.documents import allowing, parse
from liveaudit.provision.documents import documents
from liveaudit.provision.documents.audit import role_arn
from liveaudit.provision.documents.model import Statement
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight.check import Check, Name, Outcome
from liveaudit.provision.preflight.held import Holding, holdings, judged
from liveaudit.provision.preflight.permissions import May, Permission, Simulator, questions_of
from liveaudit.services import load
from tests.support.answers import Answers, answered, denied
from tests.support.installations import RECEIVER, SHOP, installation, variants


def iam(statements: Sequence[Statement]) -> Any:
    """SimulatePrincipalPolicy of a role that has these statements. Conditions are taken as met."""
    policy = parse({"Version": "2012-10-17", "Statement": [each.document for each in statements]})

    def simulate(_account: str, _region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        results = []
        for action in params["ActionNames"]:
            resources = params.get("ResourceArns", ["*"])
            may = {one: bool(allowing((policy,), action, one)) for one in resources}
            decision = {True: "allowed", False: "implicitDeny"}
            specific = [
                {"EvalResourceName": one, "EvalResourceDecision": decision[yes]} for one, yes in may.items()
            ]
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": resources[0],
                    "EvalDecision": decision[all(may.values())],
                    "ResourceSpecificResults": specific if len(resources) > 1 else [],
                }
            )
        return {"EvaluationResults": results}

    return Answers({"SimulatePrincipalPolicy": simulate})


def all_holdings(given: Installation) -> list[tuple[str, Holding]]:
    return [
        (each.account, holding)
        for each in documents(given, *load()).accounts
        if each.parts != ("runner",)
        for holding in holdings(each, given, role_arn(given, given.account(each.account)))
    ]


def ask(given: Installation, account: str, holding: Holding, statements: Sequence[Statement]) -> Check:
    simulator = Simulator(iam(statements), given)
    found = asyncio.run(simulator.ask(account, holding.role, holding.statements))
    return judged(given, account, holding, found, {})


@pytest.mark.parametrize("kind", sorted(variants()))
def test_what_is_printed_is_enough_and_each_action_is_needed(kind: str) -> None:
    given = variants()[kind]
    found = all_holdings(given)
    assert {holding.name for _, holding in found} >= {Name.AUDIT_PERMISSIONS, Name.RECEIVER_PERMISSIONS}
    rng = random.Random(kind)
    for account, holding in found:
        check = ask(given, account, holding, holding.statements)
        assert check.outcome is Outcome.OK, check
        taken = rng.choice(holding.actions)
        left = [
            replace(each, actions=tuple(action for action in each.actions if action != taken))
            for each in holding.statements
        ]
        check = ask(given, account, holding, [each for each in left if each.actions])
        expected = Outcome.WARNING if taken in holding.optional else Outcome.FAILED
        assert check.outcome is expected, (holding.name, taken)
        assert check.reason.startswith(f"lacks {taken}")


def test_every_action_of_a_statement_is_asked_for_in_few_calls() -> None:
    for kind, given in variants().items():
        for account, holding in all_holdings(given):
            questions = list(questions_of(holding.statements, given, account))
            asked = {
                (action, one) for each in questions for action, those in each.wanted.items() for one in those
            }
            assert {action for action, _ in asked} == set(holding.actions), kind
            assert all("*" not in one for _, one in asked if one != "*")
            assert len(questions) <= 5, (kind, holding.name)


def test_calls_are_cut_where_there_is_too_much_for_one() -> None:
    given = installation()
    accounts = tuple(replace(given.accounts[1], id=f"{number:012d}") for number in range(120))
    large = replace(given, accounts=(given.accounts[0], *accounts))
    roles = Statement("X", ("sts:AssumeRole",), ("arn:aws:iam::*:role/x",), "why")
    reads = Statement("Y", tuple(f"s3:Get{number}" for number in range(250)), ("*",), "why")
    questions = list(questions_of([roles, reads], large, RECEIVER))
    assert [(len(each.wanted), len(each.resources)) for each in questions] == [
        (1, 50),
        (1, 50),
        (1, 20),
        (100, 1),
        (100, 1),
        (50, 1),
    ]


def test_a_resource_is_asked_for_in_every_region_and_account() -> None:
    given = installation()
    statement = Statement("X", ("sts:AssumeRole",), ("arn:aws:iam::*:role/x",), "why")
    (question,) = questions_of([statement], given, RECEIVER)
    assert question.resources == ("arn:aws:iam::222222222222:role/x", "arn:aws:iam::333333333333:role/x")
    statement = Statement("X", ("events:PutRule",), (f"arn:aws:events:*:{SHOP}:rule/a*",), "why")
    (question,) = questions_of([statement], given, SHOP)
    assert question.resources == (
        f"arn:aws:events:eu-south-1:{SHOP}:rule/aliveaudit-preflight",
        f"arn:aws:events:us-east-1:{SHOP}:rule/aliveaudit-preflight",
    )


def test_the_first_and_the_last_region_stand_for_all() -> None:
    given = installation()
    wide = replace(
        given, accounts=tuple(replace(each, regions=("a-1", "b-1", "c-1")) for each in given.accounts)
    )
    statement = Statement("X", ("cloudtrail:GetTrailStatus",), ("arn:aws:cloudtrail:*:*:trail/*",), "why")
    (question,) = questions_of([statement], wide, SHOP)
    assert {tuple(each.split(":")[3:5]) for each in question.resources} == {
        (region, account) for region in ("a-1", "c-1") for account in (SHOP, RECEIVER)
    }


def test_conditions_that_can_be_met_together_share_a_call() -> None:
    def passing(service: str) -> Statement:
        condition = {"StringEquals": {"iam:PassedToService": service}}
        return Statement("X", ("iam:PassRole",), (f"arn:aws:iam::{SHOP}:role/{service}",), "why", condition)

    hello = Statement(
        "Y", ("events:PutEvents",), ("arn:x:y:z:a:b",), "why", {"StringLike": {"events:source": "h*"}}
    )
    questions = list(questions_of([passing("a"), hello, passing("b")], installation(), SHOP))
    assert [sorted(each.wanted) for each in questions] == [
        ["events:PutEvents", "iam:PassRole"],
        ["iam:PassRole"],
    ]
    assert [[one["ContextKeyName"] for one in each.context] for each in questions] == [
        ["iam:PassedToService", "events:source"],
        ["iam:PassedToService"],
    ]


def test_conditions_are_met_by_context() -> None:
    condition: Any = {
        "StringEquals": {"iam:PassedToService": "events.amazonaws.com"},
        "ForAllValues:ArnLike": {"events:TargetArn": ("arn:aws:sqs:*:1:q", "b")},
        "Null": {"events:source": "false"},
        "NumericLessThan": {"aws:x": "3"},
    }
    (question,) = questions_of(
        [Statement("X", ("iam:PassRole",), ("*",), "why", condition)], installation(), SHOP
    )
    assert [
        (each["ContextKeyName"], each["ContextKeyValues"], each["ContextKeyType"])
        for each in question.context
    ] == [
        ("iam:PassedToService", ["events.amazonaws.com"], "string"),
        ("events:TargetArn", ["arn:aws:sqs:liveaudit-preflight:1:q"], "stringList"),
    ]
    assert question.open_keys == ("aws:x",)


HOLDING = Holding(
    Name.AUDIT_PERMISSIONS,
    f"arn:aws:iam::{SHOP}:role/MVC_for_AWS_role",
    (Statement("X", ("s3:GetBucketAcl", "s3:ListAllMyBuckets"), ("*",), "why"),),
)


def simulated(statements: Sequence[Statement], **result: Any) -> list[Permission] | AwsCallError:
    answer = {"EvaluationResults": [{"EvalActionName": "s3:GetBucketAcl", **result}]}
    cloud = Answers({"SimulatePrincipalPolicy": answer})
    return asyncio.run(Simulator(cloud, installation()).ask(SHOP, HOLDING.role, statements))


@pytest.mark.parametrize(
    ("result", "may", "why"),
    [
        ({"EvalDecision": "allowed"}, May.YES, ""),
        ({"EvalDecision": "implicitDeny"}, May.NO, ""),
        ({"EvalDecision": "explicitDeny"}, May.NO, "denied by a statement"),
        (
            {
                "EvalDecision": "implicitDeny",
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
            },
            May.NO,
            "refused by a service control policy of the organization",
        ),
        (
            {
                "EvalDecision": "implicitDeny",
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            },
            May.NO,
            "not within the role's permissions boundary",
        ),
    ],
)
def test_what_a_result_means(result: dict[str, Any], may: May, why: str) -> None:
    found = simulated(HOLDING.statements, **result)
    assert not isinstance(found, AwsCallError)
    assert found[0] == Permission("s3:GetBucketAcl", may, why)
    assert found[1] == Permission("s3:ListAllMyBuckets", May.UNTOLD, "the simulation does not name it")


ON_TWO = Statement("X", ("s3:GetBucketAcl",), ("arn:aws:s3:::a", "arn:aws:s3:::b"), "why")


def specific(**decisions: str) -> dict[str, Any]:
    return {
        "EvalDecision": "implicitDeny",
        "ResourceSpecificResults": [
            {"EvalResourceName": f"arn:aws:s3:::{name}", "EvalResourceDecision": decision}
            for name, decision in decisions.items()
        ],
    }


@pytest.mark.parametrize(
    ("result", "may", "why"),
    [
        (specific(a="allowed", b="allowed", c="explicitDeny"), May.YES, ""),
        (specific(a="allowed", b="explicitDeny"), May.NO, "denied by a statement on arn:aws:s3:::b"),
        (specific(a="allowed", b="implicitDeny"), May.NO, "on arn:aws:s3:::b"),
        (specific(a="allowed"), May.UNTOLD, "the simulation does not name it"),
        (
            {"EvalDecision": "allowed", "EvalResourceName": "arn:aws:s3:::a"},
            May.UNTOLD,
            "the simulation does not name it",
        ),
    ],
)
def test_each_resource_is_looked_at_by_itself(result: dict[str, Any], may: May, why: str) -> None:
    assert simulated([ON_TWO], **result) == [Permission("s3:GetBucketAcl", may, why)]


def judge(found: Any, tried: dict[str, str]) -> Check:
    return judged(installation(), SHOP, HOLDING, found, tried)


def test_what_was_tried_counts_more_than_what_was_simulated() -> None:
    yes = [Permission(each, May.YES) for each in HOLDING.actions]
    no = [Permission(each, May.NO) for each in HOLDING.actions]
    assert judge(yes, {}).reason == "2 actions simulated, 0 of them tried"
    assert judge(no, dict.fromkeys(HOLDING.actions, "")).outcome is Outcome.OK
    refused = judge(
        yes, {"s3:getbucketacl": "AccessDenied: with an explicit deny in a service control policy"}
    )
    assert refused.outcome is Outcome.FAILED
    assert refused.who == "whoever administers the AWS organization"
    other = judge(yes, {"s3:GetBucketAcl": "AccessDenied: no"})
    assert other.reason == "lacks s3:GetBucketAcl (denied when it was tried: AccessDenied: no)"
    assert "liveaudit iam --account" in other.command


def test_what_is_optional_is_a_warning_with_what_it_is_for_and_stops_nothing() -> None:
    needed, spared = (
        Statement("A", ("s3:GetBucketAcl",), ("*",), ""),
        Statement("B", ("cloudtrail:LookupEvents",), ("*",), "Optional: raw events.", optional=True),
    )
    holding = Holding(Name.AUDIT_PERMISSIONS, HOLDING.role, (needed, spared))
    yes, no = Permission("s3:GetBucketAcl", May.YES), Permission("cloudtrail:LookupEvents", May.NO)
    check = judged(installation(), SHOP, holding, [yes, no], {})
    assert (check.outcome, check.outcome.stops) == (Outcome.WARNING, False)
    assert check.reason == "lacks cloudtrail:LookupEvents. Optional: raw events."
    assert "liveaudit iam --account" in check.command
    both = judged(installation(), SHOP, holding, [replace(yes, may=May.NO), no], {})
    assert (both.outcome, both.reason) == (Outcome.FAILED, "lacks s3:GetBucketAcl")
    untold = judged(installation(), SHOP, holding, [yes, replace(no, may=May.UNTOLD)], {})
    assert untold.outcome is Outcome.OK
    twice = Holding(Name.AUDIT_PERMISSIONS, "", (replace(spared, optional=False), spared))
    assert twice.optional == {}, "what is needed elsewhere is not optional"


def test_what_cannot_be_simulated_is_unknown_unless_it_was_tried() -> None:
    error = denied("SimulatePrincipalPolicy")
    unknown = judge(error, {"s3:GetBucketAcl": ""})
    assert unknown.outcome is Outcome.UNKNOWN
    assert (
        "not certain of s3:ListAllMyBuckets (not tried, and the simulation cannot be asked" in unknown.reason
    )
    assert judge(error, dict.fromkeys(HOLDING.actions, "")).outcome is Outcome.OK
    gone = judge(answered("NoSuchEntity", "SimulatePrincipalPolicy"), {})
    assert (gone.outcome, gone.reason) == (Outcome.FAILED, "there is no role MVC_for_AWS_role")


def test_many_missing_actions_are_cut_short() -> None:
    many = [Permission(f"s3:Get{number}", May.NO) for number in range(20)]
    assert judge(many, {}).reason.endswith("and 12 more")
