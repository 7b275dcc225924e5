"""The table of AWS WAF: web ACLs, regional ones and those of CloudFront.

Which resources a web ACL is put before stands with these resources. Source: the API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.catalog.types import ResourceType, Service
from liveaudit.policies.kept import keeping, leaves

service = Service("wafv2", event_source="wafv2.amazonaws.com")

_KEPT = (
    "ARN",
    "Id",
    "ManagedByFirewallManager",
    "Name",
    "PostProcessFirewallManagerRuleGroups",
    "PreProcessFirewallManagerRuleGroups",
    "Rules",
)


def without_statements(web_acl: Any) -> Any:
    """The web ACL without what its rules look for, which may be secret: headers, tokens."""
    kept: dict[str, Any] = {key: web_acl[key] for key in _KEPT if key in web_acl}
    for key in ("Rules", "PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups"):
        if key in kept:
            kept[key] = [_rule(each) for each in kept[key]]
    return kept


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    statement = rule.get("Statement") or rule.get("FirewallManagerStatement") or {}
    return {
        "Name": rule["Name"],
        "Priority": rule["Priority"],
        "Statement": sorted(statement),
        "VisibilityConfig": rule.get("VisibilityConfig"),
    }


def _web_acl(type_name: str, scope: str, where: str, *, is_global: bool) -> ResourceType:
    """Web ACLs of one scope. The id is ``name/id``, as in the ARN."""
    made = service.resource_type(
        type_name,
        arn=f"arn:{{partition}}:wafv2:{{region}}:{{account}}:{where}/webacl/{{id}}",
        named_by=[
            "responseElements.summary.aRN",
            "requestParameters.webACLArn",
            "requestParameters.loggingConfiguration.resourceArn",
            "requestParameters.resourceArn",
            "{requestParameters.name}/{requestParameters.id}",
        ],
        is_global=is_global,
        gone="WAFNonexistentItemException",
        only_if={"requestParameters.scope": scope},
        id_pattern=r"[^/:]+/[^/:]+",
    )
    made.section(
        "web_acl",
        "GetWebACL",
        {"Name": "{parent}", "Id": "{name}", "Scope": scope},
        value="WebACL",
        shape=without_statements,
        changed_by=["UpdateWebACL", "DeleteFirewallManagerRuleGroups"],
        root=True,
    )
    made.section(
        "logging",
        "GetLoggingConfiguration",
        {"ResourceArn": "{arn}"},
        value="LoggingConfiguration",
        absent="WAFNonexistentItemException",
        changed_by=["PutLoggingConfiguration", "DeleteLoggingConfiguration"],
    )
    made.section(
        "tags",
        "ListTagsForResource",
        {"ResourceARN": "{arn}"},
        value="TagInfoForResource.TagList || `[]`",
        shape=keeping(leaves("Key", "Value")),
        changed_by=["TagResource", "UntagResource"],
    )
    made.created_by("CreateWebACL")
    made.deleted_by("DeleteWebACL")
    made.listing("ListWebACLs", {"Scope": scope}, items="WebACLs", item_id="ARN")
    return made


web_acl = _web_acl("AWS::WAFv2::WebACL", "REGIONAL", "regional", is_global=False)
# CloudFormation has one type for both scopes.
cloudfront_web_acl = _web_acl("AWS::WAFv2::CloudFrontWebACL", "CLOUDFRONT", "global", is_global=True)

service.ignores_unnamed(
    "put before or taken from what no policy asks it of", "AssociateWebACL", "DisassociateWebACL"
)
service.ignores(
    "what a web ACL's rules are made of is read by no policy",
    "CreateIPSet",
    "CreateRegexPatternSet",
    "CreateRuleGroup",
    "DeleteIPSet",
    "DeletePermissionPolicy",
    "DeleteRegexPatternSet",
    "DeleteRuleGroup",
    "PutManagedRuleSetVersions",
    "PutPermissionPolicy",
    "UpdateIPSet",
    "UpdateManagedRuleSetVersionExpiryDate",
    "UpdateRegexPatternSet",
    "UpdateRuleGroup",
)
service.ignores("keys for applications are read by no policy", "CreateAPIKey", "DeleteAPIKey")
service.ignores_unnamed(
    "tags of what a web ACL's rules are made of are read by no policy", "TagResource", "UntagResource"
)
service.ignores(
    "only computes or gives out a link", "CheckCapacity", "GenerateMobileSdkReleaseUrl", noise=True
)
