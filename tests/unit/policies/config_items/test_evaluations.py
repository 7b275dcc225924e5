"""What a rule told AWS Config, as verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.policies.config_items.evaluations import verdict_on


def evaluation(compliance: Any, note: Any = None, *, of: str = "one") -> dict[str, Any]:
    made = {"ComplianceResourceType": "T", "ComplianceResourceId": of, "ComplianceType": compliance}
    return made if note is None else {**made, "Annotation": note}


@pytest.mark.parametrize(
    ("evaluations", "outcome", "reason"),
    [
        ([evaluation("COMPLIANT", "fine")], Outcome.PASS, "fine"),
        ([evaluation("NON_COMPLIANT", "bad")], Outcome.FAIL, "bad"),
        ([evaluation("NON_COMPLIANT")], Outcome.FAIL, "the rule says NON_COMPLIANT, and not why"),
        ([evaluation("NOT_APPLICABLE", "no")], Outcome.NOT_APPLICABLE, "no"),
        ([evaluation("INSUFFICIENT_DATA")], Outcome.UNKNOWN, "INSUFFICIENT_DATA, which is none"),
        ([evaluation(None)], Outcome.UNKNOWN, "None, which is none"),
        ([evaluation("COMPLIANT"), evaluation("NON_COMPLIANT", "later")], Outcome.FAIL, "later"),
        ([evaluation("COMPLIANT"), evaluation("NON_COMPLIANT", of="two")], Outcome.PASS, ""),
        ([evaluation("COMPLIANT", of="two")], Outcome.UNKNOWN, "the rule judged T two, and not T one"),
        ([], Outcome.UNKNOWN, "put no evaluation"),
        ([evaluation("NON_COMPLIANT", "a\x1bb\u202e")], Outcome.FAIL, "a\\u001bb\\u202e"),
        ([evaluation("NON_COMPLIANT", "x" * 900)], Outcome.FAIL, "x" * 256),
    ],
)
def test_verdict(evaluations: list[dict[str, Any]], outcome: Outcome, reason: str) -> None:
    found = verdict_on("T", "one", evaluations)
    assert found.outcome == outcome
    assert found.reason.endswith(reason) or reason in found.reason
    assert len(found.reason) <= 300
