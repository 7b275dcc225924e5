"""ECS's policies on platforms and insights: PASS, FAIL, NOT_APPLICABLE and UNKNOWN of each."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
PLATFORM = "ecs_service_fargate_latest_platform_version"
INSIGHTS = "ecs_cluster_container_insights_enabled"
SPOT = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}


@pytest.mark.parametrize(
    ("service", "outcome"),
    [
        ({"launchType": "EC2"}, NA),
        ({"launchType": "FARGATE", "platformVersion": "LATEST"}, PASS),
        ({"launchType": "FARGATE"}, PASS),
        ({"launchType": "FARGATE", "platformVersion": "1.4.0", "platformFamily": "Linux"}, PASS),
        ({"launchType": "FARGATE", "platformVersion": "1.3.0"}, FAIL),
        ({**SPOT, "platformVersion": "1.3.0"}, FAIL),
        ({**SPOT, "platformVersion": "1.0.0", "platformFamily": "WINDOWS_SERVER_2022_CORE"}, PASS),
    ],
)
def test_platforms(judged: Judged, service: dict[str, Any], outcome: Outcome) -> None:
    assert judged(PLATFORM, service=service).outcome is outcome


@pytest.mark.parametrize(
    ("value", "outcome"), [("enabled", PASS), ("enhanced", PASS), ("disabled", FAIL), (None, FAIL)]
)
def test_insights(judged: Judged, value: str | None, outcome: Outcome) -> None:
    settings = [] if value is None else [{"name": "containerInsights", "value": value}]
    assert judged(INSIGHTS, cluster={"clusterName": "main", "settings": settings}).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        (PLATFORM, {"service": {"launchType": "FARGATE", "platformVersion": 7}}),
        (INSIGHTS, {"cluster": "odd"}),
    ],
)
def test_what_cannot_be_read_is_unknown(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome is UNKNOWN
