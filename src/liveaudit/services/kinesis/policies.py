"""The policies of Amazon Kinesis Data Streams."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
from liveaudit.policies.checks import is_one_of
from liveaudit.policies.shapes import rule
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
