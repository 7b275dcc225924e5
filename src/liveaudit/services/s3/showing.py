"""How one sees that a change of S3 shows. Bucket configurations are eventually consistent (user guide, "Amazon S3 data
consistency model"). What is not told here is taken from the events' names: see ``catalog/changes.py``.
"""

from __future__ import annotations

from liveaudit.services.s3.resources import account_block, bucket

_BLOCK = {
    f"requestParameters.PublicAccessBlockConfiguration.{name}": name
    for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
}
_ALGORITHM = "ApplyServerSideEncryptionByDefault.SSEAlgorithm"

account_block.shows("public_access_block", _BLOCK, "PutAccountPublicAccessBlock")
bucket.shows("public_access_block", _BLOCK, "PutBucketPublicAccessBlock")
bucket.shows(
    "versioning", {"requestParameters.VersioningConfiguration.Status": "Status"}, "PutBucketVersioning"
)
bucket.shows(
    "ownership_controls",
    {"requestParameters.OwnershipControls.Rule[].ObjectOwnership": "Rules[].ObjectOwnership"},
    "PutBucketOwnershipControls",
)
bucket.shows(
    "encryption",
    {f"requestParameters.ServerSideEncryptionConfiguration.Rule[].{_ALGORITHM}": f"Rules[].{_ALGORITHM}"},
    "PutBucketEncryption",
)
# Without a configuration of its own a bucket is encrypted with S3's keys, and says so.
bucket.shows("encryption", None, "DeleteBucketEncryption", as_=None)
# Putting no tags leaves none, and the event's name would say otherwise.
bucket.shows("tagging", {"requestParameters.Tagging.TagSet.Tag[].Key": "[].Key"}, "PutBucketTagging")
bucket.shows(
    "request_payment", {"requestParameters.RequestPaymentConfiguration.Payer": "@"}, "PutBucketRequestPayment"
)
bucket.shows(
    "acceleration",
    {"requestParameters.AccelerateConfiguration.Status": "@"},
    "PutAccelerateConfiguration",
    "PutBucketAccelerateConfiguration",
)
