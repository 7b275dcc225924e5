"""The table of AWS KMS: what exists, how it is read, which events change it.

Sources: the KMS API reference and the developer guide's "Logging AWS KMS API calls with AWS CloudTrail". Events name a key
by its id or ARN, an alias event by the alias and the key's ARN in ``resources``; where only an alias is told, it is resolved.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.model import Shows
from liveaudit.services.kms.ignored import ignore_the_rest

service = Service("kms", event_source="kms.amazonaws.com")

_UNIQUE = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GRANT = ("GrantId", "Name", "GranteePrincipal", "GranteeServicePrincipal", "IssuingAccount", "Operations")


def grants_by_id(grants: Any) -> list[dict[str, Any]]:
    """Who was granted what, in the order of ids; KMS gives grants in none. A context that constrains one is left out."""
    told = [{name: grant[name] for name in _GRANT if name in grant} for grant in grants]
    return sorted(told, key=lambda grant: str(grant.get("GrantId")))


def aliases_by_name(aliases: Any) -> list[str]:
    """The names alone, sorted."""
    return sorted(str(alias["AliasName"]) for alias in aliases)


key = service.resource_type(
    "AWS::KMS::Key",
    arn="arn:{partition}:kms:{region}:{account}:key/{id}",
    named_by=[
        "requestParameters.keyId",
        "requestParameters.targetKeyId",
        "responseElements.keyMetadata.keyId",
        "responseElements.keyId",
        "resources[].ARN",
    ],
    gone="NotFoundException",
    id_pattern=rf"mrk-[0-9a-f]{{32}}|{_UNIQUE}",
)
key.also_named_by(
    ["requestParameters.keyId", "requestParameters.aliasName"],
    "DescribeKey",
    {"KeyId": "{alias}"},
    items="[KeyMetadata]",
    item_id="KeyId",
    key="AliasName",
)
key.listing("ListKeys", items="Keys", item_id="KeyId")
key.section(
    "key",
    "DescribeKey",
    {"KeyId": "{id}"},
    value="KeyMetadata",
    changed_by=[
        "EnableKey",
        "DisableKey",
        "UpdateKeyDescription",
        "ReplicateKey",
        "UpdatePrimaryRegion",
        "ImportKeyMaterial",
        "DeleteImportedKeyMaterial",
        "RotateKeyOnDemand",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
    ],
    root=True,
)
key.section(
    "policy_document",
    "GetKeyPolicy",
    {"KeyId": "{id}", "PolicyName": "default"},
    value="Policy",
    changed_by="PutKeyPolicy",
)
# Asymmetric and HMAC keys, those of custom key stores, and those without material yet have none and are refused.
key.section(
    "rotation",
    "GetKeyRotationStatus",
    {"KeyId": "{id}"},
    absent=["UnsupportedOperationException", "KMSInvalidStateException"],
    changed_by=["EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"],
)
# While it waits for its deletion, a key says that it is not rotated.
for _event in ("ScheduleKeyDeletion", "CancelKeyDeletion"):
    key.event(_event, "rotation")
key.section(
    "grants",
    "ListGrants",
    {"KeyId": "{id}"},
    value="Grants",
    shape=grants_by_id,
    changed_by=["CreateGrant", "RevokeGrant", "RetireGrant"],
)
key.section(
    "aliases",
    "ListAliases",
    {"KeyId": "{id}"},
    value="Aliases",
    shape=aliases_by_name,
    changed_by=["CreateAlias", "UpdateAlias", "DeleteAlias"],
)
key.section(
    "tags",
    "ListResourceTags",
    {"KeyId": "{id}"},
    value="Tags",
    changed_by=["TagResource", "UntagResource"],
)
key.created_by("CreateKey")
# What KMS does by itself ("AWS service events"): the key's end after the waiting period, rotation, what the primary shares.
key.deleted_by("DeleteKey")
for _event in ("RotateKey", "SynchronizeMultiRegionKey"):
    key.event(_event, "key", "rotation")
service.spells("DeleteKey", "RotateKey", "SynchronizeMultiRegionKey")

# Changes come to show after seconds, grants after minutes (developer guide, "AWS KMS eventual consistency").
key.shows("key", {"=true": "Enabled"}, "EnableKey")
key.shows("key", {"=false": "Enabled"}, "DisableKey", "ScheduleKeyDeletion")
key.shows("key", {"=Disabled": "KeyState"}, "CancelKeyDeletion")
key.shows("rotation", {"=true": "KeyRotationEnabled"}, "EnableKeyRotation")
key.shows("rotation", {"=false": "KeyRotationEnabled"}, "DisableKeyRotation")
key.shows("grants", {"responseElements.grantId": "[].GrantId"}, "CreateGrant")
key.shows(
    "grants", {"requestParameters.grantId": "[].GrantId"}, "RevokeGrant", "RetireGrant", as_=Shows.LACKS
)
key.takes(300.0, "ReplicateKey", "UpdatePrimaryRegion")

ignore_the_rest(service)
