"""Items of Amazon S3: nearly everything stands in the supplementary configuration.

Source: properties of AWS::S3::Bucket in AWS's resource schemas, and the sample items of the Rule Development Kit. They are
written by the Java SDK's old model of a bucket, which has names of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items.kinds import REGIONAL, ItemKind, Sections
from liveaudit.policies.config_items.spelling import OLD

_PERMISSIONS = {
    "FULL_CONTROL": "FullControl",
    "READ": "Read",
    "READ_ACP": "ReadAcp",
    "WRITE": "Write",
    "WRITE_ACP": "WriteAcp",
}
_ACCOUNT_KEYS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _bucket(resource: Resource, sections: Sections) -> dict[str, Any]:
    described_by = sections.get("bucket") or {}
    owner = (sections.get("acl") or {}).get("Owner") or {}
    made = {"name": resource.id, "owner": _owner(owner)}
    if "CreationDate" in described_by:
        made["creationDate"] = OLD.told(described_by["CreationDate"])
    return made


def _owner(owner: Mapping[str, Any]) -> dict[str, Any]:
    return {"displayName": owner.get("DisplayName"), "id": owner.get("ID")}


def _acl(acl: Mapping[str, Any]) -> str:
    """The ACL is a text of JSON within the item, where the other settings are structures."""
    grants = [
        {
            "grantee": _grantee(grant.get("Grantee") or {}),
            "permission": _PERMISSIONS.get(grant.get("Permission"), grant.get("Permission")),
        }
        for grant in acl.get("Grants") or ()
    ]
    return json.dumps(
        {
            "grantSet": None,
            "grantList": grants,
            "owner": _owner(acl.get("Owner") or {}),
            "isRequesterCharged": False,
        }
    )


def _grantee(grantee: Mapping[str, Any]) -> Any:
    """A group goes by the last part of its address: ``AllUsers``, ``AuthenticatedUsers``, ``LogDelivery``."""
    if grantee.get("Type") == "Group":
        return str(grantee.get("URI", "")).rpartition("/")[2]
    if grantee.get("Type") == "AmazonCustomerByEmail":
        return {"address": grantee.get("EmailAddress")}
    return {"id": grantee.get("ID"), "displayName": grantee.get("DisplayName")}


def _encryption(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in value.get("Rules") or ():
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        rules.append(
            {
                "applyServerSideEncryptionByDefault": {
                    "sseAlgorithm": default.get("SSEAlgorithm"),
                    "kmsMasterKeyID": default.get("KMSMasterKeyID"),
                },
                "bucketKeyEnabled": rule.get("BucketKeyEnabled"),
            }
        )
    return {"rules": rules}


def _versioning(value: Mapping[str, Any]) -> dict[str, Any]:
    deletes = value.get("MFADelete")
    return {
        "status": value.get("Status") or "Off",
        "isMfaDeleteEnabled": None if deletes is None else deletes == "Enabled",
    }


def _cors(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "rules": [
            {
                "id": rule.get("ID"),
                "allowedMethods": rule.get("AllowedMethods"),
                "allowedOrigins": rule.get("AllowedOrigins"),
                "allowedHeaders": rule.get("AllowedHeaders"),
                "exposedHeaders": rule.get("ExposeHeaders"),
                "maxAgeSeconds": rule.get("MaxAgeSeconds") or 0,
            }
            for rule in rules
        ]
    }


def _lifecycle(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"rules": [_lifecycle_rule(rule) for rule in value.get("Rules") or ()]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    expiration = rule.get("Expiration") or {}
    noncurrent = rule.get("NoncurrentVersionExpiration") or {}
    aborts = rule.get("AbortIncompleteMultipartUpload")
    filtered = rule.get("Filter") or {}
    return {
        "id": rule.get("ID"),
        "status": rule.get("Status"),
        "prefix": rule.get("Prefix"),
        "filter": {"predicate": {"type": "LifecyclePrefixPredicate", "prefix": filtered["Prefix"]}}
        if "Prefix" in filtered
        else None,
        "expirationInDays": expiration.get("Days", -1),
        "expirationDate": OLD.told(expiration.get("Date")),
        "expiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker", False),
        "noncurrentVersionExpirationInDays": noncurrent.get("NoncurrentDays", -1),
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": aborts.get("DaysAfterInitiation")}
        if aborts
        else None,
        "transitions": [
            {
                "days": each.get("Days", -1),
                "date": OLD.told(each.get("Date")),
                "storageClass": each.get("StorageClass"),
            }
            for each in rule.get("Transitions") or ()
        ],
        "noncurrentVersionTransitions": [
            {"days": each.get("NoncurrentDays"), "storageClass": each.get("StorageClass")}
            for each in rule.get("NoncurrentVersionTransitions") or ()
        ],
    }


def _website(value: Mapping[str, Any]) -> dict[str, Any]:
    redirect = value.get("RedirectAllRequestsTo")
    return {
        "indexDocumentSuffix": (value.get("IndexDocument") or {}).get("Suffix"),
        "errorDocument": (value.get("ErrorDocument") or {}).get("Key"),
        "redirectAllRequestsTo": OLD.told(redirect) if redirect else None,
        "routingRules": OLD.told(value.get("RoutingRules") or []),
    }


def _supplementary(_resource: Resource, sections: Sections) -> dict[str, Any]:
    """What is not configured is left out, save for what AWS Config always tells."""
    logging = sections.get("logging") or {}
    made: dict[str, Any] = {
        "AccessControlList": _acl(sections.get("acl") or {}),
        "BucketAccelerateConfiguration": {"status": sections.get("acceleration")},
        "BucketLoggingConfiguration": {
            "destinationBucketName": logging.get("TargetBucket"),
            "logFilePrefix": logging.get("TargetPrefix"),
        },
        "BucketPolicy": {"policyText": sections.get("policy_document")},
        "BucketVersioningConfiguration": _versioning(sections.get("versioning") or {}),
        "IsRequesterPaysEnabled": sections.get("request_payment") == "Requester",
    }
    for name, section, make in (
        ("PublicAccessBlockConfiguration", "public_access_block", OLD.told),
        ("ServerSideEncryptionConfiguration", "encryption", _encryption),
        ("BucketCrossOriginConfiguration", "cors", _cors),
        ("BucketLifecycleConfiguration", "lifecycle", _lifecycle),
        ("BucketWebsiteConfiguration", "website", _website),
        ("ObjectLockConfiguration", "object_lock", OLD.told),
    ):
        if sections.get(section) is not None:
            made[name] = make(sections[section])
    if replication := sections.get("replication"):
        made["BucketReplicationConfiguration"] = {"roleARN": replication.get("Role")}
    if tags := sections.get("tagging"):
        made["BucketTaggingConfiguration"] = {
            "tagSets": [{"tags": {each.get("Key"): each.get("Value") for each in tags}}]
        }
    return made


KINDS = (
    ItemKind(
        "AWS::S3::Bucket",
        sections=(
            *("bucket", "acl", "policy_document", "public_access_block", "encryption", "versioning"),
            *("logging", "lifecycle", "object_lock", "replication", "tagging", "website", "cors"),
            *("request_payment", "acceleration"),
        ),
        configuration=_bucket,
        supplementary=_supplementary,
        created="creationDate",
        zone=REGIONAL,
        relations=(),
        unread=(
            "supplementaryConfiguration.BucketNotificationConfiguration",
            "supplementaryConfiguration.BucketLifecycleConfiguration.rules.filter.predicate.operands",
            "supplementaryConfiguration.BucketLifecycleConfiguration.rules.filter.predicate.tag",
        ),
    ),
    ItemKind(
        "AWS::S3::AccountPublicAccessBlock",
        sections=("public_access_block",),
        configuration=lambda _resource, sections: {
            key[:1].lower() + key[1:]: bool((sections.get("public_access_block") or {}).get(key))
            for key in _ACCOUNT_KEYS
        },
        relations=(),
    ),
)
