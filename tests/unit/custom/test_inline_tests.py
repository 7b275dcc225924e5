"""The tests that stand with a policy, and the beginnings of policies, whose tests pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveaudit.custom.files import load_bytes, load_folder
from liveaudit.custom.inline_tests import run
from liveaudit.custom.python import read_folder
from liveaudit.custom.scaffold import ScaffoldError, beside, scaffold
from liveaudit.services import load
from tests.support.own_policies import a_file, own

TYPES = load()[0].types


def results(test: dict[str, Any], **changed: Any) -> list[str]:
    read = load_bytes(a_file(own(**changed, tests=[{"name": "t", **test}])), "f.yaml")
    assert read.mistakes == ()
    return [
        result.told("f.yaml").partition(": acme_bucket_has_owner: t: ")[2] for result in run(read.built[0])
    ]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"expect": "FAIL"}, "passed"),
        ({"expect": "PASS", "tags": {"Owner": "me"}}, "passed"),
        ({"expect": "PASS", "sections": {"tagging": [{"Key": "Owner", "Value": "me"}]}}, "passed"),
        ({"expect": "PASS"}, "PASS was expected, it is FAIL: the tag Owner is missing"),
        ({"expect": "FAIL", "message": "is missing"}, "passed"),
        (
            {"expect": "FAIL", "message": "is gone"},
            "'is gone' was expected to be told, it is 'the tag Owner is missing'",
        ),
    ],
)
def test_of_a_tag(test: dict[str, Any], expected: str) -> None:
    assert results(test) == [expected]


def test_where_the_tags_stand_in_the_root_they_are_put_there() -> None:
    test = {"expect": "PASS", "tags": {"Owner": "me"}, "sections": {"instance": {"Engine": "x"}}}
    assert results(test, type="AWS::RDS::DBInstance") == ["passed"]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"expect": "PASS", "id": "prod-1", "account": "222222222222", "region": "eu-west-1"}, "passed"),
        ({"expect": "FAIL"}, "passed"),
        ({"expect": "PASS", "id": "prod-1", "parameters": {"allowed": ["111111111111"]}}, "passed"),
        (
            {"expect": "FAIL", "parameters": {"allowed": [7]}},
            "allowed takes a list of texts, each text; 7 is none",
        ),
    ],
)
def test_of_an_expression(test: dict[str, Any], expected: str) -> None:
    cel = {"expression": 'resource.id == "prod-1" && resource.account in params.allowed'}
    parameters = {"allowed": {"title": "Which.", "default": ["222222222222"]}}
    assert results(test, tags=None, cel=cel, parameters=parameters) == [expected]


def test_of_the_time() -> None:
    cel = {"expression": "!older_than(bucket.Made, 30)"}
    test = {"sections": {"bucket": {"Made": "2026-01-01"}}, "expect": "PASS"}
    assert results({**test, "now": "2026-01-30T00:00Z"}, tags=None, cel=cel) == ["passed"]
    assert results({**test, "now": "2026-02-01T00:00Z", "expect": "FAIL"}, tags=None, cel=cel) == ["passed"]


@pytest.mark.parametrize(
    "type_name",
    ["AWS::S3::Bucket", "AWS::IAM::User", "AWS::IAM::Group", "AWS::SQS::Queue", "AWS::RDS::DBInstance"],
)
@pytest.mark.parametrize("kind", ["cel", "tags"])
def test_what_is_begun_is_whole_and_its_tests_pass(tmp_path: Path, kind: str, type_name: str) -> None:
    if (kind, type_name) == ("tags", "AWS::IAM::Group"):
        with pytest.raises(ScaffoldError, match="AWS gives AWS::IAM::Group no tags"):
            scaffold(kind, "acme_begun", TYPES[type_name])
        return
    (tmp_path / "a.yaml").write_text(scaffold(kind, "acme_begun", TYPES[type_name]), encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert loaded.told() == []
    (built,) = loaded.files[0].built
    found = list(run(built))
    assert found
    assert [each.wrong for each in found] == [""] * len(found)


@pytest.mark.parametrize("kind", ["lambda", "config-rule"])
def test_what_is_begun_of_those_that_are_asked_is_whole(tmp_path: Path, kind: str) -> None:
    bucket = TYPES["AWS::S3::Bucket"]
    (tmp_path / "a.yaml").write_text(scaffold(kind, "acme_begun", bucket), encoding="utf-8")
    for name, text in beside(kind, "acme_begun").items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert loaded.told() == []
    assert [each.kind for each in loaded.policies] == [kind]
    with pytest.raises(ScaffoldError, match="no configuration item can be made of AWS::Account"):
        scaffold("config-rule", "acme_begun", TYPES["AWS::Account::AccountSettings"])


def test_what_is_begun_in_python_judges(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        scaffold("python", "acme_begun", TYPES["AWS::S3::Bucket"]), encoding="utf-8"
    )
    read = read_folder(tmp_path)
    assert read.mistakes == ()
    assert [each.id for each in read.policies] == ["acme_begun"]
    assert read.policies[0].judge({"Name": "x"}).outcome == "PASS"
    with pytest.raises(ScaffoldError, match="'rego' is no kind of policy; there are"):
        scaffold("rego", "acme_begun", TYPES["AWS::S3::Bucket"])
