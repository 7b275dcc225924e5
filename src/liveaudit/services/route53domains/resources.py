"""The table of Route 53 Domains: registered domains. Global: the API stands in us-east-1 only.

Who registered a domain, with address and telephone, is not kept: of the details only whether the registry hides it.
CloudTrail writes the operations with a small first letter (``updateDomainContact``), and the domain within a structure;
both spellings are taken. Source: Route 53 developer guide, "Understanding Route 53 log file entries".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.catalog.types import Service

service = Service("route53domains", event_source="route53domains.amazonaws.com")

_KEPT = ("AdminPrivacy", "RegistrantPrivacy", "TechPrivacy", "BillingPrivacy", "DnsSec")


def without_people(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a domain that are nobody's address."""
    return {name: detail[name] for name in _KEPT if name in detail}


def both(*operations: str) -> list[str]:
    """The operations as the API and as CloudTrail spells them."""
    return [spelled for name in operations for spelled in (name, name[:1].lower() + name[1:])]


# AWS gives registered domains no ARN; this one is ours, made so that it collides with none of AWS's.
domain = service.resource_type(
    "AWS::Route53Domains::Domain",
    arn="arn:{partition}:route53domains:::domain/{id}",
    is_global=True,
    named_by=["requestParameters.domainName.name", "requestParameters.domainName"],
    lower_case=True,
)
domain.listing("ListDomains", items="Domains", item_id="DomainName", provides={"domain": "@"})
domain.section(
    "domain",
    "ListDomains",
    {"FilterConditions": [{"Name": "DomainName", "Operator": "BEGINS_WITH", "Values": ["{id}"]}]},
    items="Domains",
    item_id="DomainName",
    silent="Expiry",
    changed_by=both(
        "DisableDomainAutoRenew",
        "DisableDomainTransferLock",
        "EnableDomainAutoRenew",
        "EnableDomainTransferLock",
        "RenewDomain",
    ),
    root=True,
)
domain.section(
    "detail",
    "GetDomainDetail",
    {"DomainName": "{id}"},
    shape=without_people,
    changed_by=both(
        "AssociateDelegationSignerToDomain",
        "DisassociateDelegationSignerFromDomain",
        "UpdateDomainContact",
        "UpdateDomainContactPrivacy",
    ),
)
domain.section(
    "tags",
    "ListTagsForDomain",
    {"DomainName": "{id}"},
    value="TagList",
    changed_by=both("DeleteTagsForDomain", "UpdateTagsForDomain"),
)
domain.created_by(*both("AcceptDomainTransferFromAnotherAwsAccount", "RegisterDomain", "TransferDomain"))
domain.deleted_by(*both("DeleteDomain", "PushDomain", "TransferDomainToAnotherAwsAccount"))
# The registry carries out what is asked for, later.
domain.takes(
    900.0,
    *both(
        "AcceptDomainTransferFromAnotherAwsAccount",
        "DeleteDomain",
        "DisableDomainTransferLock",
        "EnableDomainTransferLock",
        "PushDomain",
        "RegisterDomain",
        "TransferDomain",
        "TransferDomainToAnotherAwsAccount",
        "UpdateDomainContactPrivacy",
    ),
)

service.ignores(
    "leaves the domain as it is",
    *both(
        "CancelDomainTransferToAnotherAwsAccount",
        "RejectDomainTransferFromAnotherAwsAccount",
        "ResendContactReachabilityEmail",
        "ResendOperationAuthorization",
        "RetrieveDomainAuthCode",
        "ViewBilling",
    ),
)
service.ignores("which name servers a domain has is read by no policy", *both("UpdateDomainNameservers"))
service.ignores(
    "it only reads, which its record does not say",
    *both(
        "CheckDomainAvailability",
        "CheckDomainTransferability",
        "GetContactReachabilityStatus",
        "GetDomainDetail",
        "GetDomainSuggestions",
        "GetOperationDetail",
        "ListDomains",
        "ListOperations",
        "ListPrices",
        "ListTagsForDomain",
    ),
)
service.spells(*(each for each in [*domain.changes, *service.ignored] if each[:1].islower()))
