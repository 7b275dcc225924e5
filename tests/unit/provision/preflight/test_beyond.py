"""What is there by the settings alone: the role of fixes, functions that decide policies, channels."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.aws.caller import AMBIENT
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.deliver.looking import Found, Looked, look
from liveaudit.provision.preflight.channels import Trouble, check_channels
from liveaudit.provision.preflight.check import Check, Outcome
from liveaudit.provision.preflight.enter import Runner
from liveaudit.provision.preflight.fixes import check_fixes
from liveaudit.provision.preflight.functions import check_functions
from liveaudit.settings.shape_of_channel_kinds import S3Settings, SecurityHubSettings, SlackSettings
from liveaudit.settings.shape_of_channels import ChannelSettings
from tests.support.answers import Answers, answered, denied
from tests.support.installations import RECEIVER, SHOP, channels, installation

RUNNER = Runner(RECEIVER, f"arn:aws:iam::{RECEIVER}:user/ann", f"arn:aws:iam::{RECEIVER}:user/ann")
THROTTLED = AwsCallError(Kind.THROTTLED, "Throttling", "slower", "x")
FUNCTION = f"arn:aws:lambda:eu-south-1:{SHOP}:function:judge"
GOOD: Mapping[Any, Any] = {
    "GetTopicAttributes": {"Attributes": {}},
    "DescribeEventBus": {"Name": "told"},
    "GetBucketLocation": {"LocationConstraint": "eu-south-1"},
    "GetSecretValue": {"SecretString": '{"url": "hunter2"}'},
    "GetParameter": {"Parameter": {"Value": "hunter3"}},
    "GetFindings": {"Findings": []},
    "AssumeRole": {"Credentials": {"SecretAccessKey": "hunter4"}},
}


def fixes(answer: Any, role: str = "mends", *, by_stack_set: bool = False) -> tuple[Check, Answers]:
    given = replace(installation(), fix_role=role)
    aws = Answers({(AMBIENT, "AssumeRole"): answer})
    checked = check_fixes(aws, given, given.account(SHOP), RUNNER, by_stack_set=by_stack_set)
    return asyncio.run(checked), aws


def test_the_role_of_fixes_is_assumed_as_it_is_for_a_fix() -> None:
    seen: list[Mapping[str, Any]] = []

    def answer(_account: str, _region: str, params: Mapping[str, Any]) -> Any:
        seen.append(params)
        return {"Credentials": {}}

    assert fixes(answer)[0].outcome is Outcome.OK
    assert (seen[0]["RoleArn"], seen[0]["ExternalId"]) == (f"arn:aws:iam::{SHOP}:role/mends", "word-of-shop")
    off, aws = fixes(answer, role="")
    assert off.outcome is Outcome.NOT_NEEDED
    assert not aws.calls


def test_a_role_of_fixes_that_cannot_be_assumed() -> None:
    refused, _ = fixes(denied())
    assert refused.outcome is Outcome.FAILED
    assert refused.who == f"the owner of account {SHOP} (shop)"
    assert refused.command.startswith(f"liveaudit iam --account {SHOP} ")
    assert fixes(denied(), by_stack_set=True)[0].outcome is Outcome.WARNING
    assert fixes(THROTTLED)[0].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        ({"StatusCode": 204}, Outcome.OK, "1 invoked by a dry run"),
        (denied(), Outcome.FAILED, f"{FUNCTION} may not be invoked"),
        (answered("ResourceNotFoundException"), Outcome.FAILED, f"there is no function {FUNCTION}"),
        (THROTTLED, Outcome.UNKNOWN, "was throttled"),
    ],
)
def test_a_function_is_invoked_by_a_dry_run_alone(answer: Any, outcome: Outcome, reason: str) -> None:
    def dry(_account: str, region: str, params: Mapping[str, Any]) -> Any:
        assert (region, params["InvocationType"]) == ("eu-south-1", "DryRun")
        return answer

    aws = Answers({(SHOP, "Invoke"): dry})
    checked = asyncio.run(check_functions(aws, installation(), SHOP, [FUNCTION]))
    assert checked.outcome is outcome
    assert reason in checked.reason
    other = asyncio.run(check_functions(aws, installation(), RECEIVER, [FUNCTION]))
    assert other.outcome is Outcome.NOT_NEEDED


def looked(given: Sequence[ChannelSettings], changed: Mapping[Any, Any] | None = None) -> list[Looked]:
    aws = Answers({**GOOD, **(changed or {})})
    return asyncio.run(look(given, aws, accounts=(RECEIVER, SHOP), regions=("eu-south-1",)))


def test_everything_that_channels_name_is_there() -> None:
    assert looked(channels()) == []


@pytest.mark.parametrize(
    ("changed", "found", "reason"),
    [
        ({"GetTopicAttributes": answered("NotFoundException")}, Found.WRONG, "topic: sns.topic: "),
        ({"DescribeEventBus": answered("ResourceNotFoundException")}, Found.WRONG, "bus: eventbridge.bus: "),
        ({"GetBucketLocation": answered("NoSuchBucket")}, Found.WRONG, "lake: s3.bucket: "),
        ({"GetBucketLocation": {}}, Found.WRONG, "is in us-east-1: set s3.region to that"),
        ({"GetBucketLocation": denied()}, Found.DENIED, "as liveaudit iam prints it"),
        ({"GetSecretValue": {"SecretString": "hunter2"}}, Found.WRONG, "vault: slack.url: "),
        ({"GetParameter": answered("ParameterNotFound")}, Found.WRONG, "parameter: slack.url: "),
        ({"GetParameter": denied()}, Found.DENIED, "may ssm:GetParameter it"),
        ({"GetFindings": answered("InvalidAccessException")}, Found.WRONG, "hub: security_hub: "),
        ({"GetTopicAttributes": THROTTLED}, Found.UNKNOWN, "run the check again"),
    ],
)
def test_what_is_wrong_is_told_by_channel_and_field(changed: Any, found: Found, reason: str) -> None:
    [told] = looked(channels(), changed)
    assert told.found is found
    assert reason in told.reason
    assert "hunter" not in told.reason


def test_the_role_of_a_security_hub_is_tried_in_each_account() -> None:
    hub = ChannelSettings(name="hubs", security_hub=SecurityHubSettings(role="told", external_id="a-word"))
    told = looked([hub], {"AssumeRole": denied()})
    assert [each.found for each in told] == [Found.DENIED, Found.DENIED]
    assert f"arn:aws:iam::{SHOP}:role/told" in told[1].reason


LAKE = S3Settings(
    bucket="lake",
    region="eu-south-1",
    format="parquet",
    role=f"arn:aws:iam::{SHOP}:role/AmazonSecurityLake-Provider-liveaudit-eu-south-1",
    external_id="a-word",
)


def test_the_role_of_a_bucket_is_tried_in_its_place() -> None:
    lake = [ChannelSettings(name="lake", s3=LAKE)]
    assert looked(lake, {"GetBucketLocation": denied()}) == []
    [told] = looked(lake, {"AssumeRole": denied()})
    assert told.found is Found.DENIED
    assert told.reason.startswith(f"lake: s3.role: AssumeRole on {LAKE.role} is denied")


def test_what_parquet_needs_may_be_on_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    [told] = looked([ChannelSettings(name="lake", s3=LAKE)])
    assert told.found is Found.HERE
    assert told.reason.startswith("lake: s3.format: pyarrow is not installed: install liveaudit[parquet]")


def test_a_secret_of_another_machine_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_HERE", raising=False)
    [told] = looked([ChannelSettings(name="s", slack=SlackSettings(url="env:NOT_HERE"))])
    assert told.found is Found.HERE


def test_the_check_says_who_has_to_do_something() -> None:
    given = replace(installation(), channels=channels())

    def judged(*troubles: Trouble) -> Check:
        async def looks() -> Sequence[Trouble]:
            return troubles

        return asyncio.run(check_channels(given, RUNNER, looks))

    assert judged().outcome is Outcome.OK
    wrong = judged(Trouble(Outcome.FAILED, "a: gone"), Trouble(Outcome.WARNING, "b: not here"))
    assert (wrong.outcome, wrong.reason) == (Outcome.FAILED, "a: gone; b: not here")
    assert (wrong.who, wrong.command) == ("whoever keeps the settings", "")
    many = judged(Trouble(Outcome.WARNING, "b"), *[Trouble(Outcome.FAILED, "a")] * 6)
    assert many.reason == "a; a; a; a; a; a; and 1 more", "what fails comes first"
    refused = judged(Trouble(Outcome.FAILED, "a: denied", denied=True))
    assert refused.who == f"whoever administers {RUNNER.principal}"
    assert refused.command == f"liveaudit iam --account {RECEIVER}"
