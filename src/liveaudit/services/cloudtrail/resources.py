"""The table of AWS CloudTrail: what exists, how it is read, which events change it.

Sources: the CloudTrail API reference and recorded events. A trail is a resource of its home region alone: other regions
list a multi-region trail too, and members of an organization the organization's, as "shadow trails", which are left
out there. What must exist at least once in an account is asked of the account as a whole, shadows and all.
"""

from __future__ import annotations

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.services.cloudtrail.shapes import in_order_with_log_groups
from liveaudit.services.cloudwatch.resources import region_settings as cloudwatch_settings
from liveaudit.services.logs.resources import log_group
from liveaudit.services.s3.resources import account_block, bucket
from liveaudit.services.sns.resources import topic

service = Service("cloudtrail", event_source="cloudtrail.amazonaws.com")

_GONE = "TrailNotFoundException"
_BY_NAME = "requestParameters.name"
_BY_TRAIL_NAME = "requestParameters.trailName"
_DELIVERIES = tuple(
    f"Latest{kind}"
    for kind in (
        "DeliveryAttemptSucceeded",
        "DeliveryAttemptTime",
        "DeliveryError",
        "DeliveryTime",
        "DigestDeliveryError",
        "DigestDeliveryTime",
        "NotificationAttemptSucceeded",
        "NotificationAttemptTime",
        "NotificationError",
        "NotificationTime",
    )
)
_LOGGING_TIMES = ("StartLoggingTime", "StopLoggingTime", "TimeLoggingStarted", "TimeLoggingStopped")
_TO_CLOUDWATCH = ("LatestCloudWatchLogsDeliveryError", "LatestCloudWatchLogsDeliveryTime")

trail = service.resource_type(
    "AWS::CloudTrail::Trail",
    arn="arn:{partition}:cloudtrail:{region}:{account}:trail/{id}",
    named_by=_BY_NAME,
    gone=_GONE,
)
trail.created_by("CreateTrail")
trail.deleted_by("DeleteTrail")
trail.listing(
    "DescribeTrails",
    {"includeShadowTrails": False},
    items="trailList",
    item_id="Name",
    provides={"trail": "@"},
)
trail.section(
    "trail",
    "DescribeTrails",
    {"includeShadowTrails": False, "trailNameList": "{ids}"},
    items="trailList",
    item_id="Name",
    many=20,
    changed_by="UpdateTrail",
    root=True,
)
trail.section(
    "status",
    "GetTrailStatus",
    {"Name": "{id}"},
    omit=(*_DELIVERIES, *_TO_CLOUDWATCH),
    changed_by=["StartLogging", "StopLogging"],
)
# The same call: what was delivered when changes by itself, and is kept apart from what somebody set.
trail.section(
    "cloudwatch_delivery",
    "GetTrailStatus",
    {"Name": "{id}"},
    omit=(*_DELIVERIES, "IsLogging", *_LOGGING_TIMES),
    silent=_TO_CLOUDWATCH,
    changed_by=["UpdateTrail", "StartLogging", "StopLogging"],
)
trail.section("event_selectors", "GetEventSelectors", {"TrailName": "{id}"}, omit="TrailARN")
trail.event("PutEventSelectors", "event_selectors", "trail", named_by=_BY_TRAIL_NAME)
trail.section(
    "insight_selectors",
    "GetInsightSelectors",
    {"TrailName": "{id}"},
    value="InsightSelectors",
    absent="InsightNotEnabledException",
)
trail.event("PutInsightSelectors", "insight_selectors", "trail", named_by=_BY_TRAIL_NAME)
trail.section(
    "tags",
    "ListTags",
    {"ResourceIdList": ["{arn}"]},
    value="ResourceTagList[0].TagsList",
)
for _event in ("AddTags", "RemoveTags"):
    trail.event(_event, "tags", named_by="requestParameters.resourceId")

