"""The policies of Redshift clusters."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed, unknown
from liveaudit.policies.checks import at_least, is_not, is_off, is_on, is_one_of, member
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import mapping, mappings, names, rule, whole_number
from liveaudit.services.ec2.exposure import exposure
from liveaudit.services.redshift.resources import cluster as cluster_type

_WHAT = "the cluster"
_WEEK = 7
_IN_FORCE = ("in-sync", "applying")
_SSL = "require_ssl"


@rule(
    cluster_type,
    "redshift_cluster_public_access",
    Severity.CRITICAL,
    title="Redshift clusters have no public address",
    why="A publicly accessible cluster has a public address: one open security group and the internet reaches the data.",
    fix="Modify the cluster so that it is not publicly accessible, and reach it from inside the VPC.",
)
def public_access(cluster: Any) -> Verdict:
    return is_off(cluster, "PubliclyAccessible", _WHAT)


@rule(
    cluster_type,
    "redshift_cluster_encrypted_at_rest",
    Severity.CRITICAL,
    title="Redshift clusters encrypt their storage",
    why="Without encryption the whole warehouse, and every snapshot of it, lies readable in the storage.",
    fix="Modify the cluster so that it is encrypted; it is read-only for some time while Redshift moves the data.",
)
def encrypted_at_rest(cluster: Any) -> Verdict:
    return is_on(cluster, "Encrypted", _WHAT)


@rule(
    cluster_type,
    "redshift_cluster_automated_snapshot",
    Severity.HIGH,
    title="Redshift clusters keep automatic snapshots for a week",
    why="Without snapshots, or with too short a time of them, what is deleted or corrupted cannot be brought back.",
    fix="Set the retention period of automatic snapshots to 7 days or more.",
    takes=(number("days", _WEEK, "Days that automatic snapshots must be kept at least.", most=35),),
)
def automated_snapshot(cluster: Any, days: int) -> Verdict:
    return at_least(cluster, "AutomatedSnapshotRetentionPeriod", _WHAT, days)


@rule(
    cluster_type,
    "redshift_cluster_audit_logging",
    Severity.MEDIUM,
    title="Redshift clusters log connections and statements",
    why="Without the audit log nobody can tell afterwards who connected to the warehouse and what was asked of it.",
    fix="Switch audit logging on, to a bucket or to CloudWatch Logs.",
)
def audit_logging(logging: Any) -> Verdict:
    return is_on(logging, "LoggingEnabled", "audit logging")


@rule(
    cluster_type,
    "redshift_cluster_in_transit_encryption_enabled",
    Severity.HIGH,
    title="Redshift clusters refuse unencrypted connections",
    why="Where encryption is only offered, a client that does not ask for it sends passwords and data in the clear.",
    fix="Set require_ssl to true in the cluster's parameter group and reboot the cluster.",
)
def in_transit_encryption_enabled(cluster: Any, parameters: Any) -> Verdict:
    known = mapping(parameters, "the parameters")
    groups = mapping(cluster, _WHAT).get("ClusterParameterGroups")
    for name in names(groups, "ParameterGroupName", "the parameter groups"):
        if known.get(name) is None:
            return unknown(f"parameter group {name} could not be read")
        value = mapping(known[name], f"the parameters of {name}").get(_SSL)
        if str(value).lower() != "true":
            return failed(f"{_SSL} is not true in {name}", parameter_group=name, require_ssl=value)
    for group in mappings(groups, "the parameter groups"):
        status = _status(group)
        if status not in _IN_FORCE:
            return failed(f"{_SSL} is set, but not in force: {status}", ParameterApplyStatus=status)
    return passed(f"{_SSL} is true")


def _status(group: Any) -> Any:
    """Whether the parameter is in force: by itself where that is told, else as the whole group is."""
    for each in mappings(group.get("ClusterParameterStatusList", []), "ClusterParameterStatusList"):
        if each.get("ParameterName") == _SSL:
            return each.get("ParameterApplyStatus")
    return _IN_FORCE[0] if group.get("ClusterParameterStatusList") else group.get("ParameterApplyStatus")


@rule(
    cluster_type,
    "redshift_security_group_restricted_ingress",
    Severity.HIGH,
    title="Redshift clusters' security groups open the cluster's port to known addresses only",
    why="A port that anybody may connect to is one guessed password away from the whole warehouse.",
    fix="Take the rule for 0.0.0.0/0 or ::/0 out of the security group, and name the addresses or groups that connect.",
)
def restricted_ingress(cluster: Any, security_groups: Any, prefix_lists: Any) -> Verdict:
    port = member(cluster, "Endpoint.Port", _WHAT)
    if port is None:
        return unknown("the cluster has no endpoint yet, so its port is not known")
    port = whole_number(port, "the port")
    missing = None
    for name, group in mapping(security_groups, "the security groups").items():
        if group is None:
            missing = unknown(f"security group {name} could not be found")
            continue
        found = exposure(group, prefix_lists, "tcp", (port, port))
        if any(opening.has([port]) for opening in found.openings):
            rules = [one for opening in found.openings for one in opening.rules]
            return failed(f"security group {name} opens port {port} to everybody", group=name, rules=rules)
        if found.unread:
            missing = unknown(
                f"security group {name} opens port {port} to a prefix list that could not be read"
            )
    return missing or passed(f"no security group of the cluster opens port {port} to everybody")


@rule(
    cluster_type,
    "redshift_cluster_automatic_upgrades",
    Severity.MEDIUM,
    title="Redshift clusters take major version upgrades by themselves",
    why="Upgrades bring the fixes of known vulnerabilities; what waits for a person tends to stay behind.",
    fix="Allow version upgrades of the cluster.",
)
def automatic_upgrades(cluster: Any) -> Verdict:
    return is_on(cluster, "AllowVersionUpgrade", _WHAT)


@rule(
    cluster_type,
    "redshift_cluster_enhanced_vpc_routing",
    Severity.MEDIUM,
    title="Redshift clusters load and unload data through the VPC",
    why="Without it COPY and UNLOAD go over the internet, past the VPC's network ACLs, endpoints and flow logs.",
    fix="Switch enhanced VPC routing on, and give the VPC an endpoint for S3.",
)
def enhanced_vpc_routing(cluster: Any) -> Verdict:
    return is_on(cluster, "EnhancedVpcRouting", _WHAT)


@rule(
    cluster_type,
    "redshift_cluster_non_default_username",
    Severity.MEDIUM,
    title="Redshift clusters' administrators have names of their own",
    why="The name awsuser is tried first by whoever guesses passwords.",
    fix="Make a new cluster with another administrator's name and move the data: it cannot be changed afterwards.",
)
def non_default_username(cluster: Any) -> Verdict:
    return is_not(cluster, "MasterUsername", _WHAT, ["awsuser"])


@rule(
    cluster_type,
    "redshift_cluster_non_default_database_name",
    Severity.LOW,
    title="Redshift clusters' databases have names of their own",
    why="The name dev is the first that a scanner asks for.",
    fix="Make a new cluster with another database name and move the data: it cannot be changed afterwards.",
)
def non_default_database_name(cluster: Any) -> Verdict:
    return is_not(cluster, "DBName", _WHAT, ["dev"])


@rule(
    cluster_type,
    "redshift_cluster_multi_az_enabled",
    Severity.MEDIUM,
    title="Redshift clusters stand in two Availability Zones",
    why="A cluster in one zone is away when that zone is, until it has been moved.",
    fix="Modify the cluster to Multi-AZ, which takes RA3 nodes.",
)
def multi_az_enabled(cluster: Any) -> Verdict:
    return is_one_of(cluster, "MultiAZ", _WHAT, ["Enabled", "enabled", "true"])
