"""Firehose: its policy, which stream an event names, and that nothing of a destination is kept."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.firehose.resources import delivery_stream
from tests.support.events import event, named
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
POLICY = "firehose_stream_encrypted_at_rest"
SOURCE = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("ENABLED", PASS), ("DISABLED", FAIL), ("ENABLING", FAIL), ("ENABLING_FAILED", FAIL), (None, FAIL)],
)
def test_direct_puts(judged: Judged, status: str | None, outcome: Outcome) -> None:
    given = {"DeliveryStreamType": "DirectPut", "DeliveryStreamEncryptionConfiguration": {"Status": status}}
    assert judged(POLICY, delivery_stream=given).outcome is outcome


@pytest.mark.parametrize(
    ("sources", "outcome"),
    [
        ({SOURCE: {"EncryptionType": "KMS"}}, PASS),
        ({SOURCE: {"EncryptionType": "NONE"}}, FAIL),
        ({SOURCE: None}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_a_data_stream_as_source_is_judged_in_its_place(
    judged: Judged, sources: Any, outcome: Outcome
) -> None:
    given = {
        "DeliveryStreamType": "KinesisStreamAsSource",
        "Source": {"KinesisStreamSourceDescription": {"KinesisStreamARN": SOURCE}},
    }
    assert judged(POLICY, delivery_stream=given, source_stream=sources).outcome is outcome


@pytest.mark.parametrize("kind", ["MSKAsSource", "DatabaseAsSource"])
def test_other_sources_keep_their_records_themselves(judged: Judged, kind: str) -> None:
    assert judged(POLICY, delivery_stream={"DeliveryStreamType": kind}).outcome is NONE


@pytest.mark.parametrize("given", [{}, "x", {"DeliveryStreamType": "KinesisStreamAsSource", "Source": 7}])
def test_another_shape_is_unknown(judged: Judged, given: Any) -> None:
    assert judged(POLICY, odd=True, delivery_stream=given).outcome is UNKNOWN


def test_the_event_names_its_stream() -> None:
    found = match(CATALOG, event("firehose", "UpdateDestination", {"deliveryStreamName": "orders"}))
    assert named(found) == {(delivery_stream.name, "orders", "eu-west-1", frozenset({"delivery_stream"}))}


def test_a_change_of_the_source_reaches_it() -> None:
    assert ("stream", delivery_stream.name, "source_stream") in CATALOG.dependents("AWS::Kinesis::Stream")


def test_nothing_of_a_destination_is_kept() -> None:
    described = {
        "DeliveryStreamName": "orders",
        "DeliveryStreamType": "DirectPut",
        "Destinations": [{"SplunkDestinationDescription": {"HECToken": "hunter2"}}],
    }
    kept = jmespath.search(
        delivery_stream.sections["delivery_stream"].value, {"DeliveryStreamDescription": described}
    )
    assert kept["DeliveryStreamName"] == "orders"
    assert "hunter2" not in str(kept)
