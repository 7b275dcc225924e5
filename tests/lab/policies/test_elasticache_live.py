"""The policies of ElastiCache by real calls in the lab, which knows no members of a replication group."""

from __future__ import annotations

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_replication_group(live: Live) -> None:
    elasticache = live.client("elasticache")
    elasticache.create_replication_group(
        ReplicationGroupId="shop",
        ReplicationGroupDescription="d",
        NumCacheClusters=1,
        AutoMinorVersionUpgrade=False,
    )
    for policy in (
        "elasticache_redis_cluster_auto_minor_version_upgrades",
        "elasticache_redis_cluster_backup_enabled",
        "elasticache_redis_cluster_in_transit_encryption_enabled",
        "elasticache_redis_cluster_rest_encryption_enabled",
        "elasticache_redis_cluster_multi_az_enabled",
        "elasticache_redis_cluster_automatic_failover_enabled",
    ):
        live.opens(policy, "shop")
    elasticache.modify_replication_group(ReplicationGroupId="shop", SnapshotRetentionLimit=7)
    live.resolves("elasticache_redis_cluster_backup_enabled", "shop")
