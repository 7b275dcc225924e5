"""The policies of a region's recorder."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
POLICY = "config_recorder_all_regions_enabled"
RECORDER = {"name": "default", "roleARN": "arn:aws:iam::111122223333:role/config"}


def status(name: str = "default", **given: Any) -> dict[str, Any]:
    return {"name": name, "recording": True, "lastStatus": "SUCCESS", **given}


@pytest.mark.parametrize(
    ("recorders", "states", "outcome"),
    [
        ([], [], FAIL),
        ([RECORDER], [status()], PASS),
        ([RECORDER], [status(lastStatus="PENDING")], PASS),
        ([RECORDER], [status(recording=False)], FAIL),
        ([RECORDER], [status(lastStatus="FAILURE", lastErrorCode="AccessDenied")], FAIL),
        ([RECORDER], [status(lastStatus="Failure")], FAIL),
        ([RECORDER], [], FAIL),
        ([RECORDER], [status("other")], FAIL),
        ([RECORDER, {"name": "second"}], [status(recording=False), status("second")], PASS),
    ],
)
def test_a_recorder(judged: Judged, recorders: Any, states: Any, outcome: Outcome) -> None:
    assert judged(POLICY, recorders=recorders, recorder_status=states).outcome == outcome


@pytest.mark.parametrize(
    ("recorders", "states"),
    [(None, []), ([RECORDER], None), ([RECORDER], [status(recording="yes")]), ([{}], [])],
)
def test_another_shape_is_unknown(judged: Judged, recorders: Any, states: Any) -> None:
    assert judged(POLICY, odd=True, recorders=recorders, recorder_status=states).outcome == UNKNOWN


LINKED = "arn:aws:iam::111122223333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


@pytest.mark.parametrize(
    ("recorders", "outcome"),
    [
        ([{"name": "default", "roleARN": LINKED}], PASS),
        ([RECORDER], FAIL),
        ([{"name": "default", "roleARN": LINKED.replace("111122223333", "999999999999")}], FAIL),
        ([], Outcome.NOT_APPLICABLE),
    ],
)
def test_the_recorders_role(judged: Judged, recorders: Any, outcome: Outcome) -> None:
    assert judged("config_recorder_using_aws_service_role", recorders=recorders).outcome == outcome


@pytest.mark.parametrize("odd", [None, "default", [7]])
def test_a_recorder_of_another_shape_is_unknown(judged: Judged, odd: Any) -> None:
    assert judged("config_recorder_using_aws_service_role", odd=True, recorders=odd).outcome == UNKNOWN
