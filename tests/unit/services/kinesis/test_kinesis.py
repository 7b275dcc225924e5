"""Kinesis: its policy, and which stream an event names."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.kinesis.resources import stream
from tests.support.events import event, named
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
ARN = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}, Outcome.PASS),
        ({"EncryptionType": "NONE"}, Outcome.FAIL),
        ({}, Outcome.FAIL),
        ({"EncryptionType": 7}, Outcome.UNKNOWN),
        ("x", Outcome.UNKNOWN),
    ],
)
def test_encryption(judged: Judged, given: Any, outcome: Outcome) -> None:
    odd = outcome is Outcome.UNKNOWN
    assert judged("kinesis_stream_encrypted_at_rest", odd=odd, stream=given).outcome is outcome


@pytest.mark.parametrize(
    ("hours", "outcome"),
    [
        (24, Outcome.FAIL),
        (167, Outcome.FAIL),
        (168, Outcome.PASS),
        (8760, Outcome.PASS),
        ("168", Outcome.UNKNOWN),
    ],
)
def test_retention(judged: Judged, hours: Any, outcome: Outcome) -> None:
    odd = outcome is Outcome.UNKNOWN
    given = {"RetentionPeriodHours": hours}
    assert judged("kinesis_stream_data_retention_period", odd=odd, stream=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "request_parameters", "sections"),
    [
        ("CreateStream", {"streamName": "orders", "shardCount": 1}, set()),
        ("DeleteStream", {"streamARN": ARN}, set()),
        ("StopStreamEncryption", {"streamARN": ARN, "encryptionType": "KMS"}, {"stream"}),
        ("IncreaseStreamRetentionPeriod", {"streamName": "orders"}, {"stream"}),
        ("PutResourcePolicy", {"resourceARN": ARN}, {"policy_document"}),
        ("PutResourcePolicy", {"resourceARN": f"{ARN}/consumer/app:1690000000"}, {"policy_document"}),
    ],
)
def test_the_event_names_its_stream(name: str, request_parameters: Any, sections: set[str]) -> None:
    found = match(CATALOG, event("kinesis", name, request_parameters))
    assert named(found) == {(stream.name, "orders", "eu-west-1", frozenset(sections))}
