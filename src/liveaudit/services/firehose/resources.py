"""The table of Amazon Data Firehose: what exists, how it is read, which events change it.

Sources: the API reference and the developer guide's "Log Amazon Data Firehose API calls with AWS CloudTrail". The
destinations of a stream hold tokens and passwords; they are not kept.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.kinesis.resources import stream

service = Service("firehose", event_source="firehose.amazonaws.com")

_KEPT = (
    "DeliveryStreamName",
    "DeliveryStreamARN",
    "DeliveryStreamStatus",
    "DeliveryStreamType",
    "DeliveryStreamEncryptionConfiguration",
    "Source",
)
_PATH = "DeliveryStreamDescription.{" + ", ".join(f"{name}: {name}" for name in _KEPT) + "}"

delivery_stream = service.resource_type(
    "AWS::KinesisFirehose::DeliveryStream",
    arn="arn:{partition}:firehose:{region}:{account}:deliverystream/{id}",
    named_by="requestParameters.deliveryStreamName",
    gone="ResourceNotFoundException",
)
delivery_stream.created_by("CreateDeliveryStream")
delivery_stream.deleted_by("DeleteDeliveryStream")
delivery_stream.listing(
    "ListDeliveryStreams",
    items="DeliveryStreamNames[].{DeliveryStreamName: @}",
    item_id="DeliveryStreamName",
)
delivery_stream.section(
    "delivery_stream",
    "DescribeDeliveryStream",
    {"DeliveryStreamName": "{id}"},
    value=_PATH,
    changed_by=["UpdateDestination", "StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption"],
    root=True,
)
# A stream has at most so many.
delivery_stream.section(
    "tags",
    "ListTagsForDeliveryStream",
    {"DeliveryStreamName": "{id}", "Limit": 50},
    value="Tags",
    shape=keeping(leaves("Key", "Value")),
    changed_by=["TagDeliveryStream", "UntagDeliveryStream"],
)
delivery_stream.references(
    "source_stream",
    stream,
    "stream",
    ids="delivery_stream.Source.KinesisStreamSourceDescription.KinesisStreamARN",
    partial=True,
)
# Answered with ENABLING and DISABLING.
delivery_stream.takes(
    180.0, "CreateDeliveryStream", "StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption"
)
delivery_stream.shows(
    "delivery_stream",
    {"=ENABLED": "DeliveryStreamEncryptionConfiguration.Status"},
    "StartDeliveryStreamEncryption",
)
delivery_stream.shows(
    "delivery_stream",
    {"=DISABLED": "DeliveryStreamEncryptionConfiguration.Status"},
    "StopDeliveryStreamEncryption",
)

service.ignores("records are written", "PutRecord", "PutRecordBatch", noise=True)
