"""The table of Amazon DynamoDB: what exists, how it is read, which events change it.

A call may give a table's ARN where its name belongs. Events on items are data events, which are not subscribed.
Source: the API reference; DynamoDB developer guide, "Logging DynamoDB operations by using CloudTrail".
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("dynamodb", event_source="dynamodb.amazonaws.com")

table = service.resource_type(
    "AWS::DynamoDB::Table",
    arn="arn:{partition}:dynamodb:{region}:{account}:table/{id}",
    named_by="requestParameters.tableName",
    gone=["ResourceNotFoundException", "TableNotFoundException"],
    # The ARN of an index or a stream goes on after the table's name.
    id_part=r"(?P<id>[^/]+)(/.*)?",
)
_TABLE = {"TableName": "{id}"}
_RESOURCE = {"ResourceArn": "{arn}"}
_BY_ARN = "requestParameters.resourceArn"

table.section(
    "table",
    "DescribeTable",
    _TABLE,
    value="Table",
    omit=["ItemCount", "TableSizeBytes"],
    silent=[
        "Backfilling",
        "IndexSizeBytes",
        "IndexStatus",
        "ItemCount",
        "LastDecreaseDateTime",
        "LastIncreaseDateTime",
        "NumberOfDecreasesToday",
        "ReplicaStatus",
        "Status",
        "TableStatus",
        "WarmThroughput",
    ],
    root=True,
)
table.section(
    "point_in_time_recovery",
    "DescribeContinuousBackups",
    _TABLE,
    value="ContinuousBackupsDescription.PointInTimeRecoveryDescription",
    omit=["EarliestRestorableDateTime", "LatestRestorableDateTime"],
    changed_by="UpdateContinuousBackups",
)
table.section(
    "policy_document",
    "GetResourcePolicy",
    _RESOURCE,
    value="Policy",
    absent="PolicyNotFoundException",
)
table.section("tags", "ListTagsOfResource", _RESOURCE, value="Tags")
table.section(
    "time_to_live",
    "DescribeTimeToLive",
    _TABLE,
    value="TimeToLiveDescription",
    changed_by="UpdateTimeToLive",
)
for _event in ("PutResourcePolicy", "DeleteResourcePolicy"):
    table.event(_event, "policy_document", named_by=_BY_ARN)
for _event in ("TagResource", "UntagResource"):
    table.event(_event, "tags", named_by=_BY_ARN)
table.event("UpdateTable", "table")
for _event in ("CreateGlobalTable", "UpdateGlobalTable", "UpdateGlobalTableSettings"):
    table.event(_event, "table", named_by="requestParameters.globalTableName")
table.created_by("CreateTable")
table.created_by(
    "RestoreTableFromBackup", "RestoreTableToPointInTime", named_by="requestParameters.targetTableName"
)
table.created_by("ImportTable", named_by="requestParameters.tableCreationParameters.tableName")
table.deleted_by("DeleteTable")
table.takes(300.0, "CreateTable", "DeleteTable")
table.takes(900.0, "ImportTable", "RestoreTableFromBackup", "RestoreTableToPointInTime", "UpdateTable")
table.shows(
    "point_in_time_recovery",
    {
        "requestParameters.pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled": (
            "PointInTimeRecoveryStatus=='ENABLED'"
        )
    },
    "UpdateContinuousBackups",
)
table.listing("ListTables", items="TableNames[].{TableName: @}", item_id="TableName")

service.ignores(
    "works on items, not on the table's configuration",
    "BatchExecuteStatement",
    "BatchWriteItem",
    "DeleteItem",
    "ExecuteStatement",
    "ExecuteTransaction",
    "PutItem",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
    noise=True,
)
service.ignores(
    "backups on demand and exports change no table",
    "CreateBackup",
    "DeleteBackup",
    "ExportTableToPointInTime",
)
service.ignores(
    "to where changes of items are streamed is read by no policy",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "UpdateKinesisStreamingDestination",
)
service.ignores(
    "reports on use and the scaling of replicas are read by no policy",
    "UpdateContributorInsights",
    "UpdateTableReplicaAutoScaling",
)
