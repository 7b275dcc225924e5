"""ElastiCache: its table and its policies."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
SOURCE = "elasticache.amazonaws.com"
GROUP, CLUSTER = "AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster"
UPGRADES = "elasticache_redis_cluster_auto_minor_version_upgrades"
BACKUP = "elasticache_redis_cluster_backup_enabled"
AUTH = "elasticache_redis_replication_group_auth_enabled"


@pytest.mark.parametrize(
    ("policy", "group", "outcome"),
    [
        (UPGRADES, {"AutoMinorVersionUpgrade": True}, PASS),
        (UPGRADES, {"AutoMinorVersionUpgrade": False}, FAIL),
        (BACKUP, {"SnapshotRetentionLimit": 0}, FAIL),
        (BACKUP, {}, FAIL),
        # Prowler wants more than seven days; FSBP's ElastiCache.1 one.
        (BACKUP, {"SnapshotRetentionLimit": 1}, PASS),
        ("elasticache_redis_cluster_in_transit_encryption_enabled", {"TransitEncryptionEnabled": True}, PASS),
        (
            "elasticache_redis_cluster_in_transit_encryption_enabled",
            {"TransitEncryptionEnabled": False},
            FAIL,
        ),
        ("elasticache_redis_cluster_rest_encryption_enabled", {"AtRestEncryptionEnabled": True}, PASS),
        ("elasticache_redis_cluster_rest_encryption_enabled", {}, FAIL),
        ("elasticache_redis_cluster_automatic_failover_enabled", {"AutomaticFailover": "enabled"}, PASS),
        ("elasticache_redis_cluster_automatic_failover_enabled", {"AutomaticFailover": "enabling"}, PASS),
        ("elasticache_redis_cluster_automatic_failover_enabled", {"AutomaticFailover": "disabled"}, FAIL),
        ("elasticache_redis_cluster_multi_az_enabled", {"MultiAZ": "enabled"}, PASS),
        ("elasticache_redis_cluster_multi_az_enabled", {"MultiAZ": "disabled"}, FAIL),
    ],
)
def test_a_replication_group(judged: Judged, policy: str, group: dict[str, Any], outcome: Outcome) -> None:
    several = policy in (UPGRADES, BACKUP)
    assert judged(policy, type_name=GROUP if several else None, group=group).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "cluster", "outcome"),
    [
        (UPGRADES, {"Engine": "redis", "AutoMinorVersionUpgrade": False}, FAIL),
        (UPGRADES, {"Engine": "valkey", "AutoMinorVersionUpgrade": True}, PASS),
        (UPGRADES, {"Engine": "memcached", "AutoMinorVersionUpgrade": False}, NONE),
        (UPGRADES, {"Engine": "redis", "ReplicationGroupId": "g", "AutoMinorVersionUpgrade": False}, NONE),
        (BACKUP, {"Engine": "redis", "SnapshotRetentionLimit": 0}, FAIL),
        (BACKUP, {"Engine": "redis", "SnapshotRetentionLimit": 3}, PASS),
        (BACKUP, {"Engine": "memcached"}, NONE),
        (BACKUP, {"Engine": "redis", "ReplicationGroupId": "g"}, NONE),
    ],
)
def test_a_cluster_by_itself(judged: Judged, policy: str, cluster: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, type_name=CLUSTER, cluster=cluster).outcome == outcome


@pytest.mark.parametrize(("name", "outcome"), [("default", FAIL), ("private", PASS)])
def test_the_default_subnet_group(judged: Judged, name: str, outcome: Outcome) -> None:
    cluster = {"Engine": "memcached", "CacheSubnetGroupName": name}
    assert judged("elasticache_cluster_default_subnet_group", cluster=cluster).outcome == outcome


@pytest.mark.parametrize(
    ("group", "members", "outcome"),
    [
        ({"AuthTokenEnabled": True}, {"a": {"EngineVersion": "5.0.6"}}, PASS),
        ({"AuthTokenEnabled": False}, {"a": {"EngineVersion": "5.0.6"}}, FAIL),
        (
            {"AuthTokenEnabled": False},
            {"a": {"EngineVersion": "6.2.6"}, "b": {"EngineVersion": "5.0.6"}},
            FAIL,
        ),
        ({"AuthTokenEnabled": False}, {"a": {"EngineVersion": "6.x"}}, NONE),
        ({}, {"a": {"EngineVersion": "7.1.0"}}, NONE),
        # A version of two digits is no lesser one.
        ({}, {"a": {"EngineVersion": "10.0.0"}}, NONE),
        ({}, {"a": None}, UNKNOWN),
        ({}, {}, UNKNOWN),
    ],
)
def test_auth(judged: Judged, group: dict[str, Any], members: dict[str, Any], outcome: Outcome) -> None:
    assert judged(AUTH, group=group, members=members).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "type_name", "sections"),
    [
        (UPGRADES, GROUP, {"group": {"AutoMinorVersionUpgrade": "yes"}}),
        (UPGRADES, CLUSTER, {"cluster": {}}),
        (BACKUP, GROUP, {"group": {"SnapshotRetentionLimit": "1"}}),
        (BACKUP, CLUSTER, {"cluster": {"Engine": "redis", "SnapshotRetentionLimit": True}}),
        ("elasticache_redis_cluster_in_transit_encryption_enabled", None, {"group": None}),
        (
            "elasticache_redis_cluster_rest_encryption_enabled",
            None,
            {"group": {"AtRestEncryptionEnabled": 1}},
        ),
        (AUTH, None, {"group": {}, "members": {"a": {"EngineVersion": "new"}}}),
        (AUTH, None, {"group": {}, "members": []}),
        (
            "elasticache_redis_cluster_automatic_failover_enabled",
            None,
            {"group": {"AutomaticFailover": True}},
        ),
        ("elasticache_redis_cluster_multi_az_enabled", None, {"group": {"MultiAZ": True}}),
        ("elasticache_cluster_default_subnet_group", None, {"cluster": {}}),
    ],
)
def test_answers_of_another_shape(
    judged: Judged, policy: str, type_name: str | None, sections: dict[str, Any]
) -> None:
    assert judged(policy, type_name=type_name, odd=True, **sections).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        (
            "CreateReplicationGroup",
            {"replicationGroupId": "Shop"},
            {"replicationGroupId": "shop", "memberClusters": ["shop-001", "shop-002"]},
            {(GROUP, "shop"), (CLUSTER, "shop-001"), (CLUSTER, "shop-002")},
        ),
        ("ModifyReplicationGroup", {"replicationGroupId": "Shop"}, {}, {(GROUP, "shop")}),
        ("CreateCacheCluster", {"cacheClusterId": "one"}, {"cacheClusterId": "one"}, {(CLUSTER, "one")}),
        (
            "CreateCacheCluster",
            {"cacheClusterId": "shop-003", "replicationGroupId": "shop"},
            {},
            {(CLUSTER, "shop-003"), (GROUP, "shop")},
        ),
        (
            "CreateServerlessCache",
            {"serverlessCacheName": "s"},
            {},
            {("AWS::ElastiCache::ServerlessCache", "s")},
        ),
        (
            "AddTagsToResource",
            {"resourceName": "arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:shop"},
            {},
            {(GROUP, "shop")},
        ),
        (
            "AddTagsToResource",
            {"resourceName": "arn:aws:elasticache:eu-west-1:111122223333:cluster:one"},
            {},
            {(CLUSTER, "one")},
        ),
    ],
)
def test_who_is_meant(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], resources: set[tuple[str, str]]
) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == resources


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed == 2
