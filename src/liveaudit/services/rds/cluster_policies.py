"""The policies of RDS's DB clusters: Aurora's, and Multi-AZ clusters of MySQL and PostgreSQL."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, not_applicable
from liveaudit.policies.checks import at_least, is_not, is_on
from liveaudit.policies.shapes import mapping, rule, text
from liveaudit.services.rds.databases import cluster as cluster_type
from liveaudit.services.rds.judging import (
    DEFAULT_ADMINS,
    enforced,
    engine_of,
    exports,
    not_on,
    pending_reboot,
    without_transport,
)

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
    return in_its_group(cluster, parameters, parameter)


def in_its_group(cluster: Any, parameters: Any, parameter: str) -> Verdict:
    """Whether a parameter is on in the cluster's own parameter group."""
    of_cluster = mapping(cluster, _WHAT)
    group = text(of_cluster.get("DBClusterParameterGroup"), "DBClusterParameterGroup")
    pending = pending_reboot(of_cluster.get("DBClusterMembers", []), "DBClusterParameterGroupStatus")
    return enforced(parameters, [group], parameter, pending=pending)


@rule(
    cluster_type,
    "rds_cluster_iam_authentication_enabled",
    Severity.MEDIUM,
    title="Database clusters let IAM users and roles sign in",
    why="With IAM's short-lived tokens there is no database password to leak, and access ends where the role ends.",
    fix="Switch IAM database authentication on.",
)
def iam_authentication_enabled(cluster: Any) -> Verdict:
    return is_on(cluster, "IAMDatabaseAuthenticationEnabled", _WHAT)


@rule(
    cluster_type,
    "rds_cluster_integration_cloudwatch_logs",
    Severity.MEDIUM,
    title="Database clusters send their logs to CloudWatch",
    why="Logs on the instances are lost with them and watched by nobody; errors and attempts to get in go unseen.",
    fix="Choose the logs to export to CloudWatch Logs.",
)
def integration_cloudwatch_logs(cluster: Any) -> Verdict:
    return exports(cluster, _WHAT)


@rule(
    cluster_type,
    "rds_aurora_mysql_audit_logging",
    Severity.MEDIUM,
    title="Aurora MySQL clusters write an audit log",
    why="Without the audit log nobody can tell afterwards who signed in to the database and what was asked of it.",
    fix="Set server_audit_logging to 1 in the cluster's parameter group.",
)
def aurora_mysql_audit_logging(cluster: Any, parameters: Any) -> Verdict:
    if engine_of(cluster, _WHAT) != "aurora-mysql":
        return not_applicable("not Aurora MySQL")
    return in_its_group(cluster, parameters, "server_audit_logging")


@rule(
    cluster_type,
    "rds_cluster_default_admin",
    Severity.MEDIUM,
    title="Database clusters' administrators have names of their own",
    why="The names admin and postgres are tried first by whoever guesses passwords.",
    fix="Make a new cluster with another administrator's name and move the data: it cannot be changed afterwards.",
)
def default_admin(cluster: Any) -> Verdict:
    return is_not(cluster, "MasterUsername", _WHAT, DEFAULT_ADMINS)


@rule(
    cluster_type,
    "rds_cluster_copy_tags_to_snapshots",
    Severity.LOW,
    title="Database clusters hand their tags on to their snapshots",
    why="Who owns a snapshot, and who may touch it, often hangs on tags; without them it is nobody's.",
    fix="Switch copying of tags to snapshots on.",
)
def copy_tags_to_snapshots(cluster: Any) -> Verdict:
    return is_on(cluster, "CopyTagsToSnapshot", _WHAT)


@rule(
    cluster_type,
    "rds_cluster_non_default_port",
    Severity.LOW,
    title="Database clusters do not listen on their engine's usual port",
    why="Scanners try the usual ports first; another one spares the noise, though it protects nothing by itself.",
    fix="Modify the cluster's port, and what its clients connect to.",
)
def non_default_port(cluster: Any) -> Verdict:
    return not_on(mapping(cluster, _WHAT).get("Port"), engine_of(cluster, _WHAT))


@rule(
    cluster_type,
    "rds_cluster_backtrack_enabled",
    Severity.LOW,
    title="Aurora MySQL clusters can be turned back in time",
    why="With backtrack a faulty statement is undone in minutes, without restoring a backup to a new cluster.",
    fix="Restore the cluster from a snapshot with a backtrack window: it cannot be switched on afterwards.",
)
def backtrack_enabled(cluster: Any) -> Verdict:
    if engine_of(cluster, _WHAT) != "aurora-mysql":
        return not_applicable("only Aurora MySQL can be turned back in time")
    return at_least(cluster, "BacktrackWindow", _WHAT, 1)
