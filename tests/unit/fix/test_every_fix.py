"""What holds for every fix: its policies, sections and calls exist, and its commands come to the very same calls."""

from __future__ import annotations

import shlex
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from liveaudit.fix.command import command
from liveaudit.fix.row import Call, Fix
from liveaudit.fix.table import FIXES
from tests.support import aws_commands
from tests.support.fix_samples import CATALOG, POLICIES, SAMPLES, given

POLICY_OF = {id(fix): (policy, fix) for (policy, _), fix in FIXES.items()}
EACH = [pytest.param(policy, fix, id=policy) for policy, fix in POLICY_OF.values()]
"""Every fix once, whatever the number of its policies."""


@cache
def model_of(client: str) -> Any:
    return botocore.session.get_session().get_service_model(client)


def calls(fix: Fix, policy: str) -> list[Call]:
    steps = fix.make(given(fix, policy))
    assert steps
    return [call for each in steps for call in (each.call, each.undo) if call is not None]


def test_they_are_of_policies_that_there_are() -> None:
    assert [name for name in FIXES if POLICIES.get(*name) is None] == []
    assert len(POLICY_OF) >= 15


@pytest.mark.parametrize(("policy", "fix"), EACH)
def test_it_is_of_sections_that_there_are(policy: str, fix: Fix) -> None:
    assert fix.sections
    assert fix.sections <= CATALOG.types[fix.type].sections.keys()
    assert fix.does.endswith(".")


@pytest.mark.parametrize(("policy", "fix"), EACH)
def test_its_calls_are_taken_by_the_api_and_no_others_than_declared(policy: str, fix: Fix) -> None:
    for call in calls(fix, policy):
        assert (call.client, call.operation) in fix.operations
        shape = model_of(call.client).operation_model(call.operation).input_shape
        if shape is None:
            assert call.params == {}
            continue
        report = ParamValidator().validate(dict(call.params), shape)
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(("policy", "fix"), EACH)
def test_what_is_not_undone_says_why(policy: str, fix: Fix) -> None:
    for step in fix.make(given(fix, policy)):
        assert (step.undo is None) == bool(step.why_no_undo)
        assert step.undo != step.call


@pytest.mark.parametrize(("policy", "fix"), EACH)
def test_its_commands_are_what_the_aws_cli_takes(policy: str, fix: Fix) -> None:
    resource = given(fix, policy).resource
    for call in calls(fix, policy):
        text = command(call, resource)
        assert list(aws_commands.problems(text)) == []
        assert "\n" not in text


def test_names_of_an_attacker_are_quoted() -> None:
    fix = FIXES["iam_user_accesskey_unused", "AWS::IAM::User"]
    text = command(
        calls(fix, "iam_user_accesskey_unused")[0], given(fix, "iam_user_accesskey_unused").resource
    )
    assert SAMPLES["AWS::IAM::User"].id == "-rob; rm"
    assert "--user-name=-rob; rm" in shlex.split(text)
    assert shlex.split(text).count("rm") == 0
