"""The policies of alarms."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
ACTIONS, ON = "cloudwatch_alarm_actions_alarm_state_configured", "cloudwatch_alarm_actions_enabled"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:ops"


@pytest.mark.parametrize(
    ("policy", "alarm", "outcome"),
    [
        (ACTIONS, {"AlarmActions": [TOPIC]}, PASS),
        (ACTIONS, {"AlarmActions": []}, FAIL),
        (ACTIONS, {"OKActions": [TOPIC], "InsufficientDataActions": [TOPIC]}, FAIL),
        (ON, {"ActionsEnabled": True}, PASS),
        (ON, {"ActionsEnabled": False}, FAIL),
    ],
)
def test_an_alarm(judged: Judged, policy: str, alarm: Any, outcome: Outcome) -> None:
    assert judged(policy, alarm={"AlarmName": "cpu", **alarm}).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "odd"), [(ACTIONS, {"AlarmActions": "all"}), (ACTIONS, 7), (ON, {"ActionsEnabled": "yes"})]
)
def test_another_shape_is_unknown(judged: Judged, policy: str, odd: Any) -> None:
    assert judged(policy, odd=True, alarm=odd).outcome == UNKNOWN
