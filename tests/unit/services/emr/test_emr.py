"""EMR: its policies, which cluster an event names, and what of a cluster is kept."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.emr.resources import cluster, region_settings
from tests.support.events import event, named, unplaced
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
ID = "j-2E1G6JJE6X1MQ"


def block(on: bool, *ranges: tuple[int, int]) -> dict[str, Any]:
    return {
        "BlockPublicSecurityGroupRules": on,
        "PermittedPublicSecurityGroupRuleRanges": [
            {"MinRange": low, "MaxRange": high} for low, high in ranges
        ],
    }


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (block(True), PASS),
        # what EMR starts with
        (block(True, (22, 22)), PASS),
        (block(True, (22, 23)), FAIL),
        (block(True, (22, 22), (8443, 8443)), FAIL),
        (block(True, (0, 65535)), FAIL),
        (block(False), FAIL),
        ({}, FAIL),
        ({"BlockPublicSecurityGroupRules": "on"}, UNKNOWN),
        ({"BlockPublicSecurityGroupRules": True, "PermittedPublicSecurityGroupRuleRanges": [7]}, UNKNOWN),
    ],
)
def test_the_block(judged: Judged, given: Any, outcome: Outcome) -> None:
    odd = outcome is UNKNOWN
    policy = "emr_cluster_account_public_block_enabled"
    assert judged(policy, odd=odd, block_public_access=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "state", "outcome"),
    [
        ("ec2-203-0-113-7.eu-west-1.compute.amazonaws.com", "RUNNING", FAIL),
        ("ec2-203-0-113-7.compute-1.amazonaws.com", "WAITING", FAIL),
        ("ec2-52-80-1-7.cn-north-1.compute.amazonaws.com.cn", "WAITING", FAIL),
        ("ip-10-0-1-7.eu-west-1.compute.internal", "RUNNING", PASS),
        ("ip-10-0-1-7.ec2.internal", "RUNNING", PASS),
        # a domain of one's own in the VPC's DHCP options
        ("ip-10-0-1-7.corp.example.com", "RUNNING", PASS),
        ("10.0.1.7", "RUNNING", PASS),
        ("52.95.110.1", "RUNNING", FAIL),
        ("master.example.com", "RUNNING", UNKNOWN),
        (None, "STARTING", NONE),
        (None, "BOOTSTRAPPING", NONE),
        (None, "RUNNING", UNKNOWN),
        (7, "RUNNING", UNKNOWN),
    ],
)
def test_the_first_node(judged: Judged, name: Any, state: str, outcome: Outcome) -> None:
    given = {"Id": ID, "State": state, "MasterPublicDnsName": name}
    assert judged("emr_cluster_master_nodes_no_public_ip", cluster=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "kind", "each", "sections"),
    [
        ("RunJobFlow", {"name": "c"}, {"jobFlowId": ID}, cluster.name, ID, set()),
        ("TerminateJobFlows", {"jobFlowIds": [ID]}, {}, cluster.name, ID, set()),
        ("SetTerminationProtection", {"jobFlowIds": [ID]}, {}, cluster.name, ID, {"cluster"}),
        ("ModifyCluster", {"clusterId": ID}, {}, cluster.name, ID, {"cluster"}),
        (
            "PutBlockPublicAccessConfiguration",
            {"blockPublicAccessConfiguration": {}},
            {},
            region_settings.name,
            "eu-west-1",
            {"block_public_access"},
        ),
    ],
)
def test_the_event_names_it(
    name: str, request_parameters: Any, response: Any, kind: str, each: str, sections: set[str]
) -> None:
    found = match(CATALOG, event("elasticmapreduce", name, request_parameters, response))
    assert named(found) == {(kind, each, "eu-west-1", frozenset(sections))}


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "elasticmapreduce") == []


def test_a_cluster_that_has_ended_is_gone_and_no_password_is_kept() -> None:
    path = cluster.sections["cluster"].value
    given = {"Id": ID, "Status": {"State": "RUNNING"}, "KerberosAttributes": {"KdcAdminPassword": "hunter2"}}
    kept = jmespath.search(path, {"Cluster": given})
    assert (kept["Id"], kept["State"]) == (ID, "RUNNING")
    assert "hunter2" not in str(kept)
    for state in ("TERMINATED", "TERMINATED_WITH_ERRORS"):
        assert jmespath.search(path, {"Cluster": given | {"Status": {"State": state}}}) is None
