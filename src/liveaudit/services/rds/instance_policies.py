"""The policies of RDS's DB instances. Members of a cluster are judged by it where it decides."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, not_applicable
from liveaudit.policies.checks import at_least, is_given, is_not, is_off, is_on, member
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import mapping, rule
from liveaudit.services.rds.databases import instance as instance_type
from liveaudit.services.rds.judging import (
    DEFAULT_ADMINS,
    enforced,
    engine_of,
    exports,
    groups_of,
    member_of,
    not_on,
    of_its_cluster,
    pending_reboot,
    without_transport,
)

_WHAT = "the instance"
WEEK = 7
"""The shortest time that FSBP (RDS.11) lets backups be kept, in days."""
_REPLICATES = ("ReadReplicaSourceDBInstanceIdentifier", "ReadReplicaSourceDBClusterIdentifier")
_FORCED_BY = {
    "mariadb": "require_secure_transport",
    "mysql": "require_secure_transport",
    "postgres": "rds.force_ssl",
    "sqlserver-ee": "rds.force_ssl",
    "sqlserver-ex": "rds.force_ssl",
    "sqlserver-se": "rds.force_ssl",
    "sqlserver-web": "rds.force_ssl",
}
"""The parameter that refuses unencrypted connections. Source: RDS user guide, "Using SSL/TLS" of each engine."""


@rule(
    instance_type,
    "rds_instance_no_public_access",
    Severity.CRITICAL,
    title="Database instances have no public address",
    why="A publicly accessible instance resolves to a public address: one open security group and the internet reaches it.",
    fix="Modify the instance so that it is not publicly accessible, and reach it from inside the VPC.",
)
def no_public_access(instance: Any) -> Verdict:
    return is_off(instance, "PubliclyAccessible", _WHAT)


@rule(
    instance_type,
    "rds_instance_storage_encrypted",
    Severity.HIGH,
    title="Database instances encrypt their storage",
    why="Without encryption the data, its logs, backups and snapshots lie readable on the disks and in every copy.",
    fix="Copy a snapshot of the instance with a KMS key, restore from the copy, and switch over to it.",
)
def storage_encrypted(instance: Any) -> Verdict:
    return is_on(instance, "StorageEncrypted", _WHAT)


@rule(
    instance_type,
    "rds_instance_minor_version_upgrade_enabled",
    Severity.MEDIUM,
    title="Database instances take minor version upgrades by themselves",
    why="Minor versions bring the fixes of known vulnerabilities; what waits for a person tends to stay behind.",
    fix="Switch automatic minor version upgrades on.",
)
def minor_version_upgrade_enabled(instance: Any) -> Verdict:
    return is_on(instance, "AutoMinorVersionUpgrade", _WHAT)


@rule(
    instance_type,
    "rds_instance_multi_az",
    Severity.MEDIUM,
    title="Database instances stand in several Availability Zones",
    why="With a standby in another zone the database outlives the loss of a zone and most maintenance.",
    fix="Convert the instance to a Multi-AZ deployment; for a member of a cluster, add an instance in another zone.",
)
def multi_az(instance: Any, clusters: Any) -> Verdict:
    return of_its_cluster(instance, clusters, "MultiAZ") or is_on(instance, "MultiAZ", _WHAT)


@rule(
    instance_type,
    "rds_instance_backup_enabled",
    Severity.MEDIUM,
    title="Database instances keep automatic backups for a week",
    why="Without backups, or with too short a time of them, what is deleted or corrupted cannot be brought back.",
    fix="Set the backup retention period to 7 days or more.",
    takes=(number("days", WEEK, "Days that automatic backups must be kept at least.", most=35),),
)
def backup_enabled(instance: Any, days: int) -> Verdict:
    if any(mapping(instance, _WHAT).get(key) for key in _REPLICATES):
        return not_applicable("a read replica: its source is what is backed up")
    return at_least(instance, "BackupRetentionPeriod", _WHAT, days)


@rule(
    instance_type,
    "rds_instance_transport_encrypted",
    Severity.HIGH,
    title="Database instances refuse unencrypted connections",
    why="Where encryption is only offered, a client that does not ask for it sends passwords and data in the clear.",
    fix="Set rds.force_ssl (PostgreSQL, SQL Server) or require_secure_transport (MySQL, MariaDB) to 1 in the "
    "instance's parameter group.",
)
def transport_encrypted(instance: Any, parameters: Any) -> Verdict:
    return refuses_unencrypted(instance, parameters)


def refuses_unencrypted(instance: Any, parameters: Any, engines: str = "") -> Verdict:
    """Whether an instance takes encrypted connections only. ``engines``: how the engines' names begin that are judged."""
    if member_of(instance) is not None:
        return not_applicable(
            "a member of a cluster: the cluster's parameter group decides, and is judged there"
        )
    engine = engine_of(instance, _WHAT)
    parameter = _FORCED_BY.get(engine)
    if parameter is None:
        return without_transport(engine)
    if not engine.startswith(engines):
        return not_applicable(f"{engine} is judged by another policy")
    groups = groups_of(instance)
    pending = pending_reboot(instance["DBParameterGroups"], "ParameterApplyStatus")
    return enforced(parameters, groups, parameter, pending=pending)


