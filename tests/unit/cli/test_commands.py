"""The commands, run as a user would: what they print, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from liveaudit.cli.common import safe
from liveaudit.cli.explain import texts

RECORDED = Path(__file__).parents[4] / "shared" / "events" / "recorded.jsonl"
COVERED = {"s3.amazonaws.com", "ec2.amazonaws.com", "iam.amazonaws.com"}


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "liveaudit.cli.main", *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def record(name: str, request: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "eventTime": "2026-11-20T10:00:00Z",
        "eventID": "e-1",
        "recipientAccountId": "111111111111",
        "requestParameters": request,
        "readOnly": False,
    } | more


def explained(*records: Any) -> list[dict[str, Any]]:
    content = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in records)
    return [json.loads(line) for line in run("explain", "-", "--json", given=content).stdout.splitlines()]


def test_explain_a_change() -> None:
    (told,) = explained(record("PutBucketAcl", {"bucketName": "photos"}))
    assert told["outcome"] == "changes"
    assert told["event_id"] == "e-1"
    (resource,) = told["resources"]
    assert resource["type"] == "AWS::S3::Bucket"
    assert resource["arn"] == "arn:aws:s3:::photos"
    assert (resource["account"], resource["region"], resource["sections"]) == (
        "111111111111",
        "eu-west-1",
        ["acl"],
    )
    assert "s3_bucket_public_write_acl" in resource["policies"]
    assert told["calls"] <= 4


def test_explain_says_why_nothing() -> None:
    told = explained(
        record("GetBucketAcl", {"bucketName": "b"}, readOnly=True),
        record("PutBucketAcl", {"bucketName": "b"}, errorCode="AccessDenied"),
        record("PaintBucket", {"bucketName": "b"}),
        record("CreateThing", {}, eventSource="unheard.amazonaws.com"),
        "{no json",
        record("PutBucketAcl", {"bucketName": "b"}, awsRegion="/etc/passwd"),
    )
    assert [each["outcome"] for each in told] == [
        "ignored",
        "ignored",
        "unmapped",
        "ignored",
        "invalid",
        "invalid",
    ]
    assert all(each["reason"] for each in told)
    assert "awsRegion" in told[5]["reason"]
    assert told[5]["name"] == "PutBucketAcl"


def test_explain_says_of_what_is_no_event_that_it_is_none() -> None:
    told = run("explain", "-", given="not JSON")
    assert told.returncode == 3
    assert told.stdout.startswith("no event\n  invalid: ")


def test_explain_takes_envelopes_and_lists() -> None:
    envelope = {
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.s3",
        "account": "111111111111",
        "region": "eu-west-1",
        "detail": record("DeleteBucket", {"bucketName": "b"}),
    }
    (told,) = explained(envelope)
    assert told["outcome"] == "changes"
    assert told["calls"] == 1, "a deletion asks for the root alone"
    both = list(texts(json.dumps({"Records": [record("A", {}), record("B", {})]})))
    assert [json.loads(each)["eventName"] for each in both] == ["A", "B"]


def test_explain_ends_with_3_for_invalid_events_and_1_for_no_file() -> None:
    assert run("explain", "-", given="{no json").returncode == 3
    assert run("explain", "-", given=json.dumps(record("PutBucketAcl", {"bucketName": "b"}))).returncode == 0
    missing = run("explain", "/no/such/file")
    assert missing.returncode == 1
    assert "/no/such/file" in missing.stderr
    assert "Traceback" not in missing.stderr


def test_explain_shows_hostile_names_as_text() -> None:
    told = run("explain", "-", given=json.dumps(record("PutBucketAcl", {"bucketName": "a\u202eb<script>"})))
    assert "\u202e" not in told.stdout
    assert "a\\u202eb<script>" in told.stdout
    (refused,) = explained(record("PutBucketAcl", {"bucketName": "a\x1b[31m"}))
    assert refused["outcome"] == "unmapped", "no name of AWS's has control characters"
    told = run("explain", "-", given=json.dumps(record("PutBucketAcl", {}, eventName="\x1b[31mred")))
    assert "\x1b" not in told.stdout


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded events are not at hand")
def test_explain_places_every_recorded_change_of_the_covered_services() -> None:
    told = [json.loads(line) for line in run("explain", str(RECORDED), "--json").stdout.splitlines()]
    records = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    assert len(told) == len(records)
    placed = 0
    for each, given in zip(told, records, strict=True):
        if given["eventSource"] not in COVERED or given.get("errorCode") or given.get("readOnly"):
            continue
        assert each["outcome"] in ("changes", "ignored", "invalid"), each
        if each["outcome"] == "changes":
            placed += 1
            assert each["resources"]
            assert all(one["id"] for one in each["resources"])
        else:
            assert each["reason"]
    assert placed > 90


def test_policies_list_and_show() -> None:
    listed = [json.loads(line) for line in run("policies", "list", "--json").stdout.splitlines()]
    assert len(listed) >= 52
    assert {each["service"] for each in listed} >= {"s3", "ec2", "iam"}
    one = json.loads(run("policies", "show", "s3_bucket_public_access", "--json").stdout)
    assert one["severity"] == "critical"
    assert {"why", "fix", "frameworks", "sections", "calls", "events"} <= one.keys()
    assert "PutBucketAcl" in one["events"]
    missing = run("policies", "show", "bucket_public_access")
    assert missing.returncode == 4
    assert "s3_bucket_public_access" in missing.stderr


def test_catalog_list() -> None:
    listed = [json.loads(line) for line in run("catalog", "list", "--json").stdout.splitlines()]
    assert "AWS::S3::Bucket" in {each["type"] for each in listed}
    assert run("catalog", "list").stdout.startswith("TYPE")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["findings", "list"], 2, "no settings file"),
        (["findings", "list", "--status", "closed"], 2, "--status: 'closed' is none of"),
        (["sweep", "--service", "nope"], 2, "is not covered"),
        (["worker", "--settings", "/none.yaml"], 1, "cannot be read"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_mistakes_are_told(
    arguments: list[str], code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)
    monkeypatch.chdir(tmp_path)
    ended = run(*arguments)
    assert ended.returncode == code
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_names_every_command() -> None:
    told = run("--help").stdout
    for command in ("demo", "lab", "worker", "sweep", "findings", "policies", "explain", "catalog"):
        assert f"  {command} " in told


def test_safe() -> None:
    assert safe("plain Ünïcode 漢字") == "plain Ünïcode 漢字"
    assert safe("a\nb\x00\u2028\u202e") == "a\\u000ab\\u0000\\u2028\\u202e"
