"""The policies of Amazon Data Firehose."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, not_applicable, unknown
from liveaudit.policies.checks import is_one_of, member
from liveaudit.policies.shapes import mapping, rule, text
from liveaudit.services.firehose.resources import delivery_stream as delivery_stream_type

_KEPT_ELSEWHERE = {
    "MSKAsSource": "its records wait in the Kafka cluster it reads from, which is always encrypted at rest",
    "DatabaseAsSource": "its records wait in the database it reads from",
}


@rule(
    delivery_stream_type,
    "firehose_stream_encrypted_at_rest",
    Severity.MEDIUM,
    title="Delivery streams are encrypted at rest",
    why="Records wait in the stream until they are delivered; without encryption they lie readable on its storage.",
    fix="Start encryption of the delivery stream; where it reads from a data stream, start that one's.",
)
def is_encrypted(delivery_stream: Any, source_stream: Any) -> Verdict:
    """FSBP DataFirehose.1; developer guide, "Data protection in Amazon Data Firehose".

    Encryption of its own is for direct puts only. With a data stream as source the records are kept there alone.
    """
    kind = text(
        mapping(delivery_stream, "the delivery stream").get("DeliveryStreamType"), "DeliveryStreamType"
    )
    if why := _KEPT_ELSEWHERE.get(kind):
        return not_applicable(why)
    if kind != "KinesisStreamAsSource":
        return is_one_of(
            delivery_stream,
            "DeliveryStreamEncryptionConfiguration.Status",
            "the delivery stream",
            ["ENABLED"],
        )
    arn = member(
        delivery_stream, "Source.KinesisStreamSourceDescription.KinesisStreamARN", "the delivery stream"
    )
    source = mapping(source_stream or {}, "the source streams").get(text(arn, "KinesisStreamARN"))
    if source is None:
        return unknown(f"the data stream it reads from cannot be read: {arn}")
    return is_one_of(source, "EncryptionType", f"the data stream {arn}", ["KMS"])