@rule(
    instance_type,
    "rds_mariadb_instance_transport_encrypted",
    Severity.MEDIUM,
    title="MariaDB instances refuse unencrypted connections",
    why="Where encryption is only offered, a client that does not ask for it sends passwords and data in the clear.",
    fix="Set require_secure_transport to 1 in the instance's parameter group.",
)
def mariadb_transport_encrypted(instance: Any, parameters: Any) -> Verdict:
    return refuses_unencrypted(instance, parameters, "mariadb")


@rule(
    instance_type,
    "rds_sqlserver_instance_transport_encrypted",
    Severity.MEDIUM,
    title="SQL Server instances refuse unencrypted connections",
    why="Where encryption is only offered, a client that does not ask for it sends passwords and data in the clear.",
    fix="Set rds.force_ssl to 1 in the instance's parameter group and reboot the instance.",
)
def sqlserver_transport_encrypted(instance: Any, parameters: Any) -> Verdict:
    return refuses_unencrypted(instance, parameters, "sqlserver")


@rule(
    instance_type,
    "rds_instance_deletion_protection",
    Severity.MEDIUM,
    title="Database instances are protected from deletion",
    why="With deletion protection a wrong call or a stolen credential cannot end the database in one step.",
    fix="Switch deletion protection on, for a member of a cluster that of the cluster.",
)
def deletion_protection(instance: Any, clusters: Any) -> Verdict:
    return of_its_cluster(instance, clusters, "DeletionProtection") or is_on(
        instance, "DeletionProtection", _WHAT
    )


_IN_CLUSTER = "a member of a cluster, which has the setting and is judged in its place"
_WITH_IAM = ("aurora", "aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres")


@rule(
    instance_type,
    "rds_instance_inside_vpc",
    Severity.HIGH,
    title="Database instances stand in a VPC",
    why="Outside of a VPC there are no subnets, routes and network ACLs that keep strangers away from the database.",
    fix="Move the instance into a VPC: give it a DB subnet group of one.",
)
def inside_vpc(instance: Any) -> Verdict:
    return is_given(instance, "DBSubnetGroup.VpcId", _WHAT)


@rule(
    instance_type,
    "rds_instance_integration_cloudwatch_logs",
    Severity.MEDIUM,
    title="Database instances send their logs to CloudWatch",
    why="Logs on the instance are lost with it and watched by nobody; errors and attempts to get in go unseen.",
    fix="Choose the logs to export to CloudWatch Logs.",
)
def integration_cloudwatch_logs(instance: Any) -> Verdict:
    if member_of(instance) is not None:
        return not_applicable(_IN_CLUSTER)
    return exports(instance, _WHAT)


