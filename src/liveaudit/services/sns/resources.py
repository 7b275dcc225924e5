"""The table of Amazon SNS: what exists, how it is read, which events change it.

Sources: the SNS API reference and the developer guide's "Logging SNS API calls using CloudTrail". A subscription's ARN is
its id: it has the topic's account in it, which may be another than the subscriber's.

Where a subscription sends to may be somebody's address, or a URL with a token in it: of that only scheme and host are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from liveaudit.catalog.types import Service

service = Service("sns", event_source="sns.amazonaws.com")

_GONE = ("NotFound", "NotFoundException")
_KEPT = ("TopicArn", "Protocol", "Owner", "PendingConfirmation", "RawMessageDelivery", "SubscriptionRoleArn")


def where_to(attributes: Mapping[str, str]) -> dict[str, Any]:
    """The attributes of a subscription that are kept; ``Host`` tells scheme and host of a web endpoint."""
    told: dict[str, Any] = {name: attributes[name] for name in _KEPT if name in attributes}
    if attributes.get("Protocol") in ("http", "https"):
        parts = urlsplit(attributes.get("Endpoint", ""))
        told["Host"] = f"{parts.scheme}://{parts.hostname}"
    return told


def by_arn(subscriptions: Any) -> list[dict[str, Any]]:
    """A topic's subscriptions in the order of their ARNs, without where they send to; SNS gives them in none."""
    told = [
        {name: each.get(name) for name in ("SubscriptionArn", "Protocol", "Owner")} for each in subscriptions
    ]
    return sorted(told, key=lambda each: tuple(str(value) for value in each.values()))


topic = service.resource_type(
    "AWS::SNS::Topic",
    arn="arn:{partition}:sns:{region}:{account}:{id}",
    named_by=["requestParameters.topicArn", "responseElements.topicArn", "requestParameters.resourceArn"],
    gone=_GONE,
    id_pattern=r"[\w-]+(\.fifo)?",
)
_TOPIC_ARN = "arn:{partition}:sns:{region}:{account}:{id}"
topic.created_by("CreateTopic")
topic.deleted_by("DeleteTopic")
topic.listing("ListTopics", items="Topics", item_id="TopicArn")
topic.section(
    "attributes",
    "GetTopicAttributes",
    {"TopicArn": _TOPIC_ARN},
    value="Attributes",
    # Counted by SNS itself.
    silent=["SubscriptionsConfirmed", "SubscriptionsDeleted", "SubscriptionsPending"],
    changed_by=["SetTopicAttributes", "AddPermission", "RemovePermission"],
    root=True,
)
topic.section(
    "subscriptions",
    "ListSubscriptionsByTopic",
    {"TopicArn": _TOPIC_ARN},
    value="Subscriptions",
    shape=by_arn,
    changed_by=["Subscribe", "ConfirmSubscription"],
)
topic.section(
    "tags",
    "ListTagsForResource",
    {"ResourceArn": _TOPIC_ARN},
    value="Tags",
    changed_by=["TagResource", "UntagResource"],
)

subscription = service.resource_type(
    "AWS::SNS::Subscription",
    arn="{id}",
    named_by=["responseElements.subscriptionArn", "requestParameters.subscriptionArn"],
    gone=_GONE,
    id_pattern=r"arn:[\w-]+:sns:[\w-]+:\d{12}:[^:]+:[\w-]+",
)
subscription.created_by("Subscribe", "ConfirmSubscription")
subscription.deleted_by("Unsubscribe")
# What waits for its confirmation gets no messages, and has no ARN yet.
subscription.listing(
    "ListSubscriptions",
    items="Subscriptions[?starts_with(SubscriptionArn, 'arn:')]",
    item_id="SubscriptionArn",
)
subscription.section(
    "subscription",
    "GetSubscriptionAttributes",
    {"SubscriptionArn": "{id}"},
    value="Attributes",
    shape=where_to,
    changed_by="SetSubscriptionAttributes",
    root=True,
)

subscription.has_no_tags()

service.ignores("messages are sent", "Publish", "PublishBatch", noise=True)
_PUSH = """
    CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber DeleteEndpoint
    DeletePlatformApplication DeleteSMSSandboxPhoneNumber OptInPhoneNumber SetEndpointAttributes
    SetPlatformApplicationAttributes SetSMSAttributes VerifySMSSandboxPhoneNumber CheckIfPhoneNumberIsOptedOut
"""
service.ignores(
    "mobile push and text messages are not covered",
    *_PUSH.split(),
)
service.ignores("message data protection is not covered", "PutDataProtectionPolicy")
service.ignores("it only reads, though some records do not say so", "ListTopics", "ListSubscriptions")
