"""The table of Amazon Kinesis Data Streams: what exists, how it is read, which events change it.

Sources: the API reference and the developer guide's "Logging Amazon Kinesis Data Streams API calls with AWS CloudTrail".
Events name a stream by its name or by its ARN.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("kinesis", event_source="kinesis.amazonaws.com")

stream = service.resource_type(
    "AWS::Kinesis::Stream",
    arn="arn:{partition}:kinesis:{region}:{account}:stream/{id}",
    named_by=["requestParameters.streamName", "requestParameters.streamARN", "requestParameters.resourceARN"],
    gone="ResourceNotFoundException",
    # The ARN of a consumer begins with its stream's.
    id_part=r"(?P<id>[\w.-]+)/consumer/.+",
)
stream.created_by("CreateStream")
stream.deleted_by("DeleteStream")
stream.listing("ListStreams", items="StreamNames[].{StreamName: @}", item_id="StreamName")
stream.section(
    "stream",
    "DescribeStreamSummary",
    {"StreamName": "{id}"},
    value="StreamDescriptionSummary",
    # A stream on demand splits its shards by itself.
    silent=["OpenShardCount"],
    changed_by=[
        "StartStreamEncryption",
        "StopStreamEncryption",
        "IncreaseStreamRetentionPeriod",
        "DecreaseStreamRetentionPeriod",
        "UpdateStreamMode",
        "UpdateShardCount",
        "SplitShard",
        "MergeShards",
        "EnableEnhancedMonitoring",
        "DisableEnhancedMonitoring",
        "UpdateMaxRecordSize",
        "UpdateStreamWarmThroughput",
        "UpdateStreamRecordDistributionStrategy",
    ],
    root=True,
)
stream.section(
    "policy_document",
    "GetResourcePolicy",
    {"ResourceARN": "arn:{partition}:kinesis:{region}:{account}:stream/{id}"},
    value="Policy",
    absent="ResourceNotFoundException",
    changed_by=["PutResourcePolicy", "DeleteResourcePolicy"],
)
# A stream has at most so many.
stream.section(
    "tags",
    "ListTagsForStream",
    {"StreamName": "{id}", "Limit": 50},
    value="Tags",
    shape=keeping(leaves("Key", "Value")),
    changed_by=["AddTagsToStream", "RemoveTagsFromStream", "TagResource", "UntagResource"],
)
# "Updating or applying encryption normally takes a few seconds to complete, but it can take minutes": API reference,
# StartStreamEncryption.
stream.takes(300.0, "CreateStream", "StartStreamEncryption", "StopStreamEncryption")
stream.shows("stream", {"requestParameters.encryptionType": "EncryptionType"}, "StartStreamEncryption")
stream.shows("stream", {"=NONE": "EncryptionType"}, "StopStreamEncryption")

service.ignores("records are written", "PutRecord", "PutRecords", noise=True)
service.ignores(
    "consumers and channels are not covered",
    "RegisterStreamConsumer",
    "DeregisterStreamConsumer",
    "SubscribeToShard",
    "CreateChannel",
    "UpdateChannel",
    "DeleteChannel",
    "UpdateAccountSettings",
)
