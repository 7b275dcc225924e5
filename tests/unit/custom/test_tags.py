"""Policies that ask for a tag."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.custom.files import load_bytes
from liveaudit.custom.tagged import tagged_sections
from liveaudit.model import Outcome, Verdict
from liveaudit.services import load
from tests.support.own_policies import a_file, own

CATALOG, _ = load()


def judged(rule: dict[str, Any], tags: dict[str, str] | None) -> Verdict:
    (policy,) = load_bytes(a_file(own(tags=rule)), "f.yaml").policies
    section = None if tags is None else [{"Key": key, "Value": value} for key, value in tags.items()]
    return policy.judge(tagging=section)


@pytest.mark.parametrize(
    ("rule", "tags", "reason"),
    [
        ({"key": "Owner"}, None, "the tag Owner is missing"),
        ({"key": "Owner"}, {"owner": "me"}, "the tag Owner is missing"),
        ({"key": "Owner"}, {"Owner": ""}, "the tag Owner has no value"),
        (
            {"key": "Stage", "values": ["prod", "dev"]},
            {"Stage": "test"},
            "is 'test', which is none of: prod, dev",
        ),
        ({"key": "Stage", "values": ["prod"]}, {"Stage": "PROD"}, "is 'PROD', which is none of: prod"),
    ],
)
def test_it_fails(rule: dict[str, Any], tags: dict[str, str] | None, reason: str) -> None:
    verdict = judged(rule, tags)
    assert verdict.outcome == Outcome.FAIL
    assert reason in verdict.reason
    assert verdict.evidence["tag"] == rule["key"]


@pytest.mark.parametrize(
    ("rule", "tags"),
    [
        ({"key": "Owner"}, {"Owner": "me"}),
        ({"key": "Stage", "values": ["prod", "dev"]}, {"Stage": "dev"}),
        ({"key": "Stage", "values": ["prod", ""]}, {"Stage": ""}),
        ({"key": "Stage", "values": ["prod"], "ignore_case": True}, {"stage": "PROD"}),
    ],
)
def test_it_passes(rule: dict[str, Any], tags: dict[str, str]) -> None:
    assert judged(rule, tags).outcome == Outcome.PASS


def test_a_hostile_value_is_told_in_quotes() -> None:
    told = judged({"key": "Stage", "values": ["prod"]}, {"Stage": "\x1b[2Jprod"}).reason
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("type_name", "sections"),
    [
        ("AWS::S3::Bucket", {"tagging"}),
        ("AWS::RDS::DBInstance", {"instance"}),
        ("AWS::EC2::SecurityGroup", {"group"}),
        ("AWS::EC2::Instance", {"tags"}),
        ("AWS::IAM::User", {"tags"}),
        ("AWS::ECS::Service", {"tags"}),
        ("AWS::IAM::Account", set()),
    ],
)
def test_where_the_tags_stand(type_name: str, sections: set[str]) -> None:
    assert tagged_sections(CATALOG.types[type_name]) == sections
