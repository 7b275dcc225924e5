"""The policies of CodeBuild projects: PASS, FAIL, NOT_APPLICABLE and UNKNOWN of each."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.codebuild.patterns import is_anchored
from tests.unit.services.conftest import Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
VARIABLES = "codebuild_project_no_secrets_in_variables"
URLS = "codebuild_project_source_repo_url_no_sensitive_credentials"
PRIVILEGED = "codebuild_project_privileged_mode"
PUBLIC = "codebuild_project_not_publicly_accessible"
ANCHORED = "codebuild_project_webhook_filters_use_anchored_patterns"

LOGGED = "codebuild_project_logging_enabled"
ENCRYPTED = "codebuild_project_s3_logs_encrypted"
NAKED = {"status": "ENABLED", "location": "bucket", "encryptionDisabled": True}


def logs(**statuses: str) -> dict[str, Any]:
    return {"project": {"logsConfig": {name: {"status": status} for name, status in statuses.items()}}}


@pytest.mark.parametrize(
    ("policy", "sections", "outcome"),
    [
        (VARIABLES, {"variables": []}, PASS),
        (VARIABLES, {"variables": [{"Name": "A", "Secret": None}]}, PASS),
        (
            VARIABLES,
            {"variables": [{"Name": "AWS_SECRET_ACCESS_KEY", "Secret": "AWS secret access key"}]},
            FAIL,
        ),
        (VARIABLES, {"variables": "odd"}, UNKNOWN),
        (URLS, {"sources": []}, PASS),
        (URLS, {"sources": [{"type": "S3", "location": "bucket/key", "Secret": None}]}, PASS),
        (URLS, {"sources": [{"type": "NO_SOURCE"}]}, PASS),
        (
            URLS,
            {"sources": [{"location": "https://bitbucket.org/o/r", "Secret": "credentials in a URL"}]},
            FAIL,
        ),
        (URLS, {"sources": None}, UNKNOWN),
        (PRIVILEGED, {"project": {"environment": {"privilegedMode": True}}}, FAIL),
        (PRIVILEGED, {"project": {"environment": {"privilegedMode": False}}}, PASS),
        (PRIVILEGED, {"project": {"environment": {}}}, PASS),
        (PRIVILEGED, {"project": {"environment": {"privilegedMode": "true"}}}, UNKNOWN),
        (PUBLIC, {"project": {"projectVisibility": "PUBLIC_READ"}}, FAIL),
        (PUBLIC, {"project": {"projectVisibility": "PRIVATE"}}, PASS),
        (PUBLIC, {"project": {}}, PASS),
        (PUBLIC, {"project": {"projectVisibility": "SHOWN"}}, UNKNOWN),
        (LOGGED, {"project": {}}, FAIL),
        (LOGGED, logs(cloudWatchLogs="DISABLED", s3Logs="DISABLED"), FAIL),
        (LOGGED, logs(cloudWatchLogs="ENABLED", s3Logs="DISABLED"), PASS),
        (LOGGED, logs(cloudWatchLogs="DISABLED", s3Logs="ENABLED"), PASS),
        (LOGGED, {"project": {"logsConfig": "odd"}}, UNKNOWN),
        (ENCRYPTED, {"project": {}}, NA),
        (ENCRYPTED, logs(s3Logs="DISABLED"), NA),
        (ENCRYPTED, logs(s3Logs="ENABLED"), PASS),
        (ENCRYPTED, {"project": {"logsConfig": {"s3Logs": NAKED}}}, FAIL),
        (ENCRYPTED, {"project": {"logsConfig": {"s3Logs": "odd"}}}, UNKNOWN),
    ],
)
def test_projects(judged: Judged, policy: str, sections: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, **sections).outcome is outcome


def webhook(*filters: tuple[str, str] | tuple[str, str, bool], branch: str = "") -> dict[str, Any]:
    group = [
        {"type": each[0], "pattern": each[1], "excludeMatchedPattern": len(each) > 2 and each[2]}
        for each in filters
    ]
    return {"webhook": {"filterGroups": [group], **({"branchFilter": branch} if branch else {})}}


@pytest.mark.parametrize(
    ("project", "outcome"),
    [
        ({}, NA),
        (webhook(("EVENT", "PUSH")), NA),
        (webhook(("EVENT", "PUSH"), ("FILE_PATH", "src/")), NA),
        (webhook(("ACTOR_ACCOUNT_ID", "^(123456|234567)$")), PASS),
        (webhook(("ACTOR_ACCOUNT_ID", "123456")), FAIL),
        (webhook(("ACTOR_ACCOUNT_ID", "^123456|234567$")), FAIL),
        (webhook(("HEAD_REF", "^refs/heads/main$"), ("BASE_REF", "refs/heads/main")), FAIL),
        # who is kept out by a pattern that matches too much is kept out all the same
        (webhook(("ACTOR_ACCOUNT_ID", "123456", True)), NA),
        (webhook(branch="main"), FAIL),
        (webhook(branch="^main$"), PASS),
        ({"webhook": {"filterGroups": "odd"}}, UNKNOWN),
        ({"webhook": {"filterGroups": [[{"type": "HEAD_REF"}]]}}, UNKNOWN),
    ],
)
def test_webhooks(judged: Judged, project: dict[str, Any], outcome: Outcome) -> None:
    assert judged(ANCHORED, project=project).outcome is outcome


@pytest.mark.parametrize(
    ("pattern", "anchored"),
    [
        ("^a$", True),
        ("^a$|^b$", True),
        ("^(a|b)$", True),
        ("(^a$|^b$)", True),
        ("(?:^a$|^b$)", True),
        ("(^a$)|(^b$)", True),
        (r"^a\|b$", True),
        ("^[|]$", True),
        (r"^a\\$", True),
        ("", False),
        ("a", False),
        ("^a", False),
        ("a$", False),
        ("^a|b$", False),
        ("^a$|b", False),
        ("(^a|b$)", False),
        (r"^a\$", False),
        (r"^[a\]|]", False),
    ],
)
def test_anchors(pattern: str, anchored: bool) -> None:
    assert is_anchored(pattern) is anchored


@pytest.mark.parametrize(
    ("export", "outcome"),
    [
        ({"exportConfigType": "NO_EXPORT"}, NA),
        ({"exportConfigType": "S3", "s3Destination": {"bucket": "b"}}, PASS),
        ({"exportConfigType": "S3", "s3Destination": {"bucket": "b", "encryptionDisabled": True}}, FAIL),
    ],
)
def test_report_groups(judged: Judged, export: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged(
        "codebuild_report_group_export_encrypted", report_group={"name": "tests", "exportConfig": export}
    )
    assert verdict.outcome is outcome


def test_an_odd_report_group_is_unknown(judged: Judged) -> None:
    odd = {"exportConfig": "odd"}
    verdict = judged("codebuild_report_group_export_encrypted", report_group=odd, odd=True)
    assert verdict.outcome is UNKNOWN
