"""The table of Amazon Route 53: hosted zones and what logs their queries. Global: its events arrive in us-east-1 only.

What logs the queries of a zone is deleted by its own id: so it is a resource, and a zone refers to its own. Of records
only those are kept that lead to an address or to another name; TXT records hold proofs of ownership.
Sources: the Route 53 API reference and the developer guide's "Logging Amazon Route 53 API calls with AWS CloudTrail".
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.rows import Call
from liveaudit.catalog.types import Service

service = Service("route53", event_source="route53.amazonaws.com")

_LEADING = ("A", "AAAA", "CNAME", "NS")


def leading_records(records: Any) -> list[dict[str, Any]]:
    """The records that lead to an address or a name, with where they lead, in order."""
    told = [
        {
            "Name": each["Name"],
            "Type": each["Type"],
            "SetIdentifier": each.get("SetIdentifier", ""),
            "Values": sorted(one["Value"] for one in each.get("ResourceRecords", ())),
            "Alias": each.get("AliasTarget", {}).get("DNSName", ""),
        }
        for each in records
        if each["Type"] in _LEADING
    ]
    return sorted(told, key=lambda each: (each["Name"], each["Type"], each["SetIdentifier"]))


query_log = service.resource_type(
    "AWS::Route53::QueryLoggingConfig",
    arn="arn:{partition}:route53:::queryloggingconfig/{id}",
    is_global=True,
    named_by="requestParameters.id",
    gone="NoSuchQueryLoggingConfig",
)
query_log.created_by("CreateQueryLoggingConfig", named_by="responseElements.queryLoggingConfig.id")
query_log.deleted_by("DeleteQueryLoggingConfig")
query_log.has_no_tags()
query_log.section("config", "GetQueryLoggingConfig", {"Id": "{id}"}, value="QueryLoggingConfig", root=True)
query_log.listing(
    "ListQueryLoggingConfigs", items="QueryLoggingConfigs", item_id="Id", provides={"config": "@"}
)

zone = service.resource_type(
    "AWS::Route53::HostedZone",
    arn="arn:{partition}:route53:::hostedzone/{id}",
    is_global=True,
    named_by=[
        "requestParameters.hostedZoneId",
        "requestParameters.id",
        "responseElements.hostedZone.id",
    ],
    id_pattern=r"(/?hostedzone/)?\w+",
    id_part=r"(/?hostedzone/)?(?P<id>\w+)",
    gone="NoSuchHostedZone",
)
zone.section(
    "zone",
    "GetHostedZone",
    {"Id": "{id}"},
    value="HostedZone",
    omit=["Features", "ResourceRecordSetCount"],
    changed_by="UpdateHostedZoneComment",
    root=True,
)
zone.section(
    "query_logging",
    "ListQueryLoggingConfigs",
    {"HostedZoneId": "{id}"},
    value="QueryLoggingConfigs",
    changed_by="CreateQueryLoggingConfig",
)
zone.references("query_logs", query_log, "config", ids="query_logging[].Id")
zone.section(
    "records",
    "ListResourceRecordSets",
    {"HostedZoneId": "{id}"},
    value="ResourceRecordSets",
    shape=leading_records,
    changed_by=["ChangeResourceRecordSets", "CreateTrafficPolicyInstance"],
)
zone.section(
    "tags",
    "ListTagsForResource",
    {"ResourceType": "hostedzone", "ResourceId": "{id}"},
    value="ResourceTagSet.Tags",
)
zone.event("ChangeTagsForResource", "tags", named_by="requestParameters.resourceId")
zone.created_by("CreateHostedZone", named_by="responseElements.hostedZone.id")
zone.deleted_by("DeleteHostedZone")
zone.listing("ListHostedZones", items="HostedZones", item_id="Id", provides={"zone": "@"})

# Route 53 answers five calls a second for a whole account.
service.bulks.append(
    Bulk(
        Call("route53", "ListQueryLoggingConfigs"),
        (Part(zone, "QueryLoggingConfigs", "HostedZoneId", {"query_logging": "@"}, gathered=True),),
    )
)

service.ignores_unnamed("tags of health checks are read by no policy", "ChangeTagsForResource")
service.ignores(
    "which networks see a private zone is read by no policy",
    "AssociateVPCWithHostedZone",
    "CreateVPCAssociationAuthorization",
    "DeleteVPCAssociationAuthorization",
    "DisassociateVPCFromHostedZone",
)
service.ignores(
    "signing of zones is read by no policy",
    "ActivateKeySigningKey",
    "CreateKeySigningKey",
    "DeactivateKeySigningKey",
    "DeleteKeySigningKey",
    "DisableHostedZoneDNSSEC",
    "EnableHostedZoneDNSSEC",
)
service.ignores(
    "health checks, and policies of traffic by themselves, change no record of a zone",
    "CreateHealthCheck",
    "CreateTrafficPolicy",
    "CreateTrafficPolicyVersion",
    "DeleteHealthCheck",
    "DeleteTrafficPolicy",
    "UpdateHealthCheck",
    "UpdateTrafficPolicyComment",
)
service.ignores(
    "delegation sets, ranges of addresses and quick recovery are read by no policy",
    "ChangeCidrCollection",
    "CreateCidrCollection",
    "CreateReusableDelegationSet",
    "DeleteCidrCollection",
    "DeleteReusableDelegationSet",
    "UpdateHostedZoneFeatures",
)
