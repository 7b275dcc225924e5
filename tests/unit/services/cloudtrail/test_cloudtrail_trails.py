"""The policies of a trail, on sections as boto3 gives them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import NOW, Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def trail(**given: Any) -> dict[str, Any]:
    """A trail as DescribeTrails gives it."""
    return {
        "Name": "main",
        "S3BucketName": "logs",
        "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
        "HomeRegion": "eu-west-1",
        "IsMultiRegionTrail": True,
        "LogFileValidationEnabled": False,
        **given,
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ({"IsLogging": True}, PASS),
        ({"IsLogging": False}, FAIL),
        ({"IsLogging": False, "StopLoggingTime": NOW}, FAIL),
        ({}, FAIL),
    ],
)
def test_logging(judged: Judged, status: Any, outcome: Outcome) -> None:
    assert judged("cloudtrail_trail_logging_stopped", status=status).outcome == outcome


def test_a_stopped_trail_tells_since_when(judged: Judged) -> None:
    verdict = judged("cloudtrail_trail_logging_stopped", status={"IsLogging": False, "StopLoggingTime": NOW})
    assert verdict.evidence == {"IsLogging": False, "StopLoggingTime": "2026-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("policy", "given", "outcome"),
    [
        ("cloudtrail_kms_encryption_enabled", {"KmsKeyId": KEY}, PASS),
        ("cloudtrail_kms_encryption_enabled", {}, FAIL),
        ("cloudtrail_kms_encryption_enabled", {"KmsKeyId": ""}, FAIL),
        ("cloudtrail_log_file_validation_enabled", {"LogFileValidationEnabled": True}, PASS),
        ("cloudtrail_log_file_validation_enabled", {}, FAIL),
    ],
)
def test_files(judged: Judged, policy: str, given: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, trail=trail(**given)).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "section", "odd"),
    [
        ("cloudtrail_trail_logging_stopped", "status", {"IsLogging": "true"}),
        ("cloudtrail_trail_logging_stopped", "status", {"IsLogging": False, "StopLoggingTime": 7}),
        ("cloudtrail_kms_encryption_enabled", "trail", trail(KmsKeyId=7)),
        ("cloudtrail_log_file_validation_enabled", "trail", trail(LogFileValidationEnabled="yes")),
        ("cloudtrail_logs_s3_bucket_is_not_publicly_accessible", "trail", trail(S3BucketName=None)),
        ("cloudtrail_logs_s3_bucket_access_logging_enabled", "trail", trail(S3BucketName=None)),
        ("cloudtrail_cloudwatch_logging_enabled", "trail", trail(CloudWatchLogsLogGroupArn=7)),
    ],
)
def test_another_shape_is_unknown(judged: Judged, policy: str, section: str, odd: Any) -> None:
    assert judged(policy, odd=True, **{section: odd}).outcome == UNKNOWN


def ago(**since: float) -> dt.datetime:
    return NOW - dt.timedelta(**since)


@pytest.mark.parametrize(
    ("group", "delivered", "status", "outcome"),
    [
        (GROUP, ago(hours=23), {"IsLogging": True}, PASS),
        (GROUP, ago(hours=25), {"IsLogging": True, "StartLoggingTime": ago(days=9)}, FAIL),
        (GROUP, None, {"IsLogging": True, "StartLoggingTime": ago(days=9)}, FAIL),
        (GROUP, None, {"IsLogging": True, "StartLoggingTime": ago(minutes=5)}, UNKNOWN),
        (GROUP, ago(days=2), {"IsLogging": True, "StartLoggingTime": ago(minutes=5)}, UNKNOWN),
        (GROUP, None, {"IsLogging": True}, FAIL),
        (GROUP, None, {"IsLogging": False, "StartLoggingTime": ago(minutes=5)}, FAIL),
        (None, ago(hours=1), {"IsLogging": True}, FAIL),
    ],
)
def test_delivery(judged: Judged, group: Any, delivered: Any, status: Any, outcome: Outcome) -> None:
    verdict = judged(
        "cloudtrail_cloudwatch_logging_enabled",
        trail=trail(**({"CloudWatchLogsLogGroupArn": group} if group else {})),
        status=status,
        cloudwatch_delivery={"LatestCloudWatchLogsDeliveryTime": delivered} if delivered else {},
    )
    assert verdict.outcome == outcome


def acl(*uris: str) -> dict[str, Any]:
    return {"Grants": [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": "READ"} for uri in uris]}


OURS = {"logs": {"Name": "logs", "BucketRegion": "eu-west-1"}}
PUBLIC_POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",'
    ' "Resource": "arn:aws:s3:::logs/*"}]}'
)


@pytest.mark.parametrize(
    ("bucket", "grants", "policy", "block", "account_block", "outcome"),
    [
        (OURS, acl(), None, None, None, PASS),
        (OURS, acl(EVERYBODY), None, None, None, FAIL),
        (OURS, acl(EVERYBODY), None, None, dict.fromkeys(FLAGS, True), PASS),
        # Prowler looks at the ACL alone.
        (OURS, acl(), PUBLIC_POLICY, None, None, FAIL),
        (OURS, acl(), PUBLIC_POLICY, dict.fromkeys(FLAGS, True), None, PASS),
        ({"logs": None}, None, None, None, None, UNKNOWN),
    ],
)
def test_the_log_bucket_is_not_public(
    judged: Judged, bucket: Any, grants: Any, policy: Any, block: Any, account_block: Any, outcome: Outcome
) -> None:
    known = bucket["logs"] is not None
    verdict = judged(
        "cloudtrail_logs_s3_bucket_is_not_publicly_accessible",
        trail=trail(),
        log_bucket=bucket,
        log_bucket_acl={"logs": grants} if known else {},
        log_bucket_policy_document={"logs": policy} if known else {},
        log_bucket_public_access_block={"logs": block} if known else {},
        account_public_access_block=account_block,
    )
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("bucket", "logging", "outcome"),
    [
        (OURS, {"logs": {"TargetBucket": "access", "TargetPrefix": "logs/"}}, PASS),
        (OURS, {"logs": None}, FAIL),
        ({"logs": None}, {}, UNKNOWN),
    ],
)
def test_the_log_buckets_access_is_logged(
    judged: Judged, bucket: Any, logging: Any, outcome: Outcome
) -> None:
    verdict = judged(
        "cloudtrail_logs_s3_bucket_access_logging_enabled",
        trail=trail(),
        log_bucket=bucket,
        log_bucket_logging=logging,
    )
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("bucket", "versioning", "outcome"),
    [
        (OURS, {"logs": {"Status": "Enabled", "MFADelete": "Enabled"}}, PASS),
        (OURS, {"logs": {"Status": "Enabled"}}, FAIL),
        (OURS, {"logs": {}}, FAIL),
        ({"logs": None}, {}, UNKNOWN),
    ],
)
def test_deletion_needs_mfa(judged: Judged, bucket: Any, versioning: Any, outcome: Outcome) -> None:
    verdict = judged(
        "cloudtrail_bucket_requires_mfa_delete",
        trail=trail(),
        log_bucket=bucket,
        log_bucket_versioning=versioning,
    )
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("logs", "selectors", "outcome"),
    [
        (True, [{"InsightType": "ApiCallRateInsight"}], PASS),
        (True, [], FAIL),
        (True, None, FAIL),
        (False, None, Outcome.NOT_APPLICABLE),
    ],
)
def test_insights(judged: Judged, logs: bool, selectors: Any, outcome: Outcome) -> None:
    given = {"status": {"IsLogging": logs}, "insight_selectors": selectors}
    assert judged("cloudtrail_insights_exist", odd=False, **given).outcome == outcome
