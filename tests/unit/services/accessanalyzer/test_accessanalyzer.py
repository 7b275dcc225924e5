"""The policies of a region's analyzers. moto has none of them: the answers are made up after the API's model."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from liveaudit.model import Outcome
from liveaudit.services.accessanalyzer.resources import by_arn
from tests.unit.services.conftest import NOW, Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def listed(*analyzers: tuple[str, str]) -> Any:
    """The section for analyzers of these types and states, by way of a real client."""
    client = boto3.client(
        "accessanalyzer", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    answers = [
        {
            "arn": f"arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/{9 - number}",
            "name": str(9 - number),
            "type": kind,
            "status": status,
            "createdAt": NOW,
            "lastResourceAnalyzedAt": NOW,
        }
        for number, (kind, status) in enumerate(analyzers)
    ]
    with Stubber(client) as stubber:
        stubber.add_response("list_analyzers", {"analyzers": answers})
        return by_arn(client.list_analyzers()["analyzers"])


def test_analyzers_are_in_order_and_without_what_changes_by_itself() -> None:
    first, second = listed(("ACCOUNT", "ACTIVE"), ("ORGANIZATION", "ACTIVE"))
    assert (first["name"], second["name"]) == ("8", "9")
    assert first.keys() == {"arn", "name", "type", "status"}


@pytest.mark.parametrize(
    ("analyzers", "outcome"),
    [
        ([], FAIL),
        ([("ACCOUNT", "ACTIVE")], PASS),
        ([("ORGANIZATION", "ACTIVE")], PASS),
        ([("ACCOUNT", "CREATING")], FAIL),
        ([("ACCOUNT", "FAILED")], FAIL),
        ([("ACCOUNT", "DISABLED")], FAIL),
        # these look for something else
        ([("ACCOUNT_UNUSED_ACCESS", "ACTIVE")], FAIL),
        ([("ACCOUNT_INTERNAL_ACCESS", "ACTIVE"), ("ORGANIZATION_UNUSED_ACCESS", "ACTIVE")], FAIL),
        ([("ACCOUNT_UNUSED_ACCESS", "ACTIVE"), ("ACCOUNT", "ACTIVE")], PASS),
    ],
)
def test_an_analyzer(judged: Judged, analyzers: list[tuple[str, str]], outcome: Outcome) -> None:
    assert judged("accessanalyzer_enabled", analyzers=listed(*analyzers)).outcome == outcome


@pytest.mark.parametrize("odd", [None, "none", [7]])
def test_another_shape_is_unknown(judged: Judged, odd: Any) -> None:
    assert judged("accessanalyzer_enabled", odd=True, analyzers=odd).outcome == UNKNOWN
