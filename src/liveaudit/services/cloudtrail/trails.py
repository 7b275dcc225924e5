"""The policies of a trail: whether it logs, how its files are protected, and its log bucket."""

from __future__ import annotations

import datetime as dt
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.checks import flag, is_given, is_on
from liveaudit.policies.clock import Now
from liveaudit.policies.shapes import mapping, mappings, moment, rule, text
from liveaudit.services.cloudtrail.resources import trail
from liveaudit.services.s3.document_policies import is_not_public
from liveaudit.services.s3.policies import access_is_logged, mfa_delete_is_on

DELIVERY_AGE = dt.timedelta(days=1)
"""CIS: a delivery to CloudWatch Logs that is older than a day counts as none."""
FIRST_DELIVERY = dt.timedelta(hours=1)
"""CloudTrail delivers within minutes (user guide, "Monitoring CloudTrail Log Files with CloudWatch Logs"); after an hour
without any, none is to be expected."""


@rule(
    trail,
    "cloudtrail_trail_logging_stopped",
    Severity.CRITICAL,
    title="The trail is logging",
    why="A trail that was stopped looks like one and records nothing: stopping it is an intruder's first step.",
    fix="Start the trail again, and find out who stopped it: the record of StopLogging names them.",
)
def trail_logs(status: Any) -> Verdict:
    """CloudTrail API reference, GetTrailStatus."""
    if flag(status, "IsLogging", "the trail's status"):
        return passed("the trail is logging")
    stopped = mapping(status, "the trail's status").get("StopLoggingTime")
    if stopped is None:
        return failed("the trail was never started", IsLogging=False)
    when = moment(stopped, "StopLoggingTime").isoformat()
    return failed("the trail is stopped", IsLogging=False, StopLoggingTime=when)


@rule(
    trail,
    "cloudtrail_kms_encryption_enabled",
    Severity.MEDIUM,
    title="The trail's log files are encrypted with a KMS key",
    why="With a key of your own, reading the bucket is not enough to read the log: the key's policy decides too.",
    fix="Give the trail a KMS key whose policy lets CloudTrail encrypt with it.",
)
def files_are_encrypted_with_a_key(trail: Any) -> Verdict:
    """CIS 7.0 4.5; CloudTrail user guide, "Encrypting CloudTrail log files with AWS KMS keys"."""
    return is_given(trail, "KmsKeyId", "the trail")


@rule(
    trail,
    "cloudtrail_log_file_validation_enabled",
    Severity.MEDIUM,
    title="The trail's log files can be validated",
    why="Signed digests show whether a log file was changed or deleted after it was delivered.",
    fix="Switch log file validation on for the trail.",
)
def files_can_be_validated(trail: Any) -> Verdict:
    """CIS 7.0 4.2; CloudTrail user guide, "Validating CloudTrail log file integrity"."""
    return is_on(trail, "LogFileValidationEnabled", "the trail")


@rule(
    trail,
    "cloudtrail_cloudwatch_logging_enabled",
    Severity.LOW,
    title="The trail delivers to CloudWatch Logs",
    why="Only what reaches a log group can raise an alarm within minutes.",
    fix="Give the trail a log group and a role that may write to it, and see that deliveries arrive.",
)
def delivers_to_a_log_group(trail: Any, status: Any, cloudwatch_delivery: Any, now: Now) -> Verdict:
    """CIS 2.0 3.4, Security Hub CloudTrail.5; GetTrailStatus, LatestCloudWatchLogsDeliveryTime."""
    given = is_given(trail, "CloudWatchLogsLogGroupArn", "the trail")
    if given.evidence:
        return given
    delivery = mapping(cloudwatch_delivery, "the delivery to CloudWatch Logs")
    latest = delivery.get("LatestCloudWatchLogsDeliveryTime")
    if latest is not None:
        latest = moment(latest, "LatestCloudWatchLogsDeliveryTime")
        if not now.older_than(latest, DELIVERY_AGE):
            return passed(
                "deliveries arrive in CloudWatch Logs", LatestCloudWatchLogsDeliveryTime=str(latest)
            )
    logging = mapping(status, "the trail's status")
    started = logging.get("StartLoggingTime") if flag(logging, "IsLogging", "the trail's status") else None
    if started is not None and not now.older_than(moment(started, "StartLoggingTime"), FIRST_DELIVERY):
        return unknown("the trail was started less than an hour ago, and has delivered nothing yet")
    return failed(
        "no delivery to CloudWatch Logs within a day",
        LatestCloudWatchLogsDeliveryTime=None if latest is None else str(latest),
        LatestCloudWatchLogsDeliveryError=delivery.get("LatestCloudWatchLogsDeliveryError"),
    )


