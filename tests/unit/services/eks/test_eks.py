"""EKS: which cluster an event names, and the policies' verdicts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.eks.policies import LOG_TYPES
from liveaudit.services.eks.resources import cluster, service
from tests.support.events import event, recorded
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "sections"),
    [
        ("CreateCluster", {"name": "main"}, set()),
        ("DeleteCluster", {"name": "main"}, set()),
        ("UpdateClusterConfig", {"name": "main"}, {"cluster"}),
        ("AssociateEncryptionConfig", {"clusterName": "main"}, {"cluster"}),
        # the name of the cluster stands under "name" here, that of the add-on under its own
        ("CreateAddon", {"name": "main", "addonName": "vpc-cni"}, {"addons"}),
    ],
)
def test_the_event_names_its_cluster(
    name: str, request_parameters: dict[str, Any], sections: set[str]
) -> None:
    (target,) = match(CATALOG, event("eks", name, request_parameters)).targets
    assert (target.resource.type, target.resource.id) == (cluster.name, "main")
    assert target.sections == sections


def test_a_change_gets_a_second_look() -> None:
    (target,) = match(CATALOG, event("eks", "UpdateClusterVersion", {"name": "main"})).targets
    assert target.lasts > 0


def test_every_recorded_change_finds_its_cluster() -> None:
    for record, found in recorded(CATALOG, service.event_source):
        names = [each.resource.id for each in found.targets]
        assert names == [record["requestParameters"]["name"]], record["eventName"]


def test_the_code_that_connects_a_cluster_is_not_kept() -> None:
    answer = {"name": "main", "connectorConfig": {"activationCode": "c0de"}, "version": "1.34"}
    assert section_value(cluster.sections["cluster"], answer) == {"name": "main", "version": "1.34"}


def network(public: bool | None, *cidrs: str) -> dict[str, Any]:
    given: dict[str, Any] = {} if public is None else {"endpointPublicAccess": public}
    return {"name": "main", "resourcesVpcConfig": {**given, "publicAccessCidrs": list(cidrs)}}


def logs(*settings: tuple[bool, tuple[str, ...]]) -> dict[str, Any]:
    told = [{"enabled": on, "types": list(types)} for on, types in settings]
    return {"name": "main", "logging": {"clusterLogging": told}}


def encryption(*configurations: dict[str, Any]) -> dict[str, Any]:
    return {"name": "main", "encryptionConfig": list(configurations)}


KEY = {"keyArn": "arn:aws:kms:eu-west-1:111122223333:key/k"}
PUBLIC = "eks_cluster_not_publicly_accessible"
SUPPORTED = "eks_cluster_uses_a_supported_version"
ENCRYPTED = "eks_cluster_kms_cmk_encryption_in_secrets_enabled"
LOGGED = "eks_control_plane_logging_all_types_enabled"
PROTECTED = "eks_cluster_deletion_protection_enabled"
PRIVATE = "eks_cluster_private_nodes_enabled"


@pytest.mark.parametrize(
    ("policy", "given", "outcome"),
    [
        (PUBLIC, network(False, "0.0.0.0/0"), PASS),
        (PUBLIC, network(None), PASS),
        (PUBLIC, network(True, "0.0.0.0/0"), FAIL),
        (PUBLIC, network(True), FAIL),
        (PUBLIC, network(True, "198.51.100.0/24"), PASS),
        (PUBLIC, network(True, "198.51.100.0/24", "0.0.0.0/0"), FAIL),
        (PUBLIC, network(True, "0.0.0.0/1", "128.0.0.0/1"), FAIL),
        (PUBLIC, network(True, "::/0"), FAIL),
        (ENCRYPTED, {"name": "main"}, FAIL),
        (ENCRYPTED, encryption(), FAIL),
        (ENCRYPTED, encryption({"resources": ["secrets"], "provider": KEY}), PASS),
        (ENCRYPTED, encryption({"resources": ["secrets"], "provider": {}}), FAIL),
        (ENCRYPTED, encryption({"resources": [], "provider": KEY}), FAIL),
        (LOGGED, {"name": "main"}, FAIL),
        (LOGGED, logs((True, LOG_TYPES)), PASS),
        (LOGGED, logs((True, LOG_TYPES[:3]), (True, LOG_TYPES[3:])), PASS),
        (LOGGED, logs((True, LOG_TYPES[:4]), (False, LOG_TYPES[4:])), FAIL),
        (LOGGED, logs((False, LOG_TYPES)), FAIL),
        (PROTECTED, {"deletionProtection": True}, PASS),
        (PROTECTED, {"deletionProtection": False}, FAIL),
        (PROTECTED, {}, FAIL),
        (PRIVATE, {"resourcesVpcConfig": {"endpointPrivateAccess": True}}, PASS),
        (PRIVATE, {"resourcesVpcConfig": {"endpointPrivateAccess": False}}, FAIL),
    ],
)
def test_clusters(judged: Judged, policy: str, given: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, cluster=given).outcome is outcome


@pytest.mark.parametrize(
    ("version", "day", "outcome"),
    [
        ("1.34", "2026-12-02", PASS),
        ("1.34", "2026-12-04", FAIL),
        ("1.29", "2026-11-20", FAIL),
        ("1.9", "2026-11-20", FAIL),
        ("1.99", "2026-11-20", PASS),
    ],
)
def test_versions(judged: Judged, version: str, day: str, outcome: Outcome) -> None:
    now = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    assert judged(SUPPORTED, cluster={"name": "main", "version": version}, now=now).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "odd"),
    [
        (PUBLIC, {"resourcesVpcConfig": "odd"}),
        (PUBLIC, {"resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["odd"]}}),
        (SUPPORTED, {"version": "latest"}),
        (SUPPORTED, {}),
        (ENCRYPTED, {"encryptionConfig": "odd"}),
        (LOGGED, {"logging": {"clusterLogging": "odd"}}),
        (PROTECTED, {"deletionProtection": "on"}),
        (PRIVATE, {"resourcesVpcConfig": "odd"}),
    ],
)
def test_what_cannot_be_read_is_unknown(judged: Judged, policy: str, odd: dict[str, Any]) -> None:
    assert judged(policy, cluster=odd, odd=True).outcome is UNKNOWN
