"""The policies of a region's Security Hub."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
HUB = {"HubArn": "arn:aws:securityhub:eu-west-1:111122223333:hub/default"}
PRODUCT = "arn:aws:securityhub:eu-west-1:111122223333:product-subscription/aws/guardduty"


def standard(status: str) -> dict[str, Any]:
    return {
        "StandardsSubscriptionArn": "arn:aws:securityhub:eu-west-1:111122223333:subscription/fsbp/v/1.0.0",
        "StandardsArn": "arn:aws:securityhub:eu-west-1::standards/fsbp/v/1.0.0",
        "StandardsInput": {},
        "StandardsStatus": status,
    }


@pytest.mark.parametrize(
    ("hub", "standards", "products", "outcome"),
    [
        (None, None, None, FAIL),
        (HUB, [], [], FAIL),
        (HUB, [standard("READY")], [], PASS),
        (HUB, [standard("INCOMPLETE")], [], PASS),
        (HUB, [standard("PENDING")], [], PASS),
        (HUB, [standard("FAILED"), standard("DELETING")], [], FAIL),
        (HUB, [], [PRODUCT], PASS),
        (HUB, None, [PRODUCT], UNKNOWN),
    ],
)
def test_the_hub(judged: Judged, hub: Any, standards: Any, products: Any, outcome: Outcome) -> None:
    verdict = judged("securityhub_enabled", hub=hub, standards=standards, products=products)
    assert verdict.outcome == outcome


@pytest.mark.parametrize(("hub", "products"), [("on", []), (HUB, [7])])
def test_another_shape_is_unknown(judged: Judged, hub: Any, products: Any) -> None:
    verdict = judged("securityhub_enabled", odd=True, hub=hub, standards=[], products=products)
    assert verdict.outcome == UNKNOWN
