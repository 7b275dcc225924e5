"""SNS's table: which topic or subscription an event names, and what of a subscription is kept."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import match
from liveaudit.services import load
from liveaudit.services.sns.resources import subscription, topic
from tests.support.events import event, named, unplaced

CATALOG, _ = load()
TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders"
SUBSCRIPTION = f"{TOPIC}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"
ON_THE_TOPIC = ("AWS::SNS::Topic", "orders", "eu-west-1")
THE_SUBSCRIPTION = ("AWS::SNS::Subscription", SUBSCRIPTION, "eu-west-1")


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "expected"),
    [
        ("CreateTopic", {"name": "orders"}, {"topicArn": TOPIC}, {(*ON_THE_TOPIC, frozenset())}),
        ("DeleteTopic", {"topicArn": TOPIC}, {}, {(*ON_THE_TOPIC, frozenset())}),
        (
            "SetTopicAttributes",
            {"topicArn": TOPIC, "attributeName": "Policy"},
            {},
            {(*ON_THE_TOPIC, frozenset({"attributes"}))},
        ),
        ("TagResource", {"resourceArn": TOPIC}, {}, {(*ON_THE_TOPIC, frozenset({"tags"}))}),
        (
            "Subscribe",
            {"topicArn": TOPIC, "protocol": "http"},
            {"subscriptionArn": "pending confirmation"},
            {(*ON_THE_TOPIC, frozenset({"subscriptions"}))},
        ),
        (
            "ConfirmSubscription",
            {"topicArn": TOPIC},
            {"subscriptionArn": SUBSCRIPTION},
            {(*ON_THE_TOPIC, frozenset({"subscriptions"})), (*THE_SUBSCRIPTION, frozenset())},
        ),
        ("Unsubscribe", {"subscriptionArn": SUBSCRIPTION}, {}, {(*THE_SUBSCRIPTION, frozenset())}),
        (
            "SetSubscriptionAttributes",
            {"subscriptionArn": SUBSCRIPTION},
            {},
            {(*THE_SUBSCRIPTION, frozenset({"subscription"}))},
        ),
    ],
)
def test_the_event_names_it(name: str, request_parameters: Any, response: Any, expected: Any) -> None:
    assert named(match(CATALOG, event("sns", name, request_parameters, response))) == expected


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "sns") == []


@pytest.mark.parametrize(
    ("protocol", "endpoint", "host"),
    [
        ("http", "http://user:hunter2@hooks.example.com:8080/T0/secret?key=1", "http://hooks.example.com"),
        ("https", "https://hooks.example.com/T0/secret", "https://hooks.example.com"),
        ("email", "somebody@example.com", None),
        ("sms", "+4912345", None),
    ],
)
def test_of_an_endpoint_only_the_host_is_kept(protocol: str, endpoint: str, host: str | None) -> None:
    given = {"TopicArn": TOPIC, "Protocol": protocol, "Endpoint": endpoint, "Owner": "111122223333"}
    kept = section_value(subscription.sections["subscription"], given)
    assert kept.get("Host") == host
    assert "Endpoint" not in kept
    of_topic = section_value(topic.sections["subscriptions"], [given | {"SubscriptionArn": SUBSCRIPTION}])
    assert of_topic == [{"SubscriptionArn": SUBSCRIPTION, "Protocol": protocol, "Owner": "111122223333"}]
