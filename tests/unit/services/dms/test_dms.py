"""DMS: its policies, which instance or endpoint an event names, and that no password is kept."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.dms.resources import endpoint
from tests.support.events import event, named
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
INSTANCE = "arn:aws:dms:eu-west-1:111122223333:rep:ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ENDPOINT = "arn:aws:dms:eu-west-1:111122223333:endpoint:ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"PubliclyAccessible": False}, PASS),
        ({"PubliclyAccessible": True}, FAIL),
        ({"PubliclyAccessible": 1}, UNKNOWN),
        ("x", UNKNOWN),
    ],
)
def test_public(judged: Judged, given: Any, outcome: Outcome) -> None:
    odd = outcome is UNKNOWN
    verdict = judged("dms_instance_no_public_access", odd=odd, replication_instance=given)
    assert verdict.outcome is outcome


@pytest.mark.parametrize(("value", "outcome"), [(True, PASS), (False, FAIL), ("yes", UNKNOWN)])
def test_upgrades(judged: Judged, value: Any, outcome: Outcome) -> None:
    given = {"AutoMinorVersionUpgrade": value}
    policy = "dms_instance_minor_version_upgrade_enabled"
    odd = outcome is UNKNOWN
    assert judged(policy, odd=odd, replication_instance=given).outcome is outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"EngineName": "postgres", "SslMode": "require"}, PASS),
        ({"EngineName": "oracle", "SslMode": "verify-ca"}, PASS),
        ({"EngineName": "mysql", "SslMode": "none"}, FAIL),
        ({"EngineName": "docdb"}, FAIL),
        # these have no choice, and tell "none" though they are reached by HTTPS
        ({"EngineName": "s3", "SslMode": "none"}, NONE),
        ({"EngineName": "kinesis", "SslMode": "none"}, NONE),
        ({"EngineName": "redshift", "SslMode": "none"}, NONE),
        ({"EngineName": "kafka", "SslMode": "none", "KafkaSecurityProtocol": "sasl-ssl"}, PASS),
        ({"EngineName": "kafka", "SslMode": "none", "KafkaSecurityProtocol": "plaintext"}, FAIL),
        ({"EngineName": "kafka", "SslMode": "none"}, FAIL),
        ({"EngineName": "redis", "RedisSecurityProtocol": "plaintext"}, FAIL),
        ({"EngineName": "redis", "SslMode": "none"}, PASS),
        ({"EngineName": "mysql", "SslMode": 7}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_tls(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged("dms_endpoint_ssl_enabled", endpoint=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "kind", "each", "sections"),
    [
        (
            "CreateReplicationInstance",
            {"replicationInstanceIdentifier": "r"},
            {"replicationInstance": {"replicationInstanceArn": INSTANCE}},
            "AWS::DMS::ReplicationInstance",
            INSTANCE,
            set(),
        ),
        (
            "ModifyReplicationInstance",
            {"replicationInstanceArn": INSTANCE},
            {},
            "AWS::DMS::ReplicationInstance",
            INSTANCE,
            {"replication_instance"},
        ),
        (
            "CreateEndpoint",
            {"endpointIdentifier": "e"},
            {"endpoint": {"endpointArn": ENDPOINT}},
            "AWS::DMS::Endpoint",
            ENDPOINT,
            set(),
        ),
        ("ModifyEndpoint", {"endpointArn": ENDPOINT}, {}, "AWS::DMS::Endpoint", ENDPOINT, {"endpoint"}),
        ("DeleteEndpoint", {"endpointArn": ENDPOINT}, {}, "AWS::DMS::Endpoint", ENDPOINT, set()),
    ],
)
def test_the_event_names_it(
    name: str, request_parameters: Any, response: Any, kind: str, each: str, sections: set[str]
) -> None:
    found = match(CATALOG, event("dms", name, request_parameters, response))
    assert named(found) == {(kind, each, "eu-west-1", frozenset(sections))}


def test_of_an_endpoint_no_password_is_kept() -> None:
    given = {
        "EndpointArn": ENDPOINT,
        "EngineName": "kafka",
        "ExtraConnectionAttributes": "password=hunter2",
        "KafkaSettings": {"SecurityProtocol": "sasl-ssl", "SaslPassword": "hunter2"},
    }
    kept = jmespath.search(endpoint.sections["endpoint"].value, given)
    assert kept["KafkaSecurityProtocol"] == "sasl-ssl"
    assert "hunter2" not in str(kept)
    assert endpoint.listings[0].provides["endpoint"] == endpoint.sections["endpoint"].value