@rule(
    instance_type,
    "rds_mariadb_instance_cloudwatch_logs",
    Severity.MEDIUM,
    title="MariaDB instances send their logs to CloudWatch",
    why="Logs on the instance are lost with it and watched by nobody; errors and attempts to get in go unseen.",
    fix="Choose the logs to export to CloudWatch Logs: audit, error, general, slow query.",
)
def mariadb_cloudwatch_logs(instance: Any) -> Verdict:
    if engine_of(instance, _WHAT) != "mariadb":
        return not_applicable("not MariaDB")
    return exports(instance, _WHAT)


@rule(
    instance_type,
    "rds_sqlserver_instance_cloudwatch_logs",
    Severity.MEDIUM,
    title="SQL Server instances send their error and agent logs to CloudWatch",
    why="Logs on the instance are lost with it and watched by nobody; errors and attempts to get in go unseen.",
    fix="Export the error log and the agent log to CloudWatch Logs.",
)
def sqlserver_cloudwatch_logs(instance: Any) -> Verdict:
    if not engine_of(instance, _WHAT).startswith("sqlserver"):
        return not_applicable("not SQL Server")
    return exports(instance, _WHAT, "agent", "error")


@rule(
    instance_type,
    "rds_instance_iam_authentication_enabled",
    Severity.MEDIUM,
    title="Database instances let IAM users and roles sign in",
    why="With IAM's short-lived tokens there is no database password to leak, and access ends where the role ends.",
    fix="Switch IAM database authentication on, for a member of a cluster that of the cluster.",
)
def iam_authentication_enabled(instance: Any, clusters: Any) -> Verdict:
    engine = engine_of(instance, _WHAT)
    if engine not in _WITH_IAM:
        return not_applicable(f"{engine} has no IAM authentication")
    flag = "IAMDatabaseAuthenticationEnabled"
    return of_its_cluster(instance, clusters, flag) or is_on(instance, flag, _WHAT)


@rule(
    instance_type,
    "rds_instance_default_admin",
    Severity.MEDIUM,
    title="Database instances' administrators have names of their own",
    why="The names admin and postgres are tried first by whoever guesses passwords.",
    fix="Make a new instance with another administrator's name and move the data: it cannot be changed afterwards.",
)
def default_admin(instance: Any) -> Verdict:
    if member_of(instance) is not None:
        return not_applicable(_IN_CLUSTER)
    return is_not(instance, "MasterUsername", _WHAT, DEFAULT_ADMINS)


@rule(
    instance_type,
    "rds_instance_enhanced_monitoring_enabled",
    Severity.LOW,
    title="Database instances tell what their operating system does",
    why="Without enhanced monitoring one sees that an instance is slow or misused, but not by which process.",
    fix="Switch enhanced monitoring on with an interval of 60 seconds or less.",
)
def enhanced_monitoring_enabled(instance: Any) -> Verdict:
    return at_least(instance, "MonitoringInterval", _WHAT, 1)


@rule(
    instance_type,
    "rds_instance_copy_tags_to_snapshots",
    Severity.LOW,
    title="Database instances hand their tags on to their snapshots",
    why="Who owns a snapshot, and who may touch it, often hangs on tags; without them it is nobody's.",
    fix="Switch copying of tags to snapshots on, for a member of a cluster that of the cluster.",
)
def copy_tags_to_snapshots(instance: Any, clusters: Any) -> Verdict:
    flag = "CopyTagsToSnapshot"
    return of_its_cluster(instance, clusters, flag) or is_on(instance, flag, _WHAT)


@rule(
    instance_type,
    "rds_instance_non_default_port",
    Severity.LOW,
    title="Database instances do not listen on their engine's usual port",
    why="Scanners try the usual ports first; another one spares the noise, though it protects nothing by itself.",
    fix="Modify the instance's port, and what its clients connect to.",
)
def non_default_port(instance: Any) -> Verdict:
    return not_on(member(instance, "Endpoint.Port", _WHAT), engine_of(instance, _WHAT))
