"""MSK: its policies, and which cluster an event names."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.kafka.resources import cluster
from tests.support.events import event, named, unplaced
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
PUBLIC, OPEN = "kafka_cluster_is_public", "kafka_cluster_unrestricted_access_disabled"
TRANSIT = "kafka_cluster_in_transit_encryption_enabled"
ID = "orders/89a4463c-d156-4d36-aee4-ee5ca0ec4fb3-3"
ARN = f"arn:aws:kafka:eu-west-1:111122223333:cluster/{ID}"
SERVERLESS = {"ClusterType": "SERVERLESS", "Serverless": {}}


def provisioned(**more: Any) -> dict[str, Any]:
    return {"ClusterType": "PROVISIONED", "Provisioned": more}


def public_access(kind: str) -> dict[str, Any]:
    return {"ConnectivityInfo": {"PublicAccess": {"Type": kind}}}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (provisioned(BrokerNodeGroupInfo=public_access("DISABLED")), PASS),
        (provisioned(BrokerNodeGroupInfo=public_access("SERVICE_PROVIDED_EIPS")), FAIL),
        (provisioned(), PASS),
        (SERVERLESS, NONE),
    ],
)
def test_public(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(PUBLIC, cluster=given).outcome is outcome


ON, OFF = {"Enabled": True}, {"Enabled": False}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (provisioned(ClientAuthentication={"Unauthenticated": ON, "Sasl": {"Iam": ON}}), FAIL),
        (provisioned(ClientAuthentication={"Unauthenticated": OFF, "Sasl": {"Iam": ON}}), PASS),
        (provisioned(ClientAuthentication={"Sasl": {"Iam": OFF, "Scram": ON}}), PASS),
        (provisioned(ClientAuthentication={"Tls": ON}), PASS),
        # with no method at all everybody is let in, though no flag says so
        (provisioned(ClientAuthentication={"Unauthenticated": OFF, "Tls": OFF}), FAIL),
        (provisioned(), FAIL),
        (SERVERLESS, NONE),
    ],
)
def test_authentication(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(OPEN, cluster=given).outcome is outcome


def in_transit(clients: str, within: bool) -> dict[str, Any]:
    return {"EncryptionInTransit": {"ClientBroker": clients, "InCluster": within}}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (provisioned(EncryptionInfo=in_transit("TLS", True)), PASS),
        (provisioned(EncryptionInfo=in_transit("TLS", False)), FAIL),
        (provisioned(EncryptionInfo=in_transit("TLS_PLAINTEXT", True)), FAIL),
        (provisioned(EncryptionInfo=in_transit("PLAINTEXT", True)), FAIL),
        (provisioned(), UNKNOWN),
        (SERVERLESS, NONE),
    ],
)
def test_encryption(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(TRANSIT, cluster=given).outcome is outcome


@pytest.mark.parametrize("policy", [PUBLIC, OPEN, TRANSIT])
@pytest.mark.parametrize("given", [{}, {"ClusterType": "OTHER"}, {"ClusterType": "PROVISIONED"}, "x"])
def test_another_shape_is_unknown(judged: Judged, policy: str, given: Any) -> None:
    assert judged(policy, odd=True, cluster=given).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "sections"),
    [
        ("CreateClusterV2", {"clusterName": "orders"}, {"clusterArn": ARN}, set()),
        ("DeleteCluster", {"clusterArn": quote(ARN, safe="")}, {"clusterArn": ARN}, set()),
        ("UpdateSecurity", {"clusterArn": quote(ARN, safe="")}, {"clusterArn": ARN}, {"cluster"}),
        ("PutClusterPolicy", {"clusterArn": quote(ARN, safe="")}, {}, {"policy_document"}),
    ],
)
def test_the_event_names_its_cluster(
    name: str, request_parameters: Any, response: Any, sections: set[str]
) -> None:
    found = match(CATALOG, event("kafka", name, request_parameters, response))
    assert named(found) == {(cluster.name, ID, "eu-west-1", frozenset(sections))}


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "kafka") == []
