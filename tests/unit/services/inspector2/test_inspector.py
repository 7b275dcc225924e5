"""The policies of a region's Inspector."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import ACCOUNT, Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
POLICY = "inspector2_is_enabled"
REFUSED = {"accountId": ACCOUNT, "errorCode": "ACCESS_DENIED", "errorMessage": "no"}


def answer(**states: str) -> dict[str, Any]:
    """BatchGetAccountStatus for an account with these states of scanning."""
    resources = {name: {"status": status} for name, status in states.items()}
    return {
        "accounts": [{"accountId": ACCOUNT, "state": {"status": "ENABLED"}, "resourceState": resources}],
        "failedAccounts": [],
    }


ALL = dict.fromkeys(("ec2", "ecr", "lambda", "lambdaCode"), "ENABLED")


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer(**ALL), PASS),
        # the region does not scan code
        (answer(ec2="ENABLED", ecr="ENABLED"), PASS),
        *((answer(**{**ALL, name: "DISABLED"}), FAIL) for name in ALL),
        (answer(**{**ALL, "ec2": "SUSPENDED"}), FAIL),
        (answer(**{**ALL, "ec2": "ENABLING"}), UNKNOWN),
        (answer(**{**ALL, "ec2": "ENABLING", "ecr": "DISABLED"}), FAIL),
        (answer(**ALL, codeRepository="DISABLED"), PASS),
        (answer(), FAIL),
        ({"accounts": []}, FAIL),
        ({"accounts": [], "failedAccounts": [REFUSED]}, UNKNOWN),
    ],
)
def test_scanning(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(POLICY, account_status=given).outcome == outcome


def test_what_is_off_is_told(judged: Judged) -> None:
    verdict = judged(POLICY, account_status=answer(**{**ALL, "ecr": "DISABLED"}))
    assert verdict.evidence == {"ecr": "DISABLED"}


@pytest.mark.parametrize(
    "odd", [None, {"accounts": "none"}, {"accounts": [{"resourceState": {"ec2": "on"}}]}]
)
def test_another_shape_is_unknown(judged: Judged, odd: Any) -> None:
    assert judged(POLICY, odd=True, account_status=odd).outcome == UNKNOWN