def _log_bucket(trail: Any, log_bucket: Any) -> tuple[str, Verdict | None]:
    """The name of the log bucket; and UNKNOWN where it is none of the account's, whose settings cannot be asked for."""
    name = text(mapping(trail, "the trail").get("S3BucketName"), "S3BucketName")
    if mapping(log_bucket, "the log bucket").get(name) is None:
        return name, unknown(
            f"the log bucket {name} is none of this account's buckets: it is judged where it belongs"
        )
    return name, None


def _of(buckets: Any, name: str, what: str) -> Any:
    return mapping(buckets, what).get(name)


@rule(
    trail,
    "cloudtrail_logs_s3_bucket_is_not_publicly_accessible",
    Severity.CRITICAL,
    title="The trail's log bucket is not public",
    why="The log tells who does what with which resources: a map of the account for whoever wants to break in.",
    fix="Turn the log bucket's public access block on, and remove the grant or statement shown.",
)
def log_bucket_is_not_public(
    trail: Any,
    log_bucket: Any,
    log_bucket_acl: Any,
    log_bucket_policy_document: Any,
    log_bucket_public_access_block: Any,
    account_public_access_block: Any,
) -> Verdict:
    """CIS 2.0 3.3, Security Hub CloudTrail.6. Public by ACL or by policy, as S3's own policy has it."""
    name, not_ours = _log_bucket(trail, log_bucket)
    if not_ours is not None:
        return not_ours
    return is_not_public(
        acl=_of(log_bucket_acl, name, "the log bucket's ACL"),
        policy_document=_of(log_bucket_policy_document, name, "the log bucket's policy"),
        public_access_block=_of(log_bucket_public_access_block, name, "the log bucket's public access block"),
        account_public_access_block=account_public_access_block,
    )


@rule(
    trail,
    "cloudtrail_logs_s3_bucket_access_logging_enabled",
    Severity.MEDIUM,
    title="Access to the trail's log bucket is logged",
    why="It shows who has read the log, or tried to remove it.",
    fix="Switch server access logging on for the log bucket, into another bucket.",
)
def access_to_the_log_bucket_is_logged(trail: Any, log_bucket: Any, log_bucket_logging: Any) -> Verdict:
    """CIS 7.0 4.4; S3 user guide, "Logging requests with server access logging"."""
    name, not_ours = _log_bucket(trail, log_bucket)
    if not_ours is not None:
        return not_ours
    return access_is_logged(logging=_of(log_bucket_logging, name, "the log bucket's logging"))


@rule(
    trail,
    "cloudtrail_bucket_requires_mfa_delete",
    Severity.MEDIUM,
    title="Log files of the trail are deleted for good with MFA only",
    why="Stolen keys alone then do not suffice to destroy the log of what was done with them.",
    fix="Enable MFA delete on the log bucket, as the root.",
)
def log_files_are_deleted_with_mfa_only(trail: Any, log_bucket: Any, log_bucket_versioning: Any) -> Verdict:
    """S3 user guide, "Configuring MFA delete"."""
    name, not_ours = _log_bucket(trail, log_bucket)
    if not_ours is not None:
        return not_ours
    return mfa_delete_is_on(versioning=_of(log_bucket_versioning, name, "the log bucket's versioning"))


@rule(
    trail,
    "cloudtrail_insights_exist",
    Severity.LOW,
    title="The trail looks for unusual activity",
    why="Insights tell when calls or errors come in numbers that the account has not seen before.",
    fix="Switch Insights on for the trail, for call rates and error rates.",
)
def looks_for_unusual_activity(status: Any, insight_selectors: Any) -> Verdict:
    """CloudTrail user guide, "Working with CloudTrail Insights"."""
    if not flag(status, "IsLogging", "the trail's status"):
        return not_applicable("the trail is not logging: cloudtrail_trail_logging_stopped tells of it")
    found = mappings([] if insight_selectors is None else insight_selectors, "the insight selectors")
    if found:
        return passed("Insights are on: " + ", ".join(str(each.get("InsightType")) for each in found))
    return failed("the trail has no Insights", InsightSelectors=[])
