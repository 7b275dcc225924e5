"""The policies of Amazon SNS on topics and subscriptions."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_given, member
from liveaudit.policies.policy import Context
from liveaudit.policies.resource_policies import no_strangers, not_public
from liveaudit.policies.shapes import mapping, rule, text
from liveaudit.services.sns.resources import subscription as sns_subscription
from liveaudit.services.sns.resources import topic


@rule(
    topic,
    "sns_topics_kms_encryption_at_rest_enabled",
    Severity.HIGH,
    title="Topics are encrypted with a KMS key",
    why="Without a key of KMS, who may read a message is decided by the topic alone, and no use of a key is logged.",
    fix="Give the topic a KMS key, and let its publishers use that key.",
)
def is_encrypted(attributes: Any) -> Verdict:
    """FSBP SNS.1; SNS developer guide, "Securing Amazon SNS data with server-side encryption"."""
    return is_given(attributes, "KmsMasterKeyId", "the topic")


@rule(
    topic,
    "sns_topics_not_publicly_accessible",
    Severity.HIGH,
    title="The topic's policy does not let everybody in",
    why="Everybody could publish what your subscribers trust, or subscribe and read along.",
    fix="Name the principals in the statement shown, or bind it with aws:SourceAccount, aws:SourceArn or an organization.",
)
def is_not_public(attributes: Any) -> Verdict:
    """CIS 7.0 2.21; FSBP SNS.4. sns:Endpoint and sns:Protocol tell where messages go, not who asks for it."""
    return not_public(member(attributes, "Policy", "the topic"), "the topic policy")


@rule(
    topic,
    "sns_topic_cross_account_access",
    Severity.MEDIUM,
    title="The topic's policy lets in only accounts that are known",
    why="A foreign account publishes or reads along under its own administrators' rules, not yours.",
    fix="Take the foreign principal out of the statement shown, or enter its account as trusted.",
)
def lets_no_stranger_in(attributes: Any, resource: Resource, context: Context) -> Verdict:
    """SNS developer guide, "Example cases for Amazon SNS access control"."""
    return no_strangers(member(attributes, "Policy", "the topic"), "the topic policy", resource, context)


@rule(
    sns_subscription,
    "sns_subscription_not_using_http_endpoints",
    Severity.HIGH,
    title="Subscriptions do not deliver over plain HTTP",
    why="What travels over plain HTTP can be read and changed on its way.",
    fix="Subscribe the endpoint anew with HTTPS and remove this subscription; a protocol cannot be changed.",
)
def uses_no_plain_http(subscription: Any) -> Verdict:
    """SNS developer guide, "Enforce encryption of data in transit"."""
    protocol = text(mapping(subscription, "the subscription").get("Protocol"), "Protocol")
    if protocol == "http":
        return failed("the protocol is http", Protocol=protocol, Host=subscription.get("Host"))
    return passed(f"the protocol is {protocol}")
