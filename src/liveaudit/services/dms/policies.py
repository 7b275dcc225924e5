"""The policies of AWS Database Migration Service."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import is_off, is_on
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, rule, text
from liveaudit.services.dms.resources import endpoint as endpoint_type
from liveaudit.services.dms.resources import replication_instance as instance_type

_BY_HTTPS = frozenset(
    {
        "dynamodb",
        "elasticsearch",
        "kinesis",
        "neptune",
        "opensearch",
        "redshift",
        "redshift-serverless",
        "s3",
        "timestream",
    }
)
"""Engines without a choice: DMS talks to them by TLS. Source: DMS user guide, "Using SSL with AWS DMS"."""


@rule(
    instance_type,
    "dms_instance_no_public_access",
    Severity.CRITICAL,
    title="Replication instances have no public address",
    why="A replication instance holds the keys to both databases; with a public address everybody can try it.",
    fix="Make the replication instance anew in a private subnet without public access; it cannot be changed.",
)
def is_private(replication_instance: Any) -> Verdict:
    """FSBP DMS.1; DMS user guide, "Network security for AWS DMS"."""
    return is_off(replication_instance, "PubliclyAccessible", "the replication instance")


@rule(
    endpoint_type,
    "dms_endpoint_ssl_enabled",
    Severity.HIGH,
    title="Endpoints talk to their databases by TLS",
    why="Without TLS a migration sends the password and then the whole database readable over the network.",
    fix="Set the SSL mode to require, or better verify-full with the database's certificate.",
)
def talks_by_tls(endpoint: Any) -> Verdict:
    """FSBP DMS.9, and DMS.12 for Redis. Kafka and Redis have settings of their own in place of an SSL mode."""
    given = mapping(endpoint, "the endpoint")
    engine = text(given.get("EngineName"), "EngineName").lower()
    if engine in _BY_HTTPS:
        return not_applicable(f"DMS talks to {engine} by TLS, there is nothing to choose")
    if engine == "kafka":
        return _is_not_plain(given.get("KafkaSecurityProtocol"), "plaintext", "SecurityProtocol")
    if engine == "redis":
        return _is_not_plain(given.get("RedisSecurityProtocol"), "ssl-encryption", "SslSecurityProtocol")
    mode = given.get("SslMode")
    if mode is not None and not isinstance(mode, str):
        raise UnexpectedShapeError(f"SslMode is {mode!r}")
    if mode in (None, "none"):
        return failed("SslMode is none", SslMode=mode, EngineName=engine)
    return passed(f"SslMode is {mode}")


def _is_not_plain(protocol: Any, default: str, name: str) -> Verdict:
    told = default if protocol is None else text(protocol, name)
    if told == "plaintext":
        return failed(f"{name} is {told}", **{name: protocol})
    return passed(f"{name} is {told}")


@rule(
    instance_type,
    "dms_instance_minor_version_upgrade_enabled",
    Severity.MEDIUM,
    title="Replication instances take minor upgrades by themselves",
    why="Minor versions bring the mends of known weaknesses.",
    fix="Let minor version upgrades be done automatically, in the maintenance window.",
)
def upgrades_itself(replication_instance: Any) -> Verdict:
    """FSBP DMS.6."""
    return is_on(replication_instance, "AutoMinorVersionUpgrade", "the replication instance")
