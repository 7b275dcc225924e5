"""The policies of Amazon Kinesis Data Streams."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_one_of
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import mapping, rule, whole_number
from liveaudit.services.kinesis.resources import stream as stream_type


@rule(
    stream_type,
    "kinesis_stream_encrypted_at_rest",
    Severity.HIGH,
    title="Data streams are encrypted at rest",
    why="Records stay in a stream for a day up to a year; without encryption they lie readable on its storage.",
    fix="Start encryption of the stream with a KMS key; what was written before stays as it is until it expires.",
)
def is_encrypted(stream: Any) -> Verdict:
    """FSBP Kinesis.1; developer guide, "Data protection in Amazon Kinesis Data Streams"."""
    return is_one_of(stream, "EncryptionType", "the stream", ["KMS"])


_WEEK = 168


@rule(
    stream_type,
    "kinesis_stream_data_retention_period",
    Severity.MEDIUM,
    title="Data streams keep their records for a week",
    why="What a consumer misses while it is down can be read again only as long as the stream keeps it.",
    fix="Raise the retention period of the stream to 168 hours or more.",
    takes=(number("hours", _WEEK, "Hours that records must be kept at least."),),
)
def keeps_for_a_week(stream: Any, hours: int) -> Verdict:
    """FSBP Kinesis.3, with its default of 168 hours."""
    kept = whole_number(mapping(stream, "the stream").get("RetentionPeriodHours"), "RetentionPeriodHours")
    told = f"records are kept for {kept} hours"
    return passed(told) if kept >= hours else failed(told, RetentionPeriodHours=kept)
