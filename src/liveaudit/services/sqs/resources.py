"""The table of Amazon SQS: what exists, how it is read, which events change it.

Sources: the SQS API reference and the developer guide's "Logging Amazon SQS API calls using AWS CloudTrail". Events and
lists name a queue by its URL, whose last part is the queue's name.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("sqs", event_source="sqs.amazonaws.com")

queue = service.resource_type(
    "AWS::SQS::Queue",
    arn="arn:{partition}:sqs:{region}:{account}:{id}",
    named_by=["requestParameters.queueUrl", "responseElements.queueUrl", "resources[].ARN"],
    # The code of the API before it spoke JSON, which the clients still tell, and that of today.
    gone=["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"],
    id_part=r"https?://[^/]+/\d{12}/(?P<id>[\w-]+(\.fifo)?)",
)
_URL = {"QueueUrl": "https://sqs.{region}.{domain}/{account}/{id}"}

queue.created_by("CreateQueue")
queue.deleted_by("DeleteQueue")
queue.listing("ListQueues", {"MaxResults": 1000}, items="QueueUrls[].{QueueUrl: @}", item_id="QueueUrl")
# Which attributes a queue has depends on its kind, so all of them are asked for.
queue.section(
    "attributes",
    "GetQueueAttributes",
    {**_URL, "AttributeNames": ["All"]},
    value="Attributes",
    silent=[
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "LastModifiedTimestamp",
    ],
    changed_by=["SetQueueAttributes", "AddPermission", "RemovePermission"],
    root=True,
)
queue.section("tags", "ListQueueTags", _URL, value="Tags", changed_by=["TagQueue", "UntagQueue"])

# "It can take up to 60 seconds for the changes to propagate": API reference, SetQueueAttributes.
queue.shows(
    "attributes",
    {
        f"requestParameters.attributes.{name}": name
        for name in ("KmsMasterKeyId", "SqsManagedSseEnabled", "VisibilityTimeout")
    },
    "SetQueueAttributes",
)

_MESSAGES = """
    SendMessage SendMessageBatch ReceiveMessage DeleteMessage DeleteMessageBatch ChangeMessageVisibility
    ChangeMessageVisibilityBatch
"""
service.ignores(
    "messages are sent, taken and deleted",
    *_MESSAGES.split(),
    noise=True,
)
service.ignores("messages are moved or purged", "PurgeQueue", "StartMessageMoveTask", "CancelMessageMoveTask")
