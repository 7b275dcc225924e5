"""Redshift: its table and its policies."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
SOURCE, CLUSTER = "redshift.amazonaws.com", "AWS::Redshift::Cluster"
TLS = "redshift_cluster_in_transit_encryption_enabled"
INGRESS = "redshift_security_group_restricted_ingress"


@pytest.mark.parametrize(
    ("policy", "sections", "outcome"),
    [
        ("redshift_cluster_public_access", {"cluster": {"PubliclyAccessible": True}}, FAIL),
        ("redshift_cluster_public_access", {"cluster": {"PubliclyAccessible": False}}, PASS),
        ("redshift_cluster_encrypted_at_rest", {"cluster": {"Encrypted": False}}, FAIL),
        ("redshift_cluster_encrypted_at_rest", {"cluster": {"Encrypted": True}}, PASS),
        ("redshift_cluster_automated_snapshot", {"cluster": {"AutomatedSnapshotRetentionPeriod": 0}}, FAIL),
        # Prowler is content with one day; FSBP's Redshift.3 is not.
        ("redshift_cluster_automated_snapshot", {"cluster": {"AutomatedSnapshotRetentionPeriod": 1}}, FAIL),
        ("redshift_cluster_automated_snapshot", {"cluster": {"AutomatedSnapshotRetentionPeriod": 7}}, PASS),
        ("redshift_cluster_automatic_upgrades", {"cluster": {"AllowVersionUpgrade": True}}, PASS),
        ("redshift_cluster_automatic_upgrades", {"cluster": {"AllowVersionUpgrade": False}}, FAIL),
        ("redshift_cluster_enhanced_vpc_routing", {"cluster": {"EnhancedVpcRouting": True}}, PASS),
        ("redshift_cluster_enhanced_vpc_routing", {"cluster": {"EnhancedVpcRouting": False}}, FAIL),
        ("redshift_cluster_non_default_username", {"cluster": {"MasterUsername": "awsuser"}}, FAIL),
        ("redshift_cluster_non_default_username", {"cluster": {"MasterUsername": "owner"}}, PASS),
        ("redshift_cluster_non_default_database_name", {"cluster": {"DBName": "dev"}}, FAIL),
        ("redshift_cluster_non_default_database_name", {"cluster": {"DBName": "sales"}}, PASS),
        ("redshift_cluster_multi_az_enabled", {"cluster": {"MultiAZ": "Enabled"}}, PASS),
        ("redshift_cluster_multi_az_enabled", {"cluster": {"MultiAZ": "Disabled"}}, FAIL),
        ("redshift_cluster_multi_az_enabled", {"cluster": {}}, FAIL),
        ("redshift_cluster_audit_logging", {"logging": {"LoggingEnabled": False}}, FAIL),
        ("redshift_cluster_audit_logging", {"logging": {"LoggingEnabled": True, "BucketName": "b"}}, PASS),
    ],
)
def test_a_cluster(judged: Judged, policy: str, sections: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, **sections).outcome == outcome


def with_group(status: str, of_parameter: str | None = None) -> dict[str, Any]:
    each = [{"ParameterName": "require_ssl", "ParameterApplyStatus": of_parameter}] if of_parameter else []
    other = [{"ParameterName": "use_fips_ssl", "ParameterApplyStatus": "pending-reboot"}]
    group = {"ParameterGroupName": "g", "ParameterApplyStatus": status}
    listed = {"ClusterParameterStatusList": each + other} if of_parameter else {}
    return {"ClusterParameterGroups": [group | listed]}


@pytest.mark.parametrize(
    ("cluster", "parameters", "outcome"),
    [
        (with_group("in-sync"), {"require_ssl": "true"}, PASS),
        (with_group("in-sync"), {"require_ssl": "false"}, FAIL),
        (with_group("in-sync"), {}, FAIL),
        (with_group("in-sync"), None, UNKNOWN),
        # What waits for a reboot is not in force; another parameter that waits does not matter.
        (with_group("pending-reboot", "pending-reboot"), {"require_ssl": "true"}, FAIL),
        (with_group("pending-reboot", "in-sync"), {"require_ssl": "true"}, PASS),
        (with_group("pending-reboot"), {"require_ssl": "true"}, FAIL),
    ],
)
def test_unencrypted_connections(
    judged: Judged, cluster: dict[str, Any], parameters: Any, outcome: Outcome
) -> None:
    assert judged(TLS, cluster=cluster, parameters={"g": parameters}).outcome == outcome


def opens(cidr: str, first: int = 5439, last: int = 5439, protocol: str = "tcp") -> dict[str, Any]:
    ranges = {"Ipv6Ranges": [{"CidrIpv6": cidr}]} if ":" in cidr else {"IpRanges": [{"CidrIp": cidr}]}
    return {"IpPermissions": [{"IpProtocol": protocol, "FromPort": first, "ToPort": last, **ranges}]}


BY_LIST = {
    "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 5439, "ToPort": 5439, "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    ]
}


@pytest.mark.parametrize(
    ("groups", "lists", "outcome"),
    [
        ({"sg-1": opens("0.0.0.0/0")}, {}, FAIL),
        ({"sg-1": opens("::/0")}, {}, FAIL),
        ({"sg-1": opens("0.0.0.0/0", 5000, 6000)}, {}, FAIL),
        ({"sg-1": opens("0.0.0.0/0", -1, -1, "-1")}, {}, FAIL),
        ({"sg-1": opens("0.0.0.0/0", 443, 443)}, {}, PASS),
        ({"sg-1": opens("10.0.0.0/8")}, {}, PASS),
        ({"sg-1": opens("10.0.0.0/8"), "sg-2": opens("0.0.0.0/0")}, {}, FAIL),
        ({"sg-1": BY_LIST}, {"pl-1": [{"Cidr": "0.0.0.0/0"}]}, FAIL),
        ({"sg-1": BY_LIST}, {"pl-1": [{"Cidr": "10.0.0.0/8"}]}, PASS),
        ({"sg-1": BY_LIST}, {"pl-1": None}, UNKNOWN),
        ({"sg-1": None}, {}, UNKNOWN),
        ({"sg-1": None, "sg-2": opens("0.0.0.0/0")}, {}, FAIL),
        ({}, {}, PASS),
    ],
)
def test_who_reaches_the_port(
    judged: Judged, groups: dict[str, Any], lists: dict[str, Any], outcome: Outcome
) -> None:
    cluster = {"Endpoint": {"Address": "c.example", "Port": 5439}}
    assert judged(INGRESS, cluster=cluster, security_groups=groups, prefix_lists=lists).outcome == outcome


def test_without_an_endpoint_the_port_is_not_known(judged: Judged) -> None:
    verdict = judged(INGRESS, cluster={"ClusterStatus": "creating"}, security_groups={}, prefix_lists={})
    assert verdict.outcome == UNKNOWN


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("redshift_cluster_public_access", {"cluster": {"PubliclyAccessible": 1}}),
        ("redshift_cluster_encrypted_at_rest", {"cluster": None}),
        ("redshift_cluster_automatic_upgrades", {"cluster": {"AllowVersionUpgrade": "yes"}}),
        ("redshift_cluster_enhanced_vpc_routing", {"cluster": 7}),
        ("redshift_cluster_non_default_username", {"cluster": {}}),
        ("redshift_cluster_non_default_database_name", {"cluster": {"DBName": 1}}),
        ("redshift_cluster_multi_az_enabled", {"cluster": {"MultiAZ": 1}}),
        ("redshift_cluster_automated_snapshot", {"cluster": {"AutomatedSnapshotRetentionPeriod": "7"}}),
        ("redshift_cluster_audit_logging", {"logging": {"LoggingEnabled": "true"}}),
        (TLS, {"cluster": {}, "parameters": {}}),
        (
            INGRESS,
            {"cluster": {"Endpoint": {"Port": 5439}}, "security_groups": {"sg-1": {}}, "prefix_lists": {}},
        ),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "resources"),
    [
        ("CreateCluster", {"clusterIdentifier": "dwh"}, {(CLUSTER, "dwh")}),
        ("RestoreFromClusterSnapshot", {"clusterIdentifier": "dwh"}, {(CLUSTER, "dwh")}),
        (
            "ModifyCluster",
            {"clusterIdentifier": "dwh", "newClusterIdentifier": "other"},
            {(CLUSTER, "dwh"), (CLUSTER, "other")},
        ),
        ("DisableLogging", {"clusterIdentifier": "dwh"}, {(CLUSTER, "dwh")}),
        (
            "CreateTags",
            {"resourceName": "arn:aws:redshift:eu-west-1:111122223333:cluster:dwh"},
            {(CLUSTER, "dwh")},
        ),
        (
            "ModifyClusterParameterGroup",
            {"parameterGroupName": "g"},
            {("AWS::Redshift::ClusterParameterGroup", "g")},
        ),
    ],
)
def test_who_is_meant(name: str, request_parameters: dict[str, Any], resources: set[tuple[str, str]]) -> None:
    assert what(told(SOURCE, name, request_parameters)) == resources


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed
