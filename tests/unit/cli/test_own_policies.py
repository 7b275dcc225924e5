"""``liveaudit policies`` with policies of one's own, as a user would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.custom.following import FolderError
from tests.support.own_policies import a_file, own

SETTINGS = """\
receiver: "111111111111"
accounts: [{id: "111111111111"}]
regions: [us-east-1]
custom_policies: own
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


def invoke(*words: object) -> Result:
    return CliRunner().invoke(app, ["policies", *map(str, words)])


def test_they_are_listed_and_shown_with_kind_and_origin(settings: Path) -> None:
    (settings.parent / "own" / "a.yaml").write_bytes(a_file(own(frameworks={"CIS 7.0": ["3.1.2"]})))
    (line,) = invoke("list", "--kind", "own", "--settings", settings).stdout.splitlines()[1:]
    assert line.split()[:4] == ["acme_bucket_has_owner", "medium", "tags", "AWS::S3::Bucket"]
    assert "acme_bucket_has_owner" in invoke("list", "--framework", "CIS 7.0", "--settings", settings).stdout
    told = invoke("show", "acme_bucket_has_owner", "--settings", settings).stdout
    assert "tags, from a.yaml" in told
    assert "The tag Owner is there, with any value but none." in told
    assert "s3:GetBucketTagging" in told
    plain = json.loads(invoke("show", "acme_bucket_has_owner", "--json", "--settings", settings).stdout)
    assert (plain["kind"], plain["origin"], plain["unhealthy"]) == ("tags", "a.yaml", [])


def test_a_mistake_is_told_wherever_the_policy_is(settings: Path) -> None:
    (settings.parent / "own" / "a.yaml").write_bytes(a_file(own(severity="\x1b[31mred")))
    listed = invoke("list", "--kind", "own", "--settings", settings)
    assert "(unhealthy)" in listed.stdout
    assert "\x1b" not in listed.output
    shown = invoke("show", "acme_bucket_has_owner", "--settings", settings).stdout
    assert "unhealthy: a.yaml:4:13: policies[0].severity" in shown
    assert "it is UNKNOWN on every resource" in shown


def test_a_folder_that_is_not_there_ends_what_judges_and_is_told_by_what_lists(settings: Path) -> None:
    settings.write_text(SETTINGS.replace("own", "none"), encoding="utf-8")
    listed = invoke("list", "--settings", settings)
    assert listed.exit_code == 0
    assert "without your own policies: " in listed.stderr
    error = CliRunner().invoke(app, ["rejudge", "--settings", str(settings)]).exception
    assert isinstance(error, FolderError)
    assert "take custom_policies out of the settings" in str(error)


def test_tests_are_run_and_tell_what_is_wrong(settings: Path) -> None:
    tests = [{"name": "good", "expect": "FAIL"}, {"name": "bad", "expect": "PASS"}]
    file = settings.parent / "own" / "a.yaml"
    file.write_bytes(a_file(own(tests=tests), own(id="acme_broken", title=None), own(id="acme_untested")))
    ended = invoke("test", "--settings", settings)
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("a.yaml:15:3: policies[1].title: is missing")
    assert lines[1] == (
        "a.yaml:13:5: acme_bucket_has_owner: bad: PASS was expected, it is FAIL: the tag Owner is missing"
    )
    assert lines[2] == "2 policies, 1 tests passed, 1 failed, 1 policies without tests, 1 mistakes"
    as_json = [json.loads(line) for line in invoke("test", file, "--json").stdout.splitlines()]
    assert [each.get("outcome") for each in as_json] == [None, "passed", "failed"]
    file.write_bytes(a_file(own(tests=tests[:1])))
    assert invoke("test", file.parent).exit_code == 0


def test_a_rule_of_aws_config_is_begun_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "own" / "a.yaml"
    words = ("new", "config-rule", "acme_begun", "--type", "AWS::IAM::Role")
    assert invoke(*words, "--output", file).exit_code == 0
    assert (tmp_path / "own" / "rules" / "acme_begun" / "acme_begun.py").exists()
    ended = invoke("test", tmp_path / "own")
    assert (ended.exit_code, ended.stdout) == (0, "1 policies, 1 tests passed, 0 failed\n")
    printed = invoke(*words).stdout
    assert printed.startswith(file.read_text())
    assert "# and in rules/acme_begun/acme_begun.py:" in printed
    refused = invoke("new", "config-rule", "acme_begun", "--type", "AWS::ECS::Cluster").exception
    assert "no configuration item can be made of AWS::ECS::Cluster" in str(refused)


def test_what_is_begun_passes_its_tests_and_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "own" / "a.yaml"
    assert invoke("new", "cel", "acme_begun", "--type", "AWS::SQS::Queue", "--output", file).exit_code == 0
    ended = invoke("test", tmp_path / "own")
    assert (ended.exit_code, ended.stdout) == (0, "1 policies, 3 tests passed, 0 failed\n")
    again = invoke("new", "cel", "acme_begun", "--output", file).exception
    assert "File exists" in str(again)
    for words, expected in (
        (("cel", "Acme"), "'Acme' is none"),
        (("cel", "s3_bucket_object_versioning"), "there is a policy s3_bucket_object_versioning already"),
        (("cel", "acme_x", "--type", "AWS::S3::Buckett"), "did you mean 'AWS::S3::Bucket'"),
    ):
        error = invoke("new", *words).exception
        assert isinstance(error, CommandError)
        assert expected in str(error)
    assert isinstance(invoke("new", "rego", "acme_x").exception, CommandError)


def test_where_no_folder_is_named_it_is_said(settings: Path) -> None:
    settings.write_text(SETTINGS.replace("custom_policies: own\n", ""), encoding="utf-8")
    error = invoke("test", "--settings", settings).exception
    assert "names no folder of policies: add custom_policies, or name a FOLDER" in str(error)
    assert json.loads(invoke("schema").stdout)["title"] == "liveaudit: a file of policies"
