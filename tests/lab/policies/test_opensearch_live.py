"""The policies of OpenSearch by real calls in the lab."""

from __future__ import annotations

import json

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
P = "opensearch_service_domains_"


def test_a_domain(live: Live) -> None:
    search = live.client("opensearch")
    group = f"arn:aws:logs:{live.region}:{live.account}:log-group:audit"
    search.create_domain(
        DomainName="logs",
        DomainEndpointOptions={"EnforceHTTPS": False, "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"},
        NodeToNodeEncryptionOptions={"Enabled": False},
        EncryptionAtRestOptions={"Enabled": False},
    )
    mended = ("https_communications_enforced", "tls_policy", "node_to_node_encryption_enabled")
    for policy in (*mended, "encryption_at_rest_enabled", "access_control_enabled", "audit_logging_enabled"):
        live.opens(P + policy, "logs")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "es:*", "Resource": "*"}
    search.update_domain_config(
        DomainName="logs",
        AccessPolicies=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
        NodeToNodeEncryptionOptions={"Enabled": True},
        EncryptionAtRestOptions={"Enabled": True},
        AdvancedSecurityOptions={"Enabled": True, "InternalUserDatabaseEnabled": True},
        LogPublishingOptions={"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": group, "Enabled": True}},
    )
    for policy in (*mended, "encryption_at_rest_enabled", "access_control_enabled", "audit_logging_enabled"):
        live.resolves(P + policy, "logs")
    live.opens(f"{P}not_publicly_accessible", "logs")
    search.delete_domain(DomainName="logs")
    live.archives(f"{P}not_publicly_accessible", "logs")
