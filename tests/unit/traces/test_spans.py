"""Spans are made of the times that were measured."""

from __future__ import annotations

from liveaudit.model import Resource
from liveaudit.traces.spans import of_audit, of_event

BUCKET = Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", "b")


def test_an_event_s_way_in() -> None:
    change = {
        "event_id": "e",
        "source": "s3.amazonaws.com",
        "name": "CreateBucket",
        "account": "111111111111",
        "region": "eu-west-1",
        "hops": {"event": 100.0, "bus": 101.0, "sent": 102.0, "received": 103.5},
    }
    span = of_event(change, 2, 104.0)
    assert (span.correlation, span.name, span.start, span.end, span.first) == (
        "e",
        "event",
        100.0,
        104.0,
        True,
    )
    assert [(each.name, each.start, each.end) for each in span.inside] == [
        ("to the bus", 100.0, 101.0),
        ("to the queue", 101.0, 102.0),
        ("in the queue", 102.0, 103.5),
        ("taken in", 103.5, 104.0),
    ]
    assert span.attributes["liveaudit.event"] == "s3.amazonaws.com:CreateBucket"
    assert span.attributes["liveaudit.resources"] == 2


def test_a_time_that_is_not_known_is_no_step_and_clocks_may_differ() -> None:
    span = of_event({"event_id": "e", "hops": {"event": 100.0, "sent": 99.0}}, 1, 104.0)
    assert [(each.name, each.start, each.end) for each in span.inside] == [
        ("to the bus", 100.0, 100.0),
        ("in the queue", 99.0, 104.0),
    ]
    assert of_event({"event_id": "e"}, 1, 104.0).inside == ()


def test_an_audit() -> None:
    hops = {"claimed": 10.0, "read": 11.0, "judged": 11.5, "stored": 12.0}
    span = of_audit("e", BUCKET, hops, {"liveaudit.look": 1})
    assert (span.start, span.end, span.first) == (10.0, 12.0, False)
    assert [(each.name, each.end - each.start) for each in span.inside] == [
        ("read", 1.0),
        ("judge", 0.5),
        ("store", 0.5),
    ]
    assert span.attributes["liveaudit.resource.id"] == "b"
