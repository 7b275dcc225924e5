"""The policies of RDS's DB clusters: Aurora's, and Multi-AZ clusters of MySQL and PostgreSQL."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, not_applicable
from liveaudit.policies.checks import is_on
from liveaudit.policies.shapes import mapping, rule, text
from liveaudit.services.rds.databases import cluster as cluster_type
from liveaudit.services.rds.judging import enforced, engine_of, pending_reboot, without_transport

_WHAT = "the cluster"
_FORCED_BY = {
    "aurora": "require_secure_transport",
    "aurora-mysql": "require_secure_transport",
    "aurora-postgresql": "rds.force_ssl",
    "mysql": "require_secure_transport",
    "postgres": "rds.force_ssl",
}
"""The parameter that refuses unencrypted connections. Source: Aurora user guide, "Using TLS" of each engine."""


@rule(
    cluster_type,
    "rds_cluster_storage_encrypted",
    Severity.HIGH,
    title="Database clusters encrypt their storage",
    why="Without encryption the data of all instances, their backups and snapshots lie readable in every copy.",
    fix="Restore a snapshot of the cluster with a KMS key, and switch over to the new cluster.",
)
def storage_encrypted(cluster: Any) -> Verdict:
    return is_on(cluster, "StorageEncrypted", _WHAT)


@rule(
    cluster_type,
    "rds_cluster_multi_az",
    Severity.MEDIUM,
    title="Database clusters have instances in several Availability Zones",
    why="A cluster whose instances stand in one zone is down with it, though its storage is in three.",
    fix="Add a reader instance in another Availability Zone.",
)
def multi_az(cluster: Any) -> Verdict:
    return is_on(cluster, "MultiAZ", _WHAT)


@rule(
    cluster_type,
    "rds_cluster_deletion_protection",
    Severity.MEDIUM,
    title="Database clusters are protected from deletion",
    why="With deletion protection a wrong call or a stolen credential cannot end the cluster in one step.",
    fix="Switch deletion protection on.",
)
def deletion_protection(cluster: Any) -> Verdict:
    return is_on(cluster, "DeletionProtection", _WHAT)


@rule(
    cluster_type,
    "rds_cluster_minor_version_upgrade_enabled",
    Severity.MEDIUM,
    title="Multi-AZ database clusters take minor version upgrades by themselves",
    why="Minor versions bring the fixes of known vulnerabilities; what waits for a person tends to stay behind.",
    fix="Switch automatic minor version upgrades on.",
)
def minor_version_upgrade_enabled(cluster: Any) -> Verdict:
    if engine_of(cluster, _WHAT).startswith("aurora"):
        return not_applicable("in Aurora each instance has the setting, and is judged there")
    return is_on(cluster, "AutoMinorVersionUpgrade", _WHAT)


@rule(
    cluster_type,
    "rds_instance_transport_encrypted",
    Severity.HIGH,
    title="Database clusters refuse unencrypted connections",
    why="Where encryption is only offered, a client that does not ask for it sends passwords and data in the clear.",
    fix="Set rds.force_ssl (PostgreSQL) or require_secure_transport (MySQL) to 1 in the cluster's parameter group.",
)
def transport_encrypted(cluster: Any, parameters: Any) -> Verdict:
    engine = engine_of(cluster, _WHAT)
    parameter = _FORCED_BY.get(engine)
    if parameter is None:
        return without_transport(engine)
    of_cluster = mapping(cluster, _WHAT)
    group = text(of_cluster.get("DBClusterParameterGroup"), "DBClusterParameterGroup")
    pending = pending_reboot(of_cluster.get("DBClusterMembers", []), "DBClusterParameterGroupStatus")
    return enforced(parameters, [group], parameter, pending=pending)
