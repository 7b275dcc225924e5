"""CloudTrail's policies by real calls in the lab."""

from __future__ import annotations

import json

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OF_THE_ACCOUNT = (
    "cloudtrail_multi_region_enabled",
    "cloudtrail_multi_region_enabled_logging_management_events",
    "cloudtrail_s3_dataevents_read_enabled",
    "cloudtrail_s3_dataevents_write_enabled",
)


def test_a_trail(live: Live) -> None:
    s3, cloudtrail = live.client("s3"), live.client("cloudtrail")
    for name in ("logs", "access"):
        s3.create_bucket(Bucket=name)
    s3.delete_public_access_block(Bucket="logs")
    public = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::logs/*",
    }
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [public]}))
    cloudtrail.create_trail(Name="main", S3BucketName="logs")
    of_the_bucket = (
        "cloudtrail_logs_s3_bucket_is_not_publicly_accessible",
        "cloudtrail_logs_s3_bucket_access_logging_enabled",
    )
    of_the_trail = (
        "cloudtrail_trail_logging_stopped",
        "cloudtrail_kms_encryption_enabled",
        "cloudtrail_log_file_validation_enabled",
    )
    for policy in (*of_the_trail, *of_the_bucket, "cloudtrail_cloudwatch_logging_enabled"):
        live.opens(policy, "main")
    for policy in OF_THE_ACCOUNT:
        live.opens(policy, live.account)
    key = live.client("kms").create_key()["KeyMetadata"]["Arn"]
    cloudtrail.update_trail(Name="main", KmsKeyId=key, EnableLogFileValidation=True, IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="main")
    objects = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": objects}
    cloudtrail.put_event_selectors(TrailName="main", EventSelectors=[selector])
    for policy in of_the_trail:
        live.resolves(policy, "main")
    for policy in OF_THE_ACCOUNT:
        live.resolves(policy, live.account)
    # the bucket's own events audit the trail
    s3.put_public_access_block(Bucket="logs", PublicAccessBlockConfiguration=dict.fromkeys(FLAGS, True))
    owner = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket="access", OwnershipControls=owner)
    s3.put_bucket_acl(Bucket="access", ACL="log-delivery-write")
    logging = {"LoggingEnabled": {"TargetBucket": "access", "TargetPrefix": "logs/"}}
    s3.put_bucket_logging(Bucket="logs", BucketLoggingStatus=logging)
    for policy in of_the_bucket:
        live.resolves(policy, "main")
    cloudtrail.stop_logging(Name="main")
    live.opens("cloudtrail_trail_logging_stopped", "main")
    live.opens("cloudtrail_multi_region_enabled", live.account)
    cloudtrail.delete_trail(Name="main")
    live.archives("cloudtrail_trail_logging_stopped", "main")
