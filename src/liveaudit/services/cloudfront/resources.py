"""The table of Amazon CloudFront: distributions, and the buckets that their origins name.

Its events come from us-east-1, their names may end in the date of the API. Sources: the API reference, recorded events.
"""

from __future__ import annotations

import re
from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("cloudfront", event_source="cloudfront.amazonaws.com")

_BUCKET = r"(?P<id>.+)\.s3(-website)?([.-](dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(\.cn)?"


def bucket_of(domain_name: str) -> str | None:
    """The bucket behind an origin's domain name, website endpoints among them; None: it is not S3's."""
    found = re.fullmatch(_BUCKET, domain_name)
    return None if found is None else found["id"]


def without_header_values(config: Any) -> Any:
    """The configuration without the values of the headers that it sends to its origins, which are often secret."""
    origins = config.get("Origins") or {}
    items = [
        {
            **each,
            "CustomHeaders": [
                header.get("HeaderName") for header in (each.get("CustomHeaders") or {}).get("Items") or ()
            ],
        }
        for each in origins.get("Items") or ()
    ]
    return {**config, "Origins": {**origins, "Items": items}}


def exists(_: Any) -> dict[str, bool]:
    """That S3 answered says it all."""
    return {"Exists": True}


# A name that may be anybody's bucket, found in an origin's domain name. The ARN is ours, made so that it collides with
# none of AWS's.
origin_bucket = service.resource_type(
    "AWS::CloudFront::OriginBucket",
    arn="arn:{partition}:cloudfront::{account}:origin-bucket/{id}",
    client="s3",
    is_global=True,
    gone=["404", "NoSuchBucket"],
    id_part=_BUCKET,
)
origin_bucket.has_no_tags()
origin_bucket.section("bucket", "HeadBucket", {"Bucket": "{id}"}, shape=exists, root=True)
_S3_ORIGINS = "Origins.Items[?contains(DomainName, '.s3')]"
origin_bucket.listing(
    "ListDistributions",
    items=f"DistributionList.Items[].{_S3_ORIGINS}[]",
    item_id="DomainName",
    client="cloudfront",
)

distribution = service.resource_type(
    "AWS::CloudFront::Distribution",
    arn="arn:{partition}:cloudfront::{account}:distribution/{id}",
    is_global=True,
    named_by="requestParameters.id",
    gone="NoSuchDistribution",
    id_pattern=r"[A-Z0-9_]+",
)
_ID = {"Id": "{id}"}
distribution.section(
    "config",
    "GetDistribution",
    _ID,
    value="Distribution.DistributionConfig",
    shape=without_header_values,
    changed_by=[
        "AssociateDistributionWebACL",
        "DisassociateDistributionWebACL",
        "UpdateDistribution",
        "UpdateDistributionWithStagingConfig",
    ],
    root=True,
)
distribution.references(
    "origin_buckets", origin_bucket, "bucket", ids=f"config.{_S3_ORIGINS}.DomainName", partial=True
)
distribution.section(
    "tags",
    "ListTagsForResource",
    {"Resource": "{arn}"},
    value="Tags.Items || `[]`",
    shape=keeping(leaves("Key", "Value")),
)
for _event in ("TagResource", "UntagResource"):
    distribution.event(_event, "tags", named_by="requestParameters.resource")
distribution.section(
    "log_deliveries",
    "DescribeDeliverySources",
    client="logs",
    value="deliverySources[?service=='cloudfront']",
)
distribution.created_by(
    "CopyDistribution",
    "CreateDistribution",
    "CreateDistributionWithTags",
    named_by="responseElements.distribution.id",
)
distribution.deleted_by("DeleteDistribution")
distribution.takes(300.0, "CreateDistribution", "UpdateDistribution")
distribution.listing("ListDistributions", items="DistributionList.Items", item_id="Id")

service.ignores(
    "clears the cache", "CreateInvalidation", "CreateInvalidationForDistributionTenant", noise=True
)
service.ignores_unnamed("tags of other resources are read by no policy", "TagResource", "UntagResource")
service.ignores("only tests a function", "TestFunction", "TestConnectionFunction")
service.ignores(
    "policies, functions and keys that distributions share are read by no policy",
    "CreateCachePolicy",
    "CreateCloudFrontOriginAccessIdentity",
    "CreateFieldLevelEncryptionConfig",
    "CreateFieldLevelEncryptionProfile",
    "CreateFunction",
    "CreateKeyGroup",
    "CreateKeyValueStore",
    "CreateMonitoringSubscription",
    "CreateOriginAccessControl",
    "CreateOriginRequestPolicy",
    "CreatePublicKey",
    "CreateRealtimeLogConfig",
    "CreateResponseHeadersPolicy",
    "DeleteCachePolicy",
    "DeleteCloudFrontOriginAccessIdentity",
    "DeleteFieldLevelEncryptionConfig",
    "DeleteFieldLevelEncryptionProfile",
    "DeleteFunction",
    "DeleteKeyGroup",
    "DeleteKeyValueStore",
    "DeleteMonitoringSubscription",
    "DeleteOriginAccessControl",
    "DeleteOriginRequestPolicy",
    "DeletePublicKey",
    "DeleteRealtimeLogConfig",
    "DeleteResponseHeadersPolicy",
    "PublishFunction",
    "UpdateCachePolicy",
    "UpdateCloudFrontOriginAccessIdentity",
    "UpdateFieldLevelEncryptionConfig",
    "UpdateFieldLevelEncryptionProfile",
    "UpdateFunction",
    "UpdateKeyGroup",
    "UpdateKeyValueStore",
    "UpdateOriginAccessControl",
    "UpdateOriginRequestPolicy",
    "UpdatePublicKey",
    "UpdateRealtimeLogConfig",
    "UpdateResponseHeadersPolicy",
)
