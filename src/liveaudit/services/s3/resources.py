"""The table of Amazon S3: what exists, how it is read, which events change it.

Sources: the API reference, and the user guide's page "Amazon S3 CloudTrail events", whose event names are not
always those of the operations: a bucket's ``PutPublicAccessBlock`` is ``PutBucketPublicAccessBlock`` there. Where
CloudTrail's spelling is not known for sure, both stand here.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("s3", event_source="s3.amazonaws.com")

# AWS gives settings of an account or region no ARN; this one is ours, made so that it collides with none of AWS's.
account_block = service.resource_type(
    "AWS::S3::AccountPublicAccessBlock",
    arn="arn:{partition}:s3:{region}:{id}:account",
    client="s3control",
    is_global=True,
    named_by="{account}",
    always="{account}",
)
account_block.section(
    "public_access_block",
    "GetPublicAccessBlock",
    {"AccountId": "{account}"},
    value="PublicAccessBlockConfiguration",
    absent="NoSuchPublicAccessBlockConfiguration",
    changed_by=["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"],
    root=True,
)

bucket = service.resource_type(
    "AWS::S3::Bucket",
    arn="arn:{partition}:s3:::{id}",
    named_by="requestParameters.bucketName",
    # A bucket may be made through another region's endpoint; every later event comes from the bucket's own region.
    region_by="requestParameters.CreateBucketConfiguration.LocationConstraint",
    gone="NoSuchBucket",
    # An object's ARN begins like that of a bucket.
    id_pattern=r"[^/]+",
)
_BUCKET = {"Bucket": "{id}"}
_OWNERSHIP_EVENTS = ("PutBucketOwnershipControls", "DeleteBucketOwnershipControls")

bucket.created_by("CreateBucket")
bucket.deleted_by("DeleteBucket")
# Every region's buckets in one list. Without any parameter the items would not say their region.
bucket.listing(
    "ListBuckets",
    {"MaxBuckets": 1000},
    items="Buckets",
    item_id="Name",
    region="BucketRegion",
    region_section="location",
    provides={"bucket": "@"},
)
# The name itself is the first of all names that begin with it, so one item is enough.
bucket.section(
    "bucket",
    "ListBuckets",
    {"Prefix": "{id}", "MaxBuckets": 1},
    items="Buckets",
    item_id="Name",
    pages=False,
    root=True,
)
# With ownership "bucket owner enforced" GetBucketAcl answers with the owner's grant alone, whatever was granted
# before (user guide, "Controlling ownership of objects"): who reads the ACL need not read the ownership too.
bucket.section("acl", "GetBucketAcl", _BUCKET, changed_by=["PutBucketAcl", *_OWNERSHIP_EVENTS])
bucket.section(
    "policy_document",
    "GetBucketPolicy",
    _BUCKET,
    value="Policy",
    absent="NoSuchBucketPolicy",
    changed_by=["PutBucketPolicy", "DeleteBucketPolicy"],
)
bucket.section(
    "policy_status",
    "GetBucketPolicyStatus",
    _BUCKET,
    value="PolicyStatus",
    absent="NoSuchBucketPolicy",
    changed_by=["PutBucketPolicy", "DeleteBucketPolicy"],
)
bucket.section(
    "public_access_block",
    "GetPublicAccessBlock",
    _BUCKET,
    value="PublicAccessBlockConfiguration",
    absent="NoSuchPublicAccessBlockConfiguration",
    changed_by=["PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"],
)
bucket.reference("account_public_access_block", account_block, "public_access_block", resource_id="{account}")
bucket.section(
    "ownership_controls",
    "GetBucketOwnershipControls",
    _BUCKET,
    value="OwnershipControls",
    absent="OwnershipControlsNotFoundError",
    changed_by=_OWNERSHIP_EVENTS,
)
bucket.section(
    "encryption",
    "GetBucketEncryption",
    _BUCKET,
    value="ServerSideEncryptionConfiguration",
    absent="ServerSideEncryptionConfigurationNotFoundError",
    changed_by=["PutBucketEncryption", "DeleteBucketEncryption"],
)
bucket.section("versioning", "GetBucketVersioning", _BUCKET, changed_by="PutBucketVersioning")
bucket.section("logging", "GetBucketLogging", _BUCKET, value="LoggingEnabled", changed_by="PutBucketLogging")
bucket.section(
    "lifecycle",
    "GetBucketLifecycleConfiguration",
    _BUCKET,
    absent="NoSuchLifecycleConfiguration",
    changed_by=["PutBucketLifecycle", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"],
)
bucket.section(
    "object_lock",
    "GetObjectLockConfiguration",
    _BUCKET,
    value="ObjectLockConfiguration",
    absent="ObjectLockConfigurationNotFoundError",
    changed_by=["PutBucketObjectLockConfiguration", "PutObjectLockConfiguration"],
)
bucket.section(
    "notification",
    "GetBucketNotificationConfiguration",
    _BUCKET,
    changed_by=["PutBucketNotification", "PutBucketNotificationConfiguration"],
)
bucket.section(
    "replication",
    "GetBucketReplication",
    _BUCKET,
    value="ReplicationConfiguration",
    absent="ReplicationConfigurationNotFoundError",
    changed_by=["PutBucketReplication", "DeleteBucketReplication"],
)
bucket.section(
    "tagging",
    "GetBucketTagging",
    _BUCKET,
    value="TagSet",
    absent="NoSuchTagSet",
    changed_by=["PutBucketTagging", "DeleteBucketTagging"],
)
bucket.section(
    "website",
    "GetBucketWebsite",
    _BUCKET,
    absent="NoSuchWebsiteConfiguration",
    changed_by=["PutBucketWebsite", "DeleteBucketWebsite"],
)
bucket.section(
    "cors",
    "GetBucketCors",
    _BUCKET,
    value="CORSRules",
    absent="NoSuchCORSConfiguration",
    changed_by=["PutBucketCors", "DeleteBucketCors"],
)
bucket.section("location", "GetBucketLocation", _BUCKET, value="LocationConstraint")
bucket.section(
    "request_payment",
    "GetBucketRequestPayment",
    _BUCKET,
    value="Payer",
    changed_by="PutBucketRequestPayment",
)
bucket.section(
    "acceleration",
    "GetBucketAccelerateConfiguration",
    _BUCKET,
    value="Status",
    changed_by=["PutAccelerateConfiguration", "PutBucketAccelerateConfiguration"],
)

access_point = service.resource_type(
    "AWS::S3::AccessPoint",
    arn="arn:{partition}:s3:{region}:{account}:accesspoint/{id}",
    client="s3control",
    named_by="requestParameters.name",
    gone="NoSuchAccessPoint",
)
_ACCESS_POINT = {"AccountId": "{account}", "Name": "{id}"}

access_point.created_by("CreateAccessPoint")
access_point.deleted_by("DeleteAccessPoint")
access_point.listing("ListAccessPoints", {"AccountId": "{account}"}, items="AccessPointList", item_id="Name")
access_point.section("access_point", "GetAccessPoint", _ACCESS_POINT, root=True)
access_point.section(
    "policy_document",
    "GetAccessPointPolicy",
    _ACCESS_POINT,
    value="Policy",
    absent="NoSuchAccessPointPolicy",
    changed_by=["PutAccessPointPolicy", "DeleteAccessPointPolicy"],
)
access_point.section(
    "policy_status",
    "GetAccessPointPolicyStatus",
    _ACCESS_POINT,
    value="PolicyStatus",
    absent="NoSuchAccessPointPolicy",
    changed_by=["PutAccessPointPolicy", "DeleteAccessPointPolicy"],
)

access_point.section(
    "tags",
    "ListTagsForResource",
    {"AccountId": "{account}", "ResourceArn": "{arn}"},
    value="Tags || `[]`",
    shape=keeping(leaves("Key", "Value")),
)
# One operation tags buckets too, beside PutBucketTagging: S3 API Reference, TagResource.
for _event in ("TagResource", "UntagResource"):
    bucket.event(_event, "tagging", named_by="requestParameters.resourceArn")
    access_point.event(_event, "tags", named_by="requestParameters.resourceArn")

service.spells(
    "PutAccountPublicAccessBlock",
    "DeleteAccountPublicAccessBlock",
    "PutBucketPublicAccessBlock",
    "DeleteBucketPublicAccessBlock",
    "PutBucketObjectLockConfiguration",
    "PutAccelerateConfiguration",
    "JobCreated",
    "JobStatusChanged",
)

service.ignores(
    "works on objects, not on the bucket's configuration",
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "CreateSession",
    "DeleteObject",
    "DeleteObjectAnnotation",
    "DeleteObjectTagging",
    "DeleteObjects",
    "PutObject",
    "PutObjectAcl",
    "PutObjectAnnotation",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "RenameObject",
    "RestoreObject",
    "UpdateObjectEncryption",
    "UploadPart",
    "UploadPartCopy",
    "WriteGetObjectResponse",
    noise=True,
)
service.ignores(
    "Batch Operations jobs work on objects, not on a bucket's configuration",
    "CreateJob",
    "DeleteJobTagging",
    "JobCreated",
    "JobStatusChanged",
    "PutJobTagging",
    "UpdateJobPriority",
    "UpdateJobStatus",
    noise=True,
)
service.ignores(
    "reports on a bucket's contents (analytics, inventory, metrics, tiering, metadata tables) are read by no policy",
    "CreateBucketMetadataConfiguration",
    "CreateBucketMetadataTableConfiguration",
    "DeleteBucketAnalyticsConfiguration",
    "DeleteBucketIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration",
    "DeleteBucketMetadataConfiguration",
    "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration",
    "PutBucketAnalyticsConfiguration",
    "PutBucketIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration",
    "PutBucketMetricsConfiguration",
    "UpdateBucketMetadataAnnotationTableConfiguration",
    "UpdateBucketMetadataInventoryTableConfiguration",
    "UpdateBucketMetadataJournalTableConfiguration",
)
service.ignores(
    "whether a bucket's tags count for access control is read by no policy yet",
    "PutBucketAbac",
)
service.ignores(
    "which prefixes and actions an access point is limited to is read by no policy yet",
    "DeleteAccessPointScope",
    "PutAccessPointScope",
)
service.ignores(
    "multi-region access points are not covered yet",
    "CreateMultiRegionAccessPoint",
    "DeleteMultiRegionAccessPoint",
    "PutMultiRegionAccessPointPolicy",
    "SubmitMultiRegionAccessPointRoutes",
)
service.ignores(
    "access points for Object Lambda are not covered yet",
    "CreateAccessPointForObjectLambda",
    "DeleteAccessPointForObjectLambda",
    "DeleteAccessPointPolicyForObjectLambda",
    "PutAccessPointConfigurationForObjectLambda",
    "PutAccessPointPolicyForObjectLambda",
)
service.ignores(
    "access grants are not covered yet",
    "AssociateAccessGrantsIdentityCenter",
    "CreateAccessGrant",
    "CreateAccessGrantsInstance",
    "CreateAccessGrantsLocation",
    "DeleteAccessGrant",
    "DeleteAccessGrantsInstance",
    "DeleteAccessGrantsInstanceResourcePolicy",
    "DeleteAccessGrantsLocation",
    "DissociateAccessGrantsIdentityCenter",
    "PutAccessGrantsInstanceResourcePolicy",
    "UpdateAccessGrantsLocation",
)
service.ignores(
    "Storage Lens dashboards are not covered",
    "CreateStorageLensGroup",
    "DeleteStorageLensConfiguration",
    "DeleteStorageLensConfigurationTagging",
    "DeleteStorageLensGroup",
    "PutStorageLensConfiguration",
    "PutStorageLensConfigurationTagging",
    "UpdateStorageLensGroup",
)
service.ignores_unnamed(
    "tags of directory buckets, grants and Lens groups are read by no policy", "TagResource", "UntagResource"
)
