"""The policies of a region's detector."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.guardduty.shapes import detectors
from liveaudit.testing.shapes import fits, output_shape
from tests.unit.services.conftest import Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
FEATURES = {
    "guardduty_ec2_malware_protection_enabled": "EBS_MALWARE_PROTECTION",
    "guardduty_eks_audit_log_enabled": "EKS_AUDIT_LOGS",
    "guardduty_lambda_protection_enabled": "LAMBDA_NETWORK_LOGS",
    "guardduty_rds_protection_enabled": "RDS_LOGIN_EVENTS",
    "guardduty_runtime_monitoring_enabled": "RUNTIME_MONITORING",
    "guardduty_s3_protection_enabled": "S3_DATA_EVENTS",
}


def answer(status: str = "ENABLED", **features: str) -> dict[str, Any]:
    """A detector as GetDetector gives it."""
    made = {
        "CreatedAt": "2026-01-01T00:00:00Z",
        "FindingPublishingFrequency": "SIX_HOURS",
        "Status": status,
        "Features": [{"Name": name, "Status": each} for name, each in features.items()],
    }
    fits(output_shape("guardduty", "GetDetector"), made, "a detector")
    return made


def test_what_is_kept_of_a_detector() -> None:
    given = answer()
    given["Features"] = [
        {
            "Name": "RUNTIME_MONITORING",
            "Status": "ENABLED",
            "AdditionalConfiguration": [{"Name": "EC2_AGENT_MANAGEMENT", "Status": "DISABLED"}],
        }
    ]
    runtime = {"Status": "ENABLED", "Parts": {"EC2_AGENT_MANAGEMENT": "DISABLED"}}
    assert detectors([given]) == [{"Status": "ENABLED", "Features": {"RUNTIME_MONITORING": runtime}}]


@pytest.mark.parametrize(
    ("answers", "outcome"), [([], FAIL), ([answer()], PASS), ([answer("DISABLED")], FAIL)]
)
def test_a_detector_is_on(judged: Judged, answers: Any, outcome: Outcome) -> None:
    assert judged("guardduty_is_enabled", detectors=detectors(answers)).outcome == outcome


@pytest.mark.parametrize(("policy", "feature"), FEATURES.items())
def test_a_feature(judged: Judged, policy: str, feature: str) -> None:
    others = dict.fromkeys(FEATURES.values(), "ENABLED")
    assert judged(policy, detectors=detectors([answer(**others)])).outcome == PASS
    off = detectors([answer(**{**others, feature: "DISABLED"})])
    assert judged(policy, detectors=off).evidence == {feature: "DISABLED"}
    without = {name: state for name, state in others.items() if name != feature}
    assert judged(policy, detectors=detectors([answer(**without)])).outcome == UNKNOWN
    for none in ([], [answer("DISABLED", **others)]):
        assert judged(policy, detectors=detectors(none)).outcome == NA


@pytest.mark.parametrize("odd", [None, "on", [7], [{"Status": "ENABLED", "Features": "all"}]])
def test_another_shape_is_unknown(judged: Judged, odd: Any) -> None:
    assert judged("guardduty_s3_protection_enabled", odd=True, detectors=odd).outcome == UNKNOWN


def features(**given: tuple[str, dict[str, str]]) -> list[dict[str, Any]]:
    """A detector that is on, with these features and parts, as the section has it."""
    told = {name: {"Status": status, "Parts": parts} for name, (status, parts) in given.items()}
    return [{"Status": "ENABLED", "Features": told}]


@pytest.mark.parametrize(
    ("policy", "part"),
    [
        ("guardduty_ec2_runtime_monitoring", "EC2_AGENT_MANAGEMENT"),
        ("guardduty_ecs_runtime_monitoring", "ECS_FARGATE_AGENT_MANAGEMENT"),
        ("guardduty_eks_runtime_monitoring_enabled", "EKS_ADDON_MANAGEMENT"),
    ],
)
def test_an_agent(judged: Judged, policy: str, part: str) -> None:
    for given, outcome in (
        (features(RUNTIME_MONITORING=("ENABLED", {part: "ENABLED"})), PASS),
        (features(RUNTIME_MONITORING=("ENABLED", {part: "DISABLED"})), FAIL),
        (features(RUNTIME_MONITORING=("ENABLED", {})), FAIL),
        (features(RUNTIME_MONITORING=("DISABLED", {part: "ENABLED"})), FAIL),
        (features(), UNKNOWN),
        ([], NA),
        ([{"Status": "DISABLED", "Features": {}}], NA),
    ):
        assert judged(policy, detectors=given).outcome == outcome
    assert judged(policy, odd=True, detectors=[{"Status": "ENABLED", "Features": 7}]).outcome == UNKNOWN


def test_of_eks_there_is_an_older_feature(judged: Judged) -> None:
    given = features(
        RUNTIME_MONITORING=("DISABLED", {}),
        EKS_RUNTIME_MONITORING=("ENABLED", {"EKS_ADDON_MANAGEMENT": "ENABLED"}),
    )
    assert judged("guardduty_eks_runtime_monitoring_enabled", detectors=given).outcome == PASS
