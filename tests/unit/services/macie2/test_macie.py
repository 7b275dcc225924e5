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
