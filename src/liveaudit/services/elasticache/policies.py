"""The policies of ElastiCache: replication groups, and single nodes of Redis OSS and Valkey that are in none.

A member is judged by its group: the group's settings are its own.
"""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.checks import at_least, flag, is_not, is_on, is_one_of
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, rule, text
from liveaudit.services.elasticache.resources import cache_cluster, replication_group

_GROUP, _CLUSTER = "the replication group", "the cache cluster"
_UPGRADES = {
    "title": "Redis and Valkey caches take minor version upgrades by themselves",
    "why": "Minor versions bring the fixes of known vulnerabilities; what waits for a person tends to stay behind.",
    "fix": "Switch automatic minor version upgrades on.",
}
_BACKUPS = {
    "title": "Redis and Valkey caches are backed up every day",
    "why": "Without snapshots, what is in the cache alone is gone when it is deleted, or its data is spoiled.",
    "fix": "Set the snapshot retention limit to one day or more.",
}
_LAST_WITHOUT_USERS = 5
"""From Redis OSS 6.0 on there are users with rights of their own. Source: ElastiCache user guide, "RBAC"."""


def judged_elsewhere(cluster: Any) -> Verdict | None:
    """Why a cache cluster is not judged by itself, if it is not."""
    found = mapping(cluster, _CLUSTER)
    if text(found.get("Engine"), "Engine") == "memcached":
        return not_applicable("Memcached has no such setting")
    if found.get("ReplicationGroupId"):
        return not_applicable("a member of a replication group, which is judged in its place")
    return None


def is_backed_up(cache: Any, what: str) -> Verdict:
    """Whether snapshots are kept for a day at least: what FSBP's ElastiCache.1 asks for."""
    return at_least(cache, "SnapshotRetentionLimit", what, 1)


@rule(replication_group, "elasticache_redis_cluster_auto_minor_version_upgrades", Severity.HIGH, **_UPGRADES)
def group_takes_upgrades(group: Any) -> Verdict:
    return is_on(group, "AutoMinorVersionUpgrade", _GROUP)


@rule(cache_cluster, "elasticache_redis_cluster_auto_minor_version_upgrades", Severity.HIGH, **_UPGRADES)
def cluster_takes_upgrades(cluster: Any) -> Verdict:
    return judged_elsewhere(cluster) or is_on(cluster, "AutoMinorVersionUpgrade", _CLUSTER)


@rule(replication_group, "elasticache_redis_cluster_backup_enabled", Severity.HIGH, **_BACKUPS)
def group_is_backed_up(group: Any) -> Verdict:
    return is_backed_up(group, _GROUP)


@rule(cache_cluster, "elasticache_redis_cluster_backup_enabled", Severity.HIGH, **_BACKUPS)
def cluster_is_backed_up(cluster: Any) -> Verdict:
    return judged_elsewhere(cluster) or is_backed_up(cluster, _CLUSTER)


@rule(
    replication_group,
    "elasticache_redis_cluster_in_transit_encryption_enabled",
    Severity.MEDIUM,
    title="Replication groups encrypt their connections",
    why="Without TLS whoever can listen in the network reads what is cached, and the AUTH token with it.",
    fix="Switch encryption in transit on, with the transit encryption mode preferred first and required then.",
)
def in_transit_encryption_enabled(group: Any) -> Verdict:
    return is_on(group, "TransitEncryptionEnabled", _GROUP)


@rule(
    replication_group,
    "elasticache_redis_cluster_rest_encryption_enabled",
    Severity.MEDIUM,
    title="Replication groups encrypt what they write to disk",
    why="Snapshots, swap and synchronisation write the cache's contents to disks; unencrypted they lie there readable.",
    fix="Make a snapshot, restore it to a new replication group with encryption at rest, and move over to it.",
)
def rest_encryption_enabled(group: Any) -> Verdict:
    return is_on(group, "AtRestEncryptionEnabled", _GROUP)


@rule(
    replication_group,
    "elasticache_redis_replication_group_auth_enabled",
    Severity.MEDIUM,
    title="Replication groups of Redis before 6.0 ask for a password",
    why="Before 6.0 there are no users: without AUTH whoever reaches the endpoint reads and writes everything.",
    fix="Switch encryption in transit on and set an AUTH token, or move to version 6.0 or later with user groups.",
)
def auth_enabled(group: Any, members: Any) -> Verdict:
    if flag(group, "AuthTokenEnabled", _GROUP):
        return passed("AUTH is on")
    versions = []
    for name, member in mapping(members, "the members").items():
        if member is None:
            return unknown(f"member {name}, which tells the version, could not be found")
        versions.append(text(mapping(member, name).get("EngineVersion"), f"EngineVersion of {name}"))
    if not versions:
        return unknown("the group has no members yet that tell the version")
    oldest = min(versions, key=_major)
    if _major(oldest) <= _LAST_WITHOUT_USERS:
        return failed(f"version {oldest} without AUTH", AuthTokenEnabled=False, EngineVersion=oldest)
    return not_applicable(f"version {oldest} has users and groups of them in the place of AUTH")


@rule(
    replication_group,
    "elasticache_redis_cluster_automatic_failover_enabled",
    Severity.MEDIUM,
    title="Replication groups fail over by themselves",
    why="Without automatic failover the cache takes no writes after its primary node has failed, until somebody comes.",
    fix="Add a replica and switch automatic failover on.",
)
def automatic_failover_enabled(group: Any) -> Verdict:
    return is_one_of(group, "AutomaticFailover", _GROUP, ["enabled", "enabling"])


@rule(
    replication_group,
    "elasticache_redis_cluster_multi_az_enabled",
    Severity.MEDIUM,
    title="Replication groups stand in several Availability Zones",
    why="A cache whose nodes stand in one zone is away when that zone is.",
    fix="Add a replica in another zone and switch Multi-AZ on.",
)
def multi_az_enabled(group: Any) -> Verdict:
    return is_one_of(group, "MultiAZ", _GROUP, ["enabled"])


@rule(
    cache_cluster,
    "elasticache_cluster_default_subnet_group",
    Severity.HIGH,
    title="Cache clusters are not in the default subnet group",
    why="The default group holds the default VPC's subnets, which are public, and which everything else is put into.",
    fix="Make the cache anew with a subnet group of private subnets: it cannot be changed afterwards.",
)
def default_subnet_group(cluster: Any) -> Verdict:
    return is_not(cluster, "CacheSubnetGroupName", _CLUSTER, ["default"])


def _major(version: str) -> int:
    """``5`` of ``5.0.6``. Raises UnexpectedShapeError."""
    first = version.partition(".")[0]
    if not first.isdigit():
        raise UnexpectedShapeError(f"EngineVersion is {version[:40]!r}")
    return int(first)
