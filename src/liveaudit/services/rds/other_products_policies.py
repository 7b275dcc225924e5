"""The policies of DocumentDB's and Neptune's clusters and snapshots. Those on who may restore are beside RDS's own."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
from liveaudit.policies.checks import at_least, is_on
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import rule
from liveaudit.services.rds.databases import documentdb_cluster, neptune_cluster
from liveaudit.services.rds.judging import exports
from liveaudit.services.rds.snapshots import neptune_snapshot

_WHAT = "the cluster"
WEEK = 7
"""The shortest time that FSBP (DocumentDB.2, Neptune.5) lets backups be kept, in days."""

for _type, _prefix, _name, _encrypted in (
    (documentdb_cluster, "documentdb", "DocumentDB", Severity.MEDIUM),
    (neptune_cluster, "neptune", "Neptune", Severity.HIGH),
):

    @rule(
        _type,
        f"{_prefix}_cluster_storage_encrypted",
        _encrypted,
        title=f"{_name} clusters encrypt their storage",
        why="Without encryption the data, its backups and snapshots lie readable in every copy.",
        fix="Restore a snapshot of the cluster with a KMS key, and switch over to the new cluster.",
    )
    def storage_encrypted(cluster: Any) -> Verdict:
        return is_on(cluster, "StorageEncrypted", _WHAT)

    @rule(
        _type,
        f"{_prefix}_cluster_backup_enabled",
        Severity.MEDIUM,
        title=f"{_name} clusters keep backups for a week",
        why="With too short a time of backups, what was corrupted last week cannot be brought back.",
        fix="Set the backup retention period to 7 days or more.",
        takes=(number("days", WEEK, "Days that automatic backups must be kept at least.", most=35),),
    )
    def backup_enabled(cluster: Any, days: int) -> Verdict:
        return at_least(cluster, "BackupRetentionPeriod", _WHAT, days)

    @rule(
        _type,
        f"{_prefix}_cluster_deletion_protection",
        Severity.MEDIUM,
        title=f"{_name} clusters are protected from deletion",
        why="With deletion protection a wrong call or a stolen credential cannot end the cluster in one step.",
        fix="Switch deletion protection on.",
    )
    def deletion_protection(cluster: Any) -> Verdict:
        return is_on(cluster, "DeletionProtection", _WHAT)


_LOGS = {
    "why": "Without the audit log nobody can tell afterwards who signed in to the database and what was asked of it.",
    "fix": "Export the audit log to CloudWatch Logs, and switch it on in the cluster's parameter group.",
}


@rule(
    documentdb_cluster,
    "documentdb_cluster_cloudwatch_log_export",
    Severity.MEDIUM,
    title="DocumentDB clusters send their audit log to CloudWatch",
    **_LOGS,
)
def documentdb_exports_audit_log(cluster: Any) -> Verdict:
    return exports(cluster, _WHAT, "audit")


@rule(
    neptune_cluster,
    "neptune_cluster_integration_cloudwatch_logs",
    Severity.MEDIUM,
    title="Neptune clusters send their audit log to CloudWatch",
    **_LOGS,
)
def neptune_exports_audit_log(cluster: Any) -> Verdict:
    return exports(cluster, _WHAT, "audit")


@rule(
    neptune_cluster,
    "neptune_cluster_iam_authentication_enabled",
    Severity.MEDIUM,
    title="Neptune clusters ask for IAM identities",
    why="Neptune knows no passwords: without IAM authentication whoever reaches the endpoint reads and writes everything.",
    fix="Switch IAM database authentication on, and let clients sign their requests.",
)
def neptune_iam_authentication_enabled(cluster: Any) -> Verdict:
    return is_on(cluster, "IAMDatabaseAuthenticationEnabled", _WHAT)


@rule(
    neptune_snapshot,
    "neptune_cluster_snapshot_encrypted",
    Severity.MEDIUM,
    title="Snapshots of Neptune clusters are encrypted",
    why="Whoever gets at an unencrypted snapshot has the data; no key stands between.",
    fix="Copy the snapshot with a KMS key and delete the unencrypted one.",
)
def neptune_snapshot_encrypted(snapshot: Any) -> Verdict:
    return is_on(snapshot, "StorageEncrypted", "the snapshot")
