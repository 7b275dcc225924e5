"""The table of Amazon ElastiCache: replication groups, cache clusters, serverless caches.

CloudTrail shows what the answer holds without its wrapper, with the id as AWS keeps it, in lower case. Source: the API
reference, recorded events.
"""

from __future__ import annotations

from liveaudit.catalog.changes import Effect
from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("elasticache", event_source="elasticache.amazonaws.com")

_LASTS = 900.0
_TAG_EVENTS = ("AddTagsToResource", "RemoveTagsFromResource")
_TAGGED = "requestParameters.resourceName"
_MEMBERS = "responseElements.memberClusters[]"

cache_cluster = service.resource_type(
    "AWS::ElastiCache::CacheCluster",
    arn="arn:{partition}:elasticache:{region}:{account}:cluster:{id}",
    named_by=["responseElements.cacheClusterId", "requestParameters.cacheClusterId"],
    gone="CacheClusterNotFound",
    lower_case=True,
)
cache_cluster.section(
    "cluster",
    "DescribeCacheClusters",
    {"CacheClusterId": "{id}"},
    items="CacheClusters",
    item_id="CacheClusterId",
    silent=[
        "CacheClusterStatus",
        "CacheNodeIdsToReboot",
        "ParameterApplyStatus",
        "PendingModifiedValues",
        "Status",
    ],
    changed_by=["ModifyCacheCluster", "RebootCacheCluster"],
    root=True,
)
cache_cluster.created_by("CreateCacheCluster")
cache_cluster.deleted_by("DeleteCacheCluster")
# The members of a replication group come, change and go with it.
cache_cluster.event("CreateReplicationGroup", effect=Effect.CREATE, named_by=_MEMBERS)
cache_cluster.event("DeleteReplicationGroup", effect=Effect.DELETE, named_by=_MEMBERS)
for _event in ("ModifyReplicationGroup", "IncreaseReplicaCount", "DecreaseReplicaCount"):
    cache_cluster.event(_event, named_by=_MEMBERS)
cache_cluster.section(
    "tags",
    "ListTagsForResource",
    {"ResourceName": "{arn}"},
    value="TagList",
    shape=keeping(leaves("Key", "Value")),
)
for _event in _TAG_EVENTS:
    cache_cluster.event(_event, "cluster", "tags", named_by=_TAGGED)
cache_cluster.takes(
    _LASTS,
    "CreateCacheCluster",
    "CreateReplicationGroup",
    "DecreaseReplicaCount",
    "DeleteCacheCluster",
    "DeleteReplicationGroup",
    "IncreaseReplicaCount",
    "ModifyCacheCluster",
    "ModifyReplicationGroup",
)
cache_cluster.listing(
    "DescribeCacheClusters", items="CacheClusters", item_id="CacheClusterId", provides={"cluster": "@"}
)

replication_group = service.resource_type(
    "AWS::ElastiCache::ReplicationGroup",
    arn="arn:{partition}:elasticache:{region}:{account}:replicationgroup:{id}",
    named_by=["responseElements.replicationGroupId", "requestParameters.replicationGroupId"],
    gone="ReplicationGroupNotFoundFault",
    lower_case=True,
)
replication_group.section(
    "group",
    "DescribeReplicationGroups",
    {"ReplicationGroupId": "{id}"},
    items="ReplicationGroups",
    item_id="ReplicationGroupId",
    silent=["CurrentRole", "PendingModifiedValues", "SnapshottingClusterId", "Status"],
    changed_by=[
        "CompleteMigration",
        "CreateCacheCluster",
        "DecreaseReplicaCount",
        "DeleteCacheCluster",
        "IncreaseReplicaCount",
        "ModifyReplicationGroup",
        "ModifyReplicationGroupShardConfiguration",
        "StartMigration",
        "TestFailover",
    ],
    root=True,
)
replication_group.references("members", cache_cluster, "cluster", ids="group.MemberClusters[]")
replication_group.created_by("CreateReplicationGroup")
replication_group.deleted_by("DeleteReplicationGroup")
replication_group.event(
    "DisassociateGlobalReplicationGroup", "group", named_by="requestParameters.replicationGroupId"
)
replication_group.section(
    "tags",
    "ListTagsForResource",
    {"ResourceName": "{arn}"},
    value="TagList",
    shape=keeping(leaves("Key", "Value")),
)
for _event in _TAG_EVENTS:
    replication_group.event(_event, "group", "tags", named_by=_TAGGED)
