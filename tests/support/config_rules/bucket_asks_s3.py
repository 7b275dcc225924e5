"""Change-triggered: it does not trust the item, and asks Amazon S3."""

import json

import boto3
import botocore
from shared_helper import put


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    s3 = boto3.client("s3")
    status = s3.get_bucket_versioning(Bucket=item["resourceName"]).get("Status", "off")
    try:
        s3.get_bucket_policy(Bucket=item["resourceName"])
        note = "a policy"
    except botocore.exceptions.ClientError as error:
        note = error.response["Error"]["Code"]
    put(event, item, "COMPLIANT" if status == "Enabled" else "NON_COMPLIANT", f"{status}, {note}")
