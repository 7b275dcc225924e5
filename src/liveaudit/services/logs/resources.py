"""The table of Amazon CloudWatch Logs: what exists, how it is read, which events change it.

Source: the CloudWatch Logs API reference. Newer operations name a log group by name or ARN alike.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.model import Shows

service = Service("logs", event_source="logs.amazonaws.com")


def by_name(filters: Any) -> list[Any]:
    """A group's metric filters in the order of their names."""
    return sorted(filters, key=lambda each: str(each["filterName"]))


# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::Logs::RegionSettings",
    arn="arn:{partition}:logs:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "resource_policies",
    "DescribeResourcePolicies",
    value="resourcePolicies",
    root=True,
    changed_by=["PutResourcePolicy", "DeleteResourcePolicy"],
)

log_group = service.resource_type(
    "AWS::Logs::LogGroup",
    arn="arn:{partition}:logs:{region}:{account}:log-group:{id}",
    named_by="requestParameters.logGroupName",
    gone="ResourceNotFoundException",
    # what streams and groups' contents are called has a colon behind the name
    id_pattern=r"[^:]+",
)
_BY_IDENTIFIER = ("requestParameters.logGroupIdentifier", "requestParameters.logGroupName")

log_group.created_by("CreateLogGroup")
log_group.deleted_by("DeleteLogGroup")
log_group.listing("DescribeLogGroups", items="logGroups", item_id="logGroupName", provides={"log_group": "@"})
# Sorted by name: the group itself is the first of all whose names begin with its own.
log_group.section(
    "log_group",
    "DescribeLogGroups",
    {"logGroupNamePrefix": "{id}", "limit": 1},
    items="logGroups",
    item_id="logGroupName",
    pages=False,
    omit="storedBytes",
    changed_by=["PutRetentionPolicy", "DeleteRetentionPolicy"],
    root=True,
)
for _event in ("AssociateKmsKey", "DisassociateKmsKey"):
    log_group.event(
        _event,
        "log_group",
        named_by=["requestParameters.logGroupName", "requestParameters.resourceIdentifier"],
    )
for _event in ("PutDataProtectionPolicy", "DeleteDataProtectionPolicy", "PutLogGroupDeletionProtection"):
    log_group.event(_event, "log_group", named_by=_BY_IDENTIFIER)
log_group.section(
    "metric_filters",
    "DescribeMetricFilters",
    {"logGroupName": "{id}"},
    value="metricFilters",
    shape=by_name,
    changed_by=["PutMetricFilter", "DeleteMetricFilter"],
)
log_group.section(
    "resource_policies",
    "DescribeResourcePolicies",
    {"resourceArn": "{arn}", "policyScope": "RESOURCE"},
    value="resourcePolicies[?policyScope=='RESOURCE']",
)
for _event in ("PutResourcePolicy", "DeleteResourcePolicy"):
    log_group.event(_event, "resource_policies", named_by="requestParameters.resourceArn")
log_group.reference("region_resource_policies", region_settings, "resource_policies", resource_id="{region}")
log_group.section(
    "tags",
    "ListTagsForResource",
    {"resourceArn": "{arn}"},
    value="tags",
    changed_by=["TagLogGroup", "UntagLogGroup"],
)
for _event in ("TagResource", "UntagResource"):
    log_group.event(_event, "tags", named_by="requestParameters.resourceArn")

log_group.shows("log_group", {"requestParameters.retentionInDays": "retentionInDays"}, "PutRetentionPolicy")
log_group.shows("metric_filters", {"requestParameters.filterName": "[].filterName"}, "PutMetricFilter")
log_group.shows(
    "metric_filters",
    {"requestParameters.filterName": "[].filterName"},
    "DeleteMetricFilter",
    as_=Shows.LACKS,
)
region_settings.shows(
    "resource_policies", {"requestParameters.policyName": "[].policyName"}, "PutResourcePolicy"
)
region_settings.shows(
    "resource_policies",
    {"requestParameters.policyName": "[].policyName"},
    "DeleteResourcePolicy",
    as_=Shows.LACKS,
)

service.ignores_unnamed(
    "tags of destinations, deliveries and detectors are read by no policy", "TagResource", "UntagResource"
)
service.ignores(
    "what is logged is none of a group's configuration",
    "CreateLogStream",
    "DeleteLogStream",
    "FilterLogEvents",
    "PutLogEvents",
    "StartLiveTail",
    "StartQuery",
    "StopQuery",
    "TestMetricFilter",
    "TestTransformer",
    noise=True,
)
service.ignores(
    "exports, imports and queries are read by no policy",
    "CancelExportTask",
    "CancelImportTask",
    "CreateExportTask",
    "CreateImportTask",
    "CreateLookupTable",
    "CreateScheduledQuery",
    "DeleteLookupTable",
    "DeleteQueryDefinition",
    "DeleteScheduledQuery",
    "PutQueryDefinition",
    "UpdateLookupTable",
    "UpdateScheduledQuery",
)
service.ignores(
    "where log events are sent on, indexed, transformed and searched for anomalies is read by no policy yet",
    "AssociateSourceToS3TableIntegration",
    "CreateDelivery",
    "CreateLogAnomalyDetector",
    "DeleteAccountPolicy",
    "DeleteDelivery",
    "DeleteDeliveryDestination",
    "DeleteDeliveryDestinationPolicy",
    "DeleteDeliverySource",
    "DeleteDestination",
    "DeleteIndexPolicy",
    "DeleteIntegration",
    "DeleteLogAnomalyDetector",
    "DeleteSubscriptionFilter",
    "DeleteSyslogConfiguration",
    "DeleteTransformer",
    "DisassociateSourceFromS3TableIntegration",
    "PutAccountPolicy",
    "PutBearerTokenAuthentication",
    "PutDeliveryDestination",
    "PutDeliveryDestinationPolicy",
    "PutDeliverySource",
    "PutDestination",
    "PutDestinationPolicy",
    "PutIndexPolicy",
    "PutIntegration",
    "PutStorageTierPolicy",
    "PutSubscriptionFilter",
    "PutSyslogConfiguration",
    "PutTransformer",
    "UpdateAnomaly",
    "UpdateDeliveryConfiguration",
    "UpdateLogAnomalyDetector",
)