# What is asked of the log bucket is asked only if it is one of the account's own: ``log_bucket`` tells. The edges lead to
# a bucket of the trail's region; what changes at one of another region shows with the trail's next audit.
trail.references("log_bucket", bucket, "bucket", ids="trail.S3BucketName")
for _name in ("acl", "policy_document", "public_access_block", "logging", "versioning"):
    trail.references(f"log_bucket_{_name}", bucket, _name, ids="log_bucket.*.Name")
trail.reference("account_public_access_block", account_block, "public_access_block", resource_id="{account}")

trail.shows("status", {"=true": "IsLogging"}, "StartLogging")
trail.shows("status", {"=false": "IsLogging"}, "StopLogging")
trail.shows(
    "trail",
    {
        "responseElements.cloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
        "responseElements.isMultiRegionTrail": "IsMultiRegionTrail",
        "responseElements.kmsKeyId": "KmsKeyId",
        "responseElements.logFileValidationEnabled": "LogFileValidationEnabled",
        "responseElements.s3BucketName": "S3BucketName",
    },
    "UpdateTrail",
)

# AWS gives the account as a whole no ARN here; this one is ours, made so that it collides with none of AWS's.
account = service.resource_type(
    "AWS::CloudTrail::AccountSettings",
    arn="arn:{partition}:cloudtrail:{region}:{id}:account",
    is_global=True,
    named_by="{account}",
    always="{account}",
)
# An organization's trail belongs to the management account, whose changes are no events here: as fresh as the last sweep.
account.section(
    "trails",
    "DescribeTrails",
    {"includeShadowTrails": True},
    value="trailList",
    each=Each("GetTrailStatus", {"Name": "{item.TrailARN}"}, value="{IsLogging: IsLogging}", into="Status"),
    shape=in_order_with_log_groups,
    changed_by=["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"],
    root=True,
)
# The way of a warning: from the trail to its log group, to the metric filters there, to the alarms on their metrics, to the
# topics that the alarms tell.
_EVERYWHERE = "trails[?IsMultiRegionTrail && Status.IsLogging]"
account.references("event_selectors", trail, "event_selectors", ids=f"{_EVERYWHERE}.TrailARN", partial=True)
account.references("metric_filters", log_group, "metric_filters", ids=f"{_EVERYWHERE}.LogGroup", partial=True)
account.references("alarms", cloudwatch_settings, "alarms", ids=f"{_EVERYWHERE}.Alarms", partial=True)
account.references("topics", topic, "subscriptions", ids="alarms.*[].AlarmActions[]", partial=True)

service.ignores_unnamed("event data stores and channels are not covered", "AddTags", "RemoveTags")
service.ignores(
    "event data stores, the lake and its dashboards are read by no policy",
    "CancelQuery",
    "CreateDashboard",
    "CreateEventDataStore",
    "DeleteDashboard",
    "DeleteEventDataStore",
    "DisableFederation",
    "EnableFederation",
    "GenerateQuery",
    "PutEventConfiguration",
    "RestoreEventDataStore",
    "StartDashboardRefresh",
    "StartEventDataStoreIngestion",
    "StartImport",
    "StartQuery",
    "StopEventDataStoreIngestion",
    "StopImport",
    "UpdateDashboard",
    "UpdateEventDataStore",
)
service.ignores(
    "channels, their policies and delegated administrators are read by no policy",
    "CreateChannel",
    "CreateServiceLinkedChannel",
    "DeleteChannel",
    "DeleteResourcePolicy",
    "DeleteServiceLinkedChannel",
    "DeregisterOrganizationDelegatedAdmin",
    "PutResourcePolicy",
    "RegisterOrganizationDelegatedAdmin",
    "UpdateChannel",
    "UpdateServiceLinkedChannel",
)
service.spells("CreateServiceLinkedChannel", "DeleteServiceLinkedChannel", "UpdateServiceLinkedChannel")
