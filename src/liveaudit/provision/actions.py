"""The IAM action that authorises an API operation, where the two do not share a name.

Source: AWS Service Authorization Reference. A test holds every row against the action table inside cfn-lint.
"""

from __future__ import annotations

from collections.abc import Iterable

from liveaudit.catalog.catalog import Catalog
from liveaudit.policies.policy import PolicyRegistry

_EXCEPTIONS = {
    ("s3", "ListBuckets"): ("s3:ListAllMyBuckets",),
    ("s3", "GetBucketEncryption"): ("s3:GetEncryptionConfiguration",),
    ("s3", "GetPublicAccessBlock"): ("s3:GetBucketPublicAccessBlock",),
    ("s3", "GetBucketLifecycleConfiguration"): ("s3:GetLifecycleConfiguration",),
    ("s3", "GetBucketNotificationConfiguration"): ("s3:GetBucketNotification",),
    ("s3", "GetBucketReplication"): ("s3:GetReplicationConfiguration",),
    ("s3", "GetBucketCors"): ("s3:GetBucketCORS",),
    ("s3", "GetObjectLockConfiguration"): ("s3:GetBucketObjectLockConfiguration",),
    ("s3", "GetBucketAccelerateConfiguration"): ("s3:GetAccelerateConfiguration",),
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3control", "GetPublicAccessBlock"): ("s3:GetAccountPublicAccessBlock",),
}
_PREFIXES = {"s3control": "s3"}


def actions_of(client: str, operation: str) -> tuple[str, ...]:
    """The IAM actions that ``operation`` of botocore's service ``client`` needs."""
    return _EXCEPTIONS.get((client, operation), (f"{_PREFIXES.get(client, client)}:{operation}",))


def read_actions(catalog: Catalog, policies: PolicyRegistry) -> list[str]:
    """Every action that auditing needs: the listings, the roots, and the sections that a policy reads. Sorted."""
    calls: set[tuple[str, str]] = set()
    for resource_type in catalog:
        needed = {section for policy in policies.of(resource_type.name) for section in policy.sections}
        needed |= {section for section, _, _ in catalog.dependents(resource_type.name)}
        needed.add(resource_type.root)
        calls |= {(listing.call.client, listing.call.operation) for listing in resource_type.listings}
        calls |= {(alias.call.client, alias.call.operation) for alias in resource_type.aliases}
        calls |= {
            (call.client, call.operation)
            for listing in resource_type.listings
            if listing.region_section and (call := resource_type.sections[listing.region_section].call)
        }
        for name in needed:
            section = resource_type.sections[name]
            if section.call is None:
                continue
            calls.add((section.call.client, section.call.operation))
            further = (section.each, section.prepare)
            calls |= {(section.call.client, each.operation) for each in further if each is not None}
    return _sorted(action for call in calls for action in actions_of(*call))


def _sorted(actions: Iterable[str]) -> list[str]:
    return sorted(set(actions), key=str.lower)
