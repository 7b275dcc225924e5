"""OpenSearch: its table, and every policy on the domain as boto3 gives it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.opensearch.resources import domain
from tests.support.events import event, named, unplaced
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
ARN = "arn:aws:es:eu-west-1:111122223333:domain/logs"
P = "opensearch_service_domains_"


def status(**more: Any) -> dict[str, Any]:
    """A domain as DescribeDomains tells it, with what it always has."""
    return {
        "DomainId": "111122223333/logs",
        "DomainName": "logs",
        "ARN": ARN,
        "ClusterConfig": {"InstanceType": "m6g.large.search", "InstanceCount": 1},
    } | more


def policy(**more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:*", "Resource": f"{ARN}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


def cluster(**more: Any) -> dict[str, Any]:
    return {"ClusterConfig": {"InstanceCount": 1} | more}


def endpoint(**more: Any) -> dict[str, Any]:
    return {"DomainEndpointOptions": more}


def audit(**more: Any) -> dict[str, Any]:
    return {"LogPublishingOptions": {"AUDIT_LOGS": more}}


@pytest.mark.parametrize(
    ("policy_id", "given", "outcome"),
    [
        ("encryption_at_rest_enabled", {"EncryptionAtRestOptions": {"Enabled": True}}, PASS),
        ("encryption_at_rest_enabled", {"EncryptionAtRestOptions": {"Enabled": False}}, FAIL),
        ("encryption_at_rest_enabled", {}, FAIL),
        ("not_publicly_accessible", {"AccessPolicies": policy()}, FAIL),
        ("not_publicly_accessible", {"AccessPolicies": policy(Principal="*")}, FAIL),
        ("not_publicly_accessible", {"AccessPolicies": policy(), "VPCOptions": {"VPCId": "vpc-1"}}, PASS),
        (
            "not_publicly_accessible",
            {"AccessPolicies": policy(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})},
            PASS,
        ),
        (
            "not_publicly_accessible",
            {"AccessPolicies": policy(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})},
            FAIL,
        ),
        (
            "not_publicly_accessible",
            {"AccessPolicies": policy(Principal={"AWS": "arn:aws:iam::111122223333:root"})},
            PASS,
        ),
        ("not_publicly_accessible", {"AccessPolicies": policy(Effect="Deny")}, PASS),
        ("not_publicly_accessible", {"AccessPolicies": ""}, PASS),
        ("not_publicly_accessible", {}, PASS),
        ("not_publicly_accessible", {"AccessPolicies": "{"}, UNKNOWN),
        ("node_to_node_encryption_enabled", {"NodeToNodeEncryptionOptions": {"Enabled": True}}, PASS),
        ("node_to_node_encryption_enabled", {"NodeToNodeEncryptionOptions": {"Enabled": False}}, FAIL),
        ("access_control_enabled", {"AdvancedSecurityOptions": {"Enabled": True}}, PASS),
        ("access_control_enabled", {"AdvancedSecurityOptions": {"Enabled": False}}, FAIL),
        ("audit_logging_enabled", audit(Enabled=True, CloudWatchLogsLogGroupArn="arn:g"), PASS),
        ("audit_logging_enabled", audit(Enabled=False, CloudWatchLogsLogGroupArn="arn:g"), FAIL),
        ("audit_logging_enabled", {"LogPublishingOptions": {"INDEX_SLOW_LOGS": {"Enabled": True}}}, FAIL),
        ("audit_logging_enabled", {}, FAIL),
        ("https_communications_enforced", endpoint(EnforceHTTPS=True), PASS),
        ("https_communications_enforced", endpoint(EnforceHTTPS=False), FAIL),
        ("https_communications_enforced", {}, FAIL),
        ("tls_policy", endpoint(TLSSecurityPolicy="Policy-Min-TLS-1-2-2019-07"), PASS),
        ("tls_policy", endpoint(TLSSecurityPolicy="Policy-Min-TLS-1-2-PFS-2023-10"), PASS),
        ("tls_policy", endpoint(TLSSecurityPolicy="Policy-Min-TLS-1-0-2019-07"), FAIL),
        ("tls_policy", {}, FAIL),
        (
            "updated_to_the_latest_service_software_version",
            {"ServiceSoftwareOptions": {"UpdateAvailable": True, "NewVersion": "R2026"}},
            FAIL,
        ),
        (
            "updated_to_the_latest_service_software_version",
            {"ServiceSoftwareOptions": {"UpdateAvailable": False}},
            PASS,
        ),
        ("fault_tolerant_data_nodes", cluster(InstanceCount=3, ZoneAwarenessEnabled=True), PASS),
        ("fault_tolerant_data_nodes", cluster(InstanceCount=3, ZoneAwarenessEnabled=False), FAIL),
        ("fault_tolerant_data_nodes", cluster(InstanceCount=2, ZoneAwarenessEnabled=True), FAIL),
        ("fault_tolerant_master_nodes", cluster(DedicatedMasterEnabled=True, DedicatedMasterCount=3), PASS),
        ("fault_tolerant_master_nodes", cluster(DedicatedMasterEnabled=True, DedicatedMasterCount=2), FAIL),
        ("fault_tolerant_master_nodes", cluster(DedicatedMasterEnabled=False), FAIL),
        ("internal_user_database_enabled", {"AdvancedSecurityOptions": {"Enabled": True}}, PASS),
        (
            "internal_user_database_enabled",
            {"AdvancedSecurityOptions": {"InternalUserDatabaseEnabled": True}},
            FAIL,
        ),
    ],
)
def test_verdicts(judged: Judged, policy_id: str, given: dict[str, Any], outcome: Outcome) -> None:
    assert judged(P + policy_id, domain=status(**given)).outcome == outcome


@pytest.mark.parametrize(
    ("policy_id", "given"),
    [
        ("encryption_at_rest_enabled", {"EncryptionAtRestOptions": {"Enabled": "yes"}}),
        ("not_publicly_accessible", {"AccessPolicies": 7}),
        ("not_publicly_accessible", {"VPCOptions": "vpc-1"}),
        ("node_to_node_encryption_enabled", {"NodeToNodeEncryptionOptions": True}),
        ("access_control_enabled", {"AdvancedSecurityOptions": []}),
        ("audit_logging_enabled", {"LogPublishingOptions": ["AUDIT_LOGS"]}),
        ("https_communications_enforced", {"DomainEndpointOptions": {"EnforceHTTPS": 1}}),
        ("tls_policy", {"DomainEndpointOptions": {"TLSSecurityPolicy": 12}}),
        ("updated_to_the_latest_service_software_version", {"ServiceSoftwareOptions": 1}),
        ("fault_tolerant_data_nodes", {"ClusterConfig": {"InstanceCount": "3"}}),
        ("fault_tolerant_master_nodes", {"ClusterConfig": {"DedicatedMasterEnabled": "true"}}),
        ("internal_user_database_enabled", {"AdvancedSecurityOptions": "off"}),
    ],
)
def test_an_odd_answer_is_unknown(judged: Judged, policy_id: str, given: dict[str, Any]) -> None:
    assert judged(P + policy_id, domain=status(**given), odd=True).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "sections"),
    [
        ("CreateDomain", {"domainName": "logs"}, set()),
        ("CreateElasticsearchDomain", {"domainName": "logs"}, set()),
        ("UpdateDomainConfig", {"domainName": "logs", "accessPolicies": "{}"}, {"domain"}),
        ("UpdateElasticsearchDomainConfig", {"domainName": "logs"}, {"domain"}),
        ("UpgradeDomain", {"domainName": "logs", "targetVersion": "OpenSearch_3.1"}, {"domain"}),
        ("StartServiceSoftwareUpdate", {"domainName": "logs"}, {"domain"}),
        ("DeleteDomain", {"domainName": "logs"}, set()),
        ("AddTags", {"aRN": ARN, "tagList": [{"key": "team", "value": "web"}]}, {"tags"}),
    ],
)
def test_the_event_names_its_domain(
    name: str, request_parameters: dict[str, Any], sections: set[str]
) -> None:
    found = match(CATALOG, event("es", name, request_parameters, {}))
    assert named(found) == {(domain.name, "logs", "eu-west-1", frozenset(sections))}


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "es") == []
