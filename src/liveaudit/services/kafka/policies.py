"""The policies of Amazon MSK on clusters. A serverless cluster is always private, encrypted, and asks for IAM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag, member
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, rule, text
from liveaudit.services.kafka.resources import cluster as cluster_type

_METHODS = ("Sasl.Iam.Enabled", "Sasl.Scram.Enabled", "Tls.Enabled")


def _provisioned(cluster: Any) -> Mapping[str, Any] | None:
    """What is told of a provisioned cluster; None for a serverless one. Raises UnexpectedShapeError."""
    given = mapping(cluster, "the cluster")
    kind = text(given.get("ClusterType"), "ClusterType")
    if kind == "SERVERLESS":
        return None
    if kind != "PROVISIONED":
        raise UnexpectedShapeError(f"ClusterType is {kind!r}")
    return mapping(given.get("Provisioned"), "Provisioned")


_SERVERLESS = "a serverless cluster cannot be set otherwise"


@rule(
    cluster_type,
    "kafka_cluster_is_public",
    Severity.CRITICAL,
    title="Kafka clusters have no public brokers",
    why="Public brokers can be reached by the whole internet, and one weak credential is enough.",
    fix="Turn public access off; clients elsewhere come in through private connectivity.",
)
def is_private(cluster: Any) -> Verdict:
    """FSBP MSK.4; MSK developer guide, "Turn on public access to an MSK Provisioned cluster"."""
    given = _provisioned(cluster)
    if given is None:
        return not_applicable(_SERVERLESS)
    kind = member(given, "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type", "the cluster")
    if kind is None or text(kind, "PublicAccess.Type") == "DISABLED":
        return passed("public access is off")
    return failed("the brokers have public addresses", PublicAccess=kind)


@rule(
    cluster_type,
    "kafka_cluster_unrestricted_access_disabled",
    Severity.CRITICAL,
    title="Kafka clusters ask their clients who they are",
    why="Whoever reaches an open broker reads and writes every topic, and nothing tells who it was.",
    fix="Turn on IAM, SASL/SCRAM or TLS client authentication, move the clients, and turn unauthenticated access off.",
)
def asks_who_they_are(cluster: Any) -> Verdict:
    """FSBP MSK.6. A cluster with no method of authentication takes everybody, whatever the flag says."""
    given = _provisioned(cluster)
    if given is None:
        return not_applicable(_SERVERLESS)
    authentication = mapping(given.get("ClientAuthentication") or {}, "ClientAuthentication")
    if flag(authentication, "Unauthenticated.Enabled", "the client authentication"):
        return failed("unauthenticated access is on", Unauthenticated=True)
    methods = [each for each in _METHODS if flag(authentication, each, "the client authentication")]
    if not methods:
        return failed("no client authentication is on", ClientAuthentication=None)
    return passed(f"clients authenticate by {', '.join(each.removesuffix('.Enabled') for each in methods)}")


@rule(
    cluster_type,
    "kafka_cluster_in_transit_encryption_enabled",
    Severity.HIGH,
    title="Kafka clusters encrypt all that travels",
    why="Plain text between clients and brokers, or from broker to broker, can be read along the way.",
    fix="Let clients connect by TLS alone; encryption between brokers can be chosen only when a cluster is made.",
)
def encrypts_in_transit(cluster: Any) -> Verdict:
    """FSBP MSK.1; MSK developer guide, "Amazon MSK encryption in transit"."""
    given = _provisioned(cluster)
    if given is None:
        return not_applicable(_SERVERLESS)
    kind = member(given, "EncryptionInfo.EncryptionInTransit.ClientBroker", "the cluster")
    within = flag(given, "EncryptionInfo.EncryptionInTransit.InCluster", "the cluster")
    if kind is not None and text(kind, "ClientBroker") != "TLS":
        return failed(f"clients may connect by {kind}", ClientBroker=kind, InCluster=within)
    if kind is None:
        raise UnexpectedShapeError("MSK does not tell how clients connect")
    if not within:
        return failed("brokers talk to each other in plain text", ClientBroker=kind, InCluster=within)
    return passed("clients and brokers talk by TLS alone")
