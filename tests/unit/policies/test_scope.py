"""Scopes: which policies on which resources are meant."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Resource
from liveaudit.policies.scope import Scope, Subject, matches, scope_of
from liveaudit.policies.tags import tags_of
from liveaudit.services import load

_, POLICIES = load()
(POLICY,) = POLICIES.named("s3_bucket_object_versioning")
BUCKET = Subject(
    Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", "logs[1]"),
    "arn:aws:s3:::logs[1]",
    {"env": "prod", "team": "*"},
)
CONTROLS = {POLICY.id: {"CIS 7.0": ("1",)}}


@pytest.mark.parametrize(
    ("scope", "chosen"),
    [
        ({}, True),
        ({"policies": ("s3_*",)}, True),
        ({"policies": ("s3",)}, False),
        ({"policies": ("ec2_*", "s3_bucket_object_versioning")}, True),
        ({"services": ("s3",), "severities": ("medium",)}, True),
        ({"services": ("s3",), "severities": ("low",)}, False),
        ({"frameworks": ("CIS 7.0",)}, True),
        ({"frameworks": ("SOC 2",)}, False),
    ],
)
def test_policies(scope: dict[str, tuple[str, ...]], chosen: bool) -> None:
    assert Scope(**scope).chooses(POLICY, CONTROLS) is chosen
    assert scope_of(Scope(**scope).plain()) == Scope(**scope)


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ({}, True),
        ({"accounts": ("222222222222", "111111111111")}, True),
        ({"accounts": ("222222222222",)}, False),
        ({"regions": ("eu-west-1",)}, True),
        ({"regions": ("global",)}, False),
        ({"resources": ("arn:aws:s3:::logs*",)}, True),
        ({"resources": ("logs[1]",)}, True),
        ({"resources": ("logs[0-9]",)}, False),
        ({"resources": ("log?[1]",)}, True),
        ({"resources": ("logs",)}, False),
        ({"tags": ("env",)}, True),
        ({"tags": ("env=p*", "team")}, True),
        ({"tags": ("env=prod", "owner")}, False),
        ({"tags": ("ENV=prod",)}, False),
        ({"tags": ("team=x",)}, False),
    ],
)
def test_resources(scope: dict[str, tuple[str, ...]], held: bool) -> None:
    assert Scope(**scope).holds(BUCKET) is held


@pytest.mark.parametrize(("pattern", "text"), [("a", "*"), ("a?", "a*b"), ("prod", "p*"), ("", "?")])
def test_what_looks_like_a_pattern_in_the_world_is_none(pattern: str, text: str) -> None:
    assert not matches(pattern, text)
    assert matches(text, text)


@pytest.mark.parametrize(
    "sections",
    [
        {"tags": {"a": "1", "b": ""}},
        {"tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]},
        {"tagging": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]},
        {"key": {"Tags": [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": ""}]}},
        {"instance": {"TagList": [{"Key": "a", "Value": "1"}]}, "tags": {"b": ""}},
    ],
)
def test_tags_stand_in_many_ways(sections: dict[str, Any]) -> None:
    assert tags_of(sections) == {"a": "1", "b": ""}


@pytest.mark.parametrize("odd", [None, "a", 7, [1, "b", {"Name": "x"}], {"Tags": 7}])
def test_what_is_no_tag_is_none(odd: Any) -> None:
    assert tags_of({"tags": odd, "it": odd}) == {}
