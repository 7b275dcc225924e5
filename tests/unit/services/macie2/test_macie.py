"""The policies of a region's Macie."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("session", "outcome"),
    [({"status": "ENABLED"}, PASS), ({"status": "PAUSED"}, FAIL), (None, FAIL), ({}, FAIL)],
)
def test_macie(judged: Judged, session: Any, outcome: Outcome) -> None:
    assert judged("macie_is_enabled", session=session).outcome == outcome


@pytest.mark.parametrize("odd", ["ENABLED", {"status": 7}])
def test_another_shape_is_unknown(judged: Judged, odd: Any) -> None:
    assert judged("macie_is_enabled", odd=True, session=odd).outcome == UNKNOWN


DISCOVERY = "macie_automated_sensitive_data_discovery_enabled"
ON = {"status": "ENABLED"}


@pytest.mark.parametrize(
    ("session", "discovery", "outcome"),
    [
        (ON, {"status": "ENABLED"}, PASS),
        (ON, {"status": "DISABLED"}, FAIL),
        (None, None, Outcome.NOT_APPLICABLE),
        (ON, None, Outcome.NOT_APPLICABLE),
    ],
)
def test_discovery(judged: Judged, session: Any, discovery: Any, outcome: Outcome) -> None:
    assert judged(DISCOVERY, session=session, automated_discovery=discovery).outcome == outcome


def test_discovery_of_another_shape_is_unknown(judged: Judged) -> None:
    assert judged(DISCOVERY, odd=True, session=ON, automated_discovery={"status": 7}).outcome == UNKNOWN
