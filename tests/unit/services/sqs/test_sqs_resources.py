"""SQS's table: which queue an event names."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.catalog import placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.targets import identify, match
from liveaudit.model import Resource
from liveaudit.services import load
from liveaudit.services.sqs.resources import queue
from tests.support.events import event, named, unplaced

CATALOG, _ = load()
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "sections"),
    [
        ("CreateQueue", {"queueName": "orders"}, {"queueUrl": URL}, set()),
        ("DeleteQueue", {"queueUrl": URL}, {}, set()),
        ("SetQueueAttributes", {"queueUrl": URL, "attributes": {"Policy": "{}"}}, {}, {"attributes"}),
        ("SetQueueAttributes", {"queueUrl": "http://127.0.0.1:5000/111122223333/orders"}, {}, {"attributes"}),
        ("AddPermission", {"queueUrl": URL.replace("sqs.eu-west-1", "eu-west-1.queue")}, {}, {"attributes"}),
        ("TagQueue", {"queueUrl": URL, "tags": {}}, {}, {"tags"}),
    ],
)
def test_the_event_names_its_queue(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], sections: set[str]
) -> None:
    found = match(CATALOG, event("sqs", name, request_parameters, response))
    assert named(found) == {(queue.name, "orders", "eu-west-1", frozenset(sections))}


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "sqs") == []


@pytest.mark.parametrize(
    ("partition", "region", "domain"),
    [("aws", "eu-west-1", "amazonaws.com"), ("aws-cn", "cn-north-1", "amazonaws.com.cn")],
)
def test_the_url_is_the_partitions(partition: str, region: str, domain: str) -> None:
    call = queue.sections["attributes"].call
    assert call is not None
    resource = Resource(partition, "111122223333", region, queue.name, "orders.fifo")
    url = fill(call.params, placeholders(resource))["QueueUrl"]
    assert url == f"https://sqs.{region}.{domain}/111122223333/orders.fifo"
    assert identify(queue, url, partition, "111122223333", region) == resource
