"""The policies of AWS WAF, on web ACLs of both scopes."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import mapping, mappings, rule, texts
from liveaudit.services.wafv2.resources import cloudfront_web_acl, web_acl

_WEB_ACLS = (web_acl, cloudfront_web_acl)
_RULES = ("Rules", "PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups")


def with_rules(web_acl: Any) -> Verdict:
    """Rules of Firewall Manager's count too. Source: FSBP, WAF.10."""
    found = mapping(web_acl, "the web ACL")
    number = sum(len(mappings(found.get(key) or [], key)) for key in _RULES)
    if number:
        return passed(f"the web ACL has {number} rule{'s' if number > 1 else ''}")
    return failed("the web ACL has no rules, so only its default action decides", Rules=[])


def logging_enabled(logging: Any) -> Verdict:
    """Source: FSBP, WAF.11."""
    if logging is None:
        return failed("the web ACL logs nothing", LoggingConfiguration=None)
    targets = texts(mapping(logging, "the logging").get("LogDestinationConfigs"), "the logs' destinations")
    if targets:
        return passed(f"the web ACL logs to {targets[0]}")
    return failed("the web ACL's logs go nowhere", LogDestinationConfigs=[])


for _type in _WEB_ACLS:
    rule(
        _type,
        "wafv2_webacl_with_rules",
        Severity.HIGH,
        title="Web ACLs have rules",
        why="A web ACL without rules inspects nothing: every request gets its default action.",
        fix="Add rules or rule groups that fit what stands behind the web ACL, or delete it.",
    )(with_rules)
    rule(
        _type,
        "wafv2_webacl_logging_enabled",
        Severity.MEDIUM,
        title="Web ACLs log the requests that they inspect",
        why="Without logs nobody sees what was blocked or let through, nor finds a rule that errs.",
        fix="Give the web ACL a logging destination: a log group, bucket or stream whose name begins with aws-waf-logs-.",
    )(logging_enabled)
