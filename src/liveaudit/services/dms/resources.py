"""The table of AWS Database Migration Service: what exists, how it is read, which events change it.

Sources: the DMS API reference and the user guide's "Logging AWS DMS API calls with AWS CloudTrail". Events name things by
their ARNs, which hold ids that are told nowhere else, so the ARN is the id. Of an endpoint's settings, which may hold
passwords, only what is judged is kept.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("dms", event_source="dms.amazonaws.com")

_GONE = "ResourceNotFoundFault"
_ARN = r"arn:[\w-]+:dms:[\w-]+:\d{12}"

replication_instance = service.resource_type(
    "AWS::DMS::ReplicationInstance",
    arn="{id}",
    named_by=[
        "requestParameters.replicationInstanceArn",
        "responseElements.replicationInstance.replicationInstanceArn",
    ],
    gone=_GONE,
    id_pattern=rf"{_ARN}:rep:[\w-]+",
)
replication_instance.created_by("CreateReplicationInstance")
replication_instance.deleted_by("DeleteReplicationInstance")
replication_instance.listing(
    "DescribeReplicationInstances",
    items="ReplicationInstances",
    item_id="ReplicationInstanceArn",
    provides={"replication_instance": "@"},
)
replication_instance.section(
    "replication_instance",
    "DescribeReplicationInstances",
    {"Filters": [{"Name": "replication-instance-arn", "Values": "{ids}"}]},
    items="ReplicationInstances",
    item_id="ReplicationInstanceArn",
    many=50,
    silent=["ReplicationInstanceStatus", "FreeUntil"],
    changed_by=["ModifyReplicationInstance", "ApplyPendingMaintenanceAction"],
    root=True,
)
replication_instance.takes(
    900.0, "CreateReplicationInstance", "ModifyReplicationInstance", "DeleteReplicationInstance"
)

_KEPT = {
    "EndpointArn": "EndpointArn",
    "EndpointIdentifier": "EndpointIdentifier",
    "EndpointType": "EndpointType",
    "EngineName": "EngineName",
    "SslMode": "SslMode",
    "KafkaSecurityProtocol": "KafkaSettings.SecurityProtocol",
    "RedisSecurityProtocol": "RedisSettings.SslSecurityProtocol",
}
_ENDPOINT = "{" + ", ".join(f"{name}: {path}" for name, path in _KEPT.items()) + "}"
endpoint = service.resource_type(
    "AWS::DMS::Endpoint",
    arn="{id}",
    named_by=["requestParameters.endpointArn", "responseElements.endpoint.endpointArn"],
    gone=_GONE,
    id_pattern=rf"{_ARN}:endpoint:[\w-]+",
)
endpoint.created_by("CreateEndpoint")
endpoint.deleted_by("DeleteEndpoint")
endpoint.listing(
    "DescribeEndpoints", items="Endpoints", item_id="EndpointArn", provides={"endpoint": _ENDPOINT}
)
endpoint.section(
    "endpoint",
    "DescribeEndpoints",
    {"Filters": [{"Name": "endpoint-arn", "Values": "{ids}"}]},
    items="Endpoints",
    item_id="EndpointArn",
    many=50,
    value=_ENDPOINT,
    changed_by="ModifyEndpoint",
    root=True,
)
endpoint.shows("endpoint", {"requestParameters.sslMode": "SslMode"}, "ModifyEndpoint")

for _type in (replication_instance, endpoint):
    _type.section(
        "tags",
        "ListTagsForResource",
        {"ResourceArn": "{id}"},
        value="TagList",
        shape=keeping(leaves("Key", "Value")),
    )
    for _event in ("AddTagsToResource", "RemoveTagsFromResource"):
        _type.event(_event, "tags", named_by="requestParameters.resourceArn")

_RUNS = """
    BatchStartRecommendations CancelReplicationTaskAssessmentRun DeleteReplicationTaskAssessmentRun MoveReplicationTask
    RebootReplicationInstance RefreshSchemas ReloadReplicationTables ReloadTables StartDataMigration StartReplication
    StartReplicationTask StartReplicationTaskAssessment StartReplicationTaskAssessmentRun StopDataMigration
    StopReplication StopReplicationTask TestConnection DeleteConnection
"""
_OTHERS = """
    CreateDataMigration CreateDataProvider CreateEventSubscription CreateInstanceProfile CreateMigrationProject
    CreateReplicationConfig CreateReplicationSubnetGroup CreateReplicationTask DeleteCertificate DeleteDataMigration
    DeleteDataProvider DeleteEventSubscription DeleteInstanceProfile DeleteMigrationProject DeleteReplicationConfig
    DeleteReplicationSubnetGroup DeleteReplicationTask ImportCertificate ModifyDataMigration ModifyDataProvider
    ModifyEventSubscription ModifyInstanceProfile ModifyMigrationProject ModifyReplicationConfig
    ModifyReplicationSubnetGroup ModifyReplicationTask
"""
service.ignores("migrations run, what they use stays as it is", *_RUNS.split())
service.ignores("tasks, projects, subnet groups and certificates are not covered", *_OTHERS.split())
service.ignores_unnamed("tags of what is not covered", "AddTagsToResource", "RemoveTagsFromResource")
