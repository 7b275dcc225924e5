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
