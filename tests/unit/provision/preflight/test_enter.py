"""Why an account cannot be entered, told apart as far as AWS tells it apart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.aws.caller import AMBIENT
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight.check import Check, Outcome
from liveaudit.provision.preflight.enter import enter, who_runs
from tests.support.answers import Answers, answered, denied
from tests.support.installations import RECEIVER, SHOP, installation

GIVEN = installation()
ROLE = f"arn:aws:iam::{SHOP}:role/MVC_for_AWS_role"
OWN_ROLE = f"arn:aws:iam::{RECEIVER}:role/MVC_for_AWS_role"
RUNNER = f"arn:aws:iam::{RECEIVER}:role/liveaudit"
SESSION = f"arn:aws:sts::{RECEIVER}:assumed-role/liveaudit/ann"
REFUSED = denied(
    f"AssumeRole {ROLE}", f"User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
)


def trust(principal: Any, **conditions: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if conditions:
        statement["Condition"] = {"StringEquals": conditions}
    return {"Role": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}}


def told(answers: dict[Any, Any], account: str = SHOP, given: Installation = GIVEN) -> Check:
    cloud = Answers({(AMBIENT, "GetCallerIdentity"): {"Account": RECEIVER, "Arn": SESSION}, **answers})

    async def run() -> Check:
        runner = await who_runs(cloud, given)
        if isinstance(runner, Check):
            return runner
        return await enter(cloud, given, given.account(account), runner)

    return asyncio.run(run())


ENTERED = {(SHOP, "GetCallerIdentity"): {"Account": SHOP, "Arn": f"{ROLE}/x"}}
GUARDED = trust({"AWS": RECEIVER}, **{"sts:ExternalId": "word-of-shop"})


def test_entered() -> None:
    found = told({**ENTERED, (SHOP, "GetRole"): GUARDED})
    assert (found.outcome, found.reason, found.command) == (Outcome.OK, "", "")


@pytest.mark.parametrize(
    ("seen", "outcome", "reason"),
    [
        (trust({"AWS": RECEIVER}), Outcome.WARNING, "without asking for an external id"),
        (trust("*", **{"sts:ExternalId": "x"}), Outcome.FAILED, "trusts every AWS account"),
        (denied(), Outcome.OK, "its trust was not looked at: GetRole was denied"),
        ({"Role": {"AssumeRolePolicyDocument": "{"}}, Outcome.OK, "its trust cannot be read: not JSON"),
    ],
)
def test_entered_but(seen: Any, outcome: Outcome, reason: str) -> None:
    found = told({**ENTERED, (SHOP, "GetRole"): seen})
    assert found.outcome is outcome
    assert reason in found.reason


def test_the_role_of_another_account() -> None:
    found = told({(SHOP, "GetCallerIdentity"): {"Account": "999999999999", "Arn": "x"}})
    assert found.outcome is Outcome.FAILED
    assert f"opens account 999999999999, not {SHOP}" in found.reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            AwsCallError(Kind.UNAVAILABLE, "NoCredentialsError", "Unable to locate", "x"),
            "do not work (NoCredentials",
        ),
        (denied(code="ExpiredToken"), "have run out: sign in again"),
        (denied(code="InvalidClientTokenId"), "do not work (InvalidClientTokenId"),
        (
            AwsCallError(Kind.UNAVAILABLE, "ConnectTimeoutError", "x", "x"),
            "could not be tried (ConnectTimeout",
        ),
    ],
)
def test_no_credentials(error: AwsCallError, reason: str) -> None:
    found = told({(AMBIENT, "GetCallerIdentity"): error})
    assert found.outcome is Outcome.FAILED
    assert reason in found.reason
    assert found.command == "aws sts get-caller-identity"


SIMULATED = {"EvaluationResults": [{"EvalActionName": "sts:AssumeRole", "EvalDecision": "allowed"}]}
NOT_SIMULATED = {"EvaluationResults": [{"EvalActionName": "sts:AssumeRole", "EvalDecision": "implicitDeny"}]}


def test_the_callers_own_policies() -> None:
    found = told({(SHOP, "GetCallerIdentity"): REFUSED, (AMBIENT, "SimulatePrincipalPolicy"): NOT_SIMULATED})
    assert found.reason.startswith(f"{RUNNER} may not sts:AssumeRole on {ROLE}")
    assert found.who == f"whoever administers {RUNNER}"
    because = "because no identity-based policy allows the sts:AssumeRole action"
    found = told({(SHOP, "GetCallerIdentity"): denied("AssumeRole x", because)})
    assert "identity-based policy of the caller refuses it" in found.reason
    found = told(
        {
            (SHOP, "GetCallerIdentity"): denied(
                "AssumeRole x", "with an explicit deny in a service control policy"
            )
        }
    )
    assert found.who == "whoever administers the AWS organization"


@pytest.mark.parametrize(
    ("simulated", "message", "options"),
    [
        (SIMULATED, "", ("there is no role", "its trust does not name", "another external id")),
        (
            denied(),
            "",
            ("there is no role", "its trust", "another external id", "may not sts:AssumeRole on it"),
        ),
        (
            SIMULATED,
            "because no role trust policy allows the sts:AssumeRole action",
            ("its trust does not name", "another external id"),
        ),
    ],
)
def test_what_stays_open_is_said_as_open(simulated: Any, message: str, options: tuple[str, ...]) -> None:
    refused = denied(f"AssumeRole {ROLE}", message or REFUSED.message)
    found = told({(SHOP, "GetCallerIdentity"): refused, (AMBIENT, "SimulatePrincipalPolicy"): simulated})
    assert found.outcome is Outcome.FAILED
    open_ones = found.reason.partition("which of these it is: ")[2].split("; or ")
    assert len(open_ones) == len(options)
    for option, one in zip(options, open_ones, strict=True):
        assert option in one
    assert found.who == f"the owner of account {SHOP} (shop)"
    assert found.command.startswith("aws iam get-role --role-name MVC_for_AWS_role")


def test_no_external_id_in_the_settings() -> None:
    bare = replace(GIVEN, accounts=tuple(replace(each, external_id="") for each in GIVEN.accounts))
    answers = {(SHOP, "GetCallerIdentity"): REFUSED, (AMBIENT, "SimulatePrincipalPolicy"): SIMULATED}
    assert "it asks for an external id, and the settings have none" in told(answers, given=bare).reason


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (answered("NoSuchEntity"), "there is no role MVC_for_AWS_role"),
        (trust({"AWS": SHOP}), f"names {SHOP}, not {RUNNER}"),
        (
            trust({"AWS": RECEIVER}, **{"sts:ExternalId": "another"}),
            "asks for StringEquals sts:ExternalId another, and it has 'word-of-security'",
        ),
        (trust({"AWS": RECEIVER}), "the trust of MVC_for_AWS_role allows it, and yet AssumeRole was denied"),
        ({"Role": {"AssumeRolePolicyDocument": "{"}}, "its trust cannot be read: not JSON"),
        (denied(), "AWS does not say which of these it is"),
    ],
)
def test_in_the_runners_own_account_it_is_certain(seen: Any, reason: str) -> None:
    answers = {
        (RECEIVER, "GetCallerIdentity"): denied(f"AssumeRole {OWN_ROLE}"),
        (AMBIENT, "SimulatePrincipalPolicy"): SIMULATED,
        (AMBIENT, "GetRole"): seen,
    }
    found = told(answers, RECEIVER)
    assert found.outcome is Outcome.FAILED
    assert reason in found.reason


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AwsCallError(Kind.THROTTLED, "Throttling", "Rate exceeded", "AssumeRole x"), Outcome.UNKNOWN),
        (AwsCallError(Kind.UNAVAILABLE, "ConnectTimeoutError", "x", "AssumeRole x"), Outcome.UNKNOWN),
        (answered("ValidationError", "AssumeRole x", "is invalid"), Outcome.FAILED),
        (answered("RegionDisabledException", "AssumeRole x"), Outcome.FAILED),
    ],
)
def test_other_answers(error: AwsCallError, outcome: Outcome) -> None:
    found = told({(SHOP, "GetCallerIdentity"): error})
    assert found.outcome is outcome
    assert error.code in found.reason


def test_a_runner_with_a_path_is_known_by_its_declaration() -> None:
    declared = replace(GIVEN, runner=f"arn:aws:iam::{RECEIVER}:role/ci/liveaudit")
    answers = {(SHOP, "GetCallerIdentity"): REFUSED, (AMBIENT, "SimulatePrincipalPolicy"): SIMULATED}
    assert f"its trust does not name {declared.runner};" in told(answers, given=declared).reason
    other = replace(GIVEN, runner=f"arn:aws:iam::{RECEIVER}:role/ci/another")
    assert f"its trust does not name {RUNNER};" in told(answers, given=other).reason