replication_group.takes(
    _LASTS,
    "CreateReplicationGroup",
    "DecreaseReplicaCount",
    "DeleteReplicationGroup",
    "IncreaseReplicaCount",
    "ModifyReplicationGroup",
    "ModifyReplicationGroupShardConfiguration",
)
replication_group.listing(
    "DescribeReplicationGroups",
    items="ReplicationGroups",
    item_id="ReplicationGroupId",
    provides={"group": "@"},
)

serverless_cache = service.resource_type(
    "AWS::ElastiCache::ServerlessCache",
    arn="arn:{partition}:elasticache:{region}:{account}:serverlesscache:{id}",
    named_by=["responseElements.serverlessCacheName", "requestParameters.serverlessCacheName"],
    gone="ServerlessCacheNotFoundFault",
    lower_case=True,
)
serverless_cache.section(
    "cache",
    "DescribeServerlessCaches",
    {"ServerlessCacheName": "{id}"},
    items="ServerlessCaches",
    item_id="ServerlessCacheName",
    silent=["FullEngineVersion", "Migration", "Status"],
    changed_by="ModifyServerlessCache",
    root=True,
)
serverless_cache.created_by("CreateServerlessCache")
serverless_cache.deleted_by("DeleteServerlessCache")
serverless_cache.section(
    "tags",
    "ListTagsForResource",
    {"ResourceName": "{arn}"},
    value="TagList",
    shape=keeping(leaves("Key", "Value")),
)
for _event in _TAG_EVENTS:
    serverless_cache.event(_event, "cache", "tags", named_by=_TAGGED)
serverless_cache.takes(_LASTS, "CreateServerlessCache", "DeleteServerlessCache", "ModifyServerlessCache")
serverless_cache.listing(
    "DescribeServerlessCaches",
    items="ServerlessCaches",
    item_id="ServerlessCacheName",
    provides={"cache": "@"},
)

service.ignores_unnamed("tags of what no policy looks at", *_TAG_EVENTS)
service.ignores(
    "groups of EC2-Classic, which AWS has ended",
    "AuthorizeCacheSecurityGroupIngress",
    "CreateCacheSecurityGroup",
    "DeleteCacheSecurityGroup",
    "RevokeCacheSecurityGroupIngress",
)
service.ignores(
    "parameter and subnet groups are read by no policy",
    "CreateCacheParameterGroup",
    "CreateCacheSubnetGroup",
    "DeleteCacheParameterGroup",
    "DeleteCacheSubnetGroup",
    "ModifyCacheParameterGroup",
    "ModifyCacheSubnetGroup",
    "ResetCacheParameterGroup",
)
service.ignores(
    "users and their groups are read by no policy",
    "CreateUser",
    "CreateUserGroup",
    "DeleteUser",
    "DeleteUserGroup",
    "ModifyUser",
    "ModifyUserGroup",
)
service.ignores(
    "copies of a cache's contents are read by no policy",
    "CopyServerlessCacheSnapshot",
    "CopySnapshot",
    "CreateServerlessCacheSnapshot",
    "CreateSnapshot",
    "DeleteServerlessCacheSnapshot",
    "DeleteSnapshot",
    "ExportServerlessCacheSnapshot",
)
service.ignores(
    "replication over regions is read by no policy",
    "CreateGlobalReplicationGroup",
    "DecreaseNodeGroupsInGlobalReplicationGroup",
    "DeleteGlobalReplicationGroup",
    "FailoverGlobalReplicationGroup",
    "IncreaseNodeGroupsInGlobalReplicationGroup",
    "ModifyGlobalReplicationGroup",
    "RebalanceSlotsInGlobalReplicationGroup",
)
service.ignores(
    "changes no setting that a policy looks at",
    "BatchApplyUpdateAction",
    "BatchStopUpdateAction",
    "PrepareMigration",
    "PurchaseReservedCacheNodesOffering",
    "StopMigration",
    "TestMigration",
)
