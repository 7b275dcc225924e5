"""Files of users' policies: what they come to, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveaudit.custom.files import load_bytes, load_folder
from liveaudit.model import Severity
from liveaudit.policies.policy import PolicyKind
from tests.support.own_policies import a_file, own


def mistakes(data: bytes) -> list[str]:
    return [each.told("f.yaml") for each in load_bytes(data, "f.yaml").mistakes]


def test_a_policy_stands_on_each_of_its_types() -> None:
    types = ["AWS::S3::Bucket", "AWS::SQS::Queue"]
    given = own(type=None, types=types, ids="prod-*", frameworks={"CIS 7.0": ["3.1.2"]})
    read = load_bytes(a_file(given), "f.yaml")
    assert (read.mistakes, read.broken) == ((), ())
    assert [(each.id, each.type, each.service) for each in read.policies] == [
        ("acme_bucket_has_owner", "AWS::S3::Bucket", "s3"),
        ("acme_bucket_has_owner", "AWS::SQS::Queue", "sqs"),
    ]
    first = read.policies[0]
    assert (first.severity, first.kind, first.origin) == (Severity.MEDIUM, PolicyKind.TAGS, "f.yaml")
    assert (first.ids, first.controls) == ("prod-*", (("CIS 7.0", ("3.1.2",)),))
    assert first.sections == {"tagging"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"severity": "mediun"}, "policies[0].severity: 'mediun' is text: critical, high,"),
        ({"id": "Acme"}, "policies[0].id: 'Acme' is not a policy's id: 3 to 100 of a-z, 0-9 and _"),
        (
            {"id": "s3_bucket_object_versioning"},
            "policies[0].id: s3_bucket_object_versioning is a built-in policy",
        ),
        ({"type": "AWS::S3::Buckett"}, "is no type that is covered (did you mean 'AWS::S3::Bucket'?)"),
        ({"type": "bucket"}, "policies[0].type: 'bucket' is not a resource type, as AWS::S3::Bucket"),
        ({"type": None}, "policies[0]: type is missing"),
        ({"types": ["AWS::SQS::Queue"]}, "policies[0].types: is there beside type"),
        ({"tags": None}, "policies[0]: by what does it judge? one of "),
        (
            {"type": "AWS::IAM::Group"},
            "policies[0].tags: AWS gives AWS::IAM::Group no tags; tags are read of ",
        ),
        (
            {"frameworks": {"CIS 7.1": ["1"]}},
            "frameworks.'CIS 7.1': is no framework that is known (did you mean",
        ),
        ({"frameworks": {"CIS 7.0": ["99"]}}, "frameworks.'CIS 7.0'[0]: CIS 7.0 has no control '99'"),
        ({"frameworks": {"CIS 7.0": "3.1"}}, "frameworks.'CIS 7.0': '3.1' is text: a list is expected"),
        (
            {"parameters": {"Days": {"title": "x", "default": 1}}},
            "parameters.Days: is no name of a parameter",
        ),
        (
            {"parameters": {"n": {"title": "x", "default": 9, "most": 3}}},
            "n takes a whole number from 0 to 3; 9",
        ),
        (
            {"parameters": {"n": {"title": "x", "default": "y"}}},
            "n.default: 'y' is text: a whole number or a list",
        ),
        (
            {"parameters": {"n": {"title": "x", "default": 1, "most": "y"}}},
            "n.most: 'y' is text: a whole number",
        ),
        (
            {"tests": [{"name": "x", "expect": "PAS"}]},
            "tests[0].expect: 'PAS' is text: FAIL, NOT_APPLICABLE,",
        ),
        (
            {"tests": [{"name": "x", "expect": "PASS", "sections": {"tagginn": 1}}]},
            "tagginn: is no section of",
        ),
        (
            {"tests": [{"name": "x", "expect": "PASS", "type": "AWS::SQS::Queue"}]},
            "tests[0].type: is none of the",
        ),
        (
            {"tests": [{"name": "x", "expect": "PASS", "parameters": {"n": 1}}]},
            "n: is no parameter of the policy",
        ),
        ({"owner": "me"}, "policies[0].owner: no such field; there are id, type,"),
    ],
)
def test_mistakes_name_their_field(changed: dict[str, Any], expected: str) -> None:
    told = mistakes(a_file(own(**changed)))
    assert any(expected in each for each in told), told


def test_mistakes_name_their_line_and_column() -> None:
    data = b"""\
policies:
  - id: acme_one
    type: AWS::S3::Bucket
    severity: wrong
    title: a
    why: b
    fix: c
    tags: {key: Owner}
  - id: acme_two
    type: AWS::S3::Nothing
    severity: low
    title: a
    why: b
    fix: c
    tags: {key: Owner}
"""
    first, second = mistakes(data)
    assert first.startswith("f.yaml:4:15: policies[0].severity: ")
    assert second.startswith("f.yaml:10:11: policies[1].type: ")


def test_a_policy_with_a_mistake_stops_none_of_the_others() -> None:
    read = load_bytes(a_file(own(id="acme_one", severity=1), own(id="acme_two")), "f.yaml")
    assert [each.id for each in read.policies] == ["acme_two"]
    assert [(each.id, each.types) for each in read.broken] == [("acme_one", ("AWS::S3::Bucket",))]


def test_a_wrong_test_leaves_its_policy_as_it_is() -> None:
    read = load_bytes(a_file(own(tests=[{"name": "x"}])), "f.yaml")
    assert read.policies
    assert read.mistakes


def test_what_is_no_yaml_is_told_with_what_seems_to_stand_in_it() -> None:
    read = load_bytes(a_file(own()) + b"  - {", "f.yaml")
    assert not read.readable
    assert "no YAML" in read.mistakes[0].text
    assert [(each.id, each.types) for each in read.broken] == [
        ("acme_bucket_has_owner", ("AWS::S3::Bucket",))
    ]


def test_an_id_stands_once_in_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(a_file(own()))
    (tmp_path / "b.yml").write_bytes(a_file(own(), own(id="acme_other")))
    (tmp_path / ".hidden.yaml").write_bytes(b"nonsense")
    (tmp_path / "notes.txt").write_bytes(b"nonsense")
    loaded = load_folder(tmp_path)
    assert [each.id for each in loaded.policies] == ["acme_bucket_has_owner", "acme_other"]
    (line,) = loaded.told()
    assert line == "b.yml:2:7: policies[0].id: acme_bucket_has_owner is there already, in a.yaml"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    (line,) = load_folder(tmp_path / "none").told()
    assert line.endswith("none: cannot be read: No such file or directory")


def test_only_what_a_verdict_depends_on_makes_another_version() -> None:
    def version(**changed: Any) -> str:
        return load_bytes(a_file(own(**changed)), "f.yaml").policies[0].version

    assert version(why="Otherwise.", tests=[]) == version()
    assert version(tags={"key": "owner"}) != version()
