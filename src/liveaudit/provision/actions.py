"""The IAM action that authorises an API operation, where the two do not share a name.

Source: AWS Service Authorization Reference. A test holds every row against the action table inside cfn-lint.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.plan import with_bases
from liveaudit.catalog.rows import Call, Section
from liveaudit.catalog.types import ResourceType
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
    ("s3", "PutPublicAccessBlock"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "DeletePublicAccessBlock"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "DeleteBucketOwnershipControls"): ("s3:PutBucketOwnershipControls",),
    ("s3control", "PutPublicAccessBlock"): ("s3:PutAccountPublicAccessBlock",),
    ("s3control", "DeletePublicAccessBlock"): ("s3:PutAccountPublicAccessBlock",),
    ("wafv2", "GetWebACLForResource"): ("wafv2:GetWebACLForResource", "wafv2:GetWebACL"),
}
_PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "opensearch": "es",
    "s3control": "s3",
    "stepfunctions": "states",
}
_BY_VERB = frozenset({"apigateway", "apigatewayv2"})
"""API Gateway's actions are the HTTP methods; what is only read is GET."""


def actions_of(client: str, operation: str) -> tuple[str, ...]:
    """The IAM actions that ``operation`` of botocore's service ``client`` needs."""
    if client in _BY_VERB:
        return ("apigateway:GET",)
    return _EXCEPTIONS.get((client, operation), (f"{_PREFIXES.get(client, client)}:{operation}",))


def read_actions(
    catalog: Catalog, policies: PolicyRegistry, services: Collection[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Every action that auditing needs, by service: the listings, the roots, and the sections that a policy reads.

    ``services``: those that are watched; empty: all. What a watched service's policies read of another service's
    resources is in, under the watched one. A type without a policy is listed and its root read all the same.
    Actions are sorted.
    """
    needed: dict[str, tuple[str, ...]] = {}
    for name, service in sorted(catalog.services.items()):
        if services and name not in services:
            continue
        actions = {
            action
            for resource_type in service.types.values()
            for client, operation in _calls(catalog, policies, resource_type)
            for action in actions_of(client, operation)
        }
        if actions:
            needed[name] = _sorted(actions)
    return needed


def _calls(
    catalog: Catalog, policies: PolicyRegistry, resource_type: ResourceType
) -> Iterator[tuple[str, str]]:
    """What auditing resources of this type calls: the way to them, their root, and what their policies read."""
    names = {section for policy in policies.of(resource_type.name) for section in policy.sections}
    # the sections on which other types stand are read with the type, as it is swept before them
    names |= {section for section, _, _ in catalog.dependents(resource_type.name)}
    names.add(resource_type.root)
    for listing in resource_type.listings:
        yield from map(_named, listing.calls)
        if listing.region_section:
            names.add(listing.region_section)
    yield from (_named(alias.call) for alias in resource_type.aliases if alias.call is not None)
    for bulk in catalog.bulks(resource_type.name):
        if bulk.sections_of(resource_type.name) & with_bases(resource_type, names):
            yield _named(bulk.call)
    for name in with_bases(resource_type, names):
        yield from _section_calls(catalog, resource_type.sections[name])


def _section_calls(catalog: Catalog, section: Section) -> Iterator[tuple[str, str]]:
    if section.reference is not None:
        other = catalog.types[section.reference.type]
        # the other's root says whether it is there at all
        for name in with_bases(other, {section.reference.section, other.root}):
            yield from _section_calls(catalog, other.sections[name])
    if section.call is None:
        return
    yield _named(section.call)
    for further in (section.each, section.prepare):
        if further is not None:
            yield section.call.client, further.operation


def _named(call: Call) -> tuple[str, str]:
    return call.client, call.operation


def _sorted(actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(actions), key=str.lower))
