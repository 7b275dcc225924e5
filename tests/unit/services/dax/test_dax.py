"""DAX: its table and its policies."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.support.told import told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
AT_REST = "dynamodb_accelerator_cluster_encryption_enabled"
ZONES = "dynamodb_accelerator_cluster_multi_az"
IN_TRANSIT = "dynamodb_accelerator_cluster_in_transit_encryption_enabled"


@pytest.mark.parametrize(
    ("policy", "cluster", "outcome"),
    [
        (AT_REST, {"SSEDescription": {"Status": "ENABLED"}}, PASS),
        (AT_REST, {"SSEDescription": {"Status": "ENABLING"}}, PASS),
        (AT_REST, {"SSEDescription": {"Status": "DISABLED"}}, FAIL),
        (AT_REST, {"ClusterName": "c"}, FAIL),
        (IN_TRANSIT, {"ClusterEndpointEncryptionType": "TLS"}, PASS),
        (IN_TRANSIT, {"ClusterEndpointEncryptionType": "NONE"}, FAIL),
        (IN_TRANSIT, {"ClusterName": "c"}, FAIL),
        (ZONES, {"Nodes": [{"AvailabilityZone": "a"}, {"AvailabilityZone": "b"}]}, PASS),
        (ZONES, {"Nodes": [{"AvailabilityZone": "a"}, {"AvailabilityZone": "a"}]}, FAIL),
        (ZONES, {"Nodes": []}, FAIL),
    ],
)
def test_a_cluster(judged: Judged, policy: str, cluster: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, cluster=cluster).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "cluster"),
    [
        (AT_REST, {"SSEDescription": "on"}),
        (ZONES, {"Nodes": "two"}),
        (IN_TRANSIT, {"ClusterEndpointEncryptionType": 1}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, cluster: Any) -> None:
    assert judged(policy, odd=True, cluster=cluster).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters"),
    [
        ("CreateCluster", {"clusterName": "Fast"}),
        ("UpdateCluster", {"clusterName": "fast"}),
        ("DeleteCluster", {"clusterName": "fast"}),
        ("TagResource", {"resourceName": "arn:aws:dax:eu-west-1:111122223333:cache/fast"}),
    ],
)
def test_who_is_meant(name: str, request_parameters: dict[str, Any]) -> None:
    found = told("dax.amazonaws.com", name, request_parameters)
    assert what(found) == {("AWS::DAX::Cluster", "fast")}
