"""AWS WAF: its table and its policies."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import Relevance
from liveaudit.model import Outcome
from liveaudit.services.wafv2.resources import without_statements
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
SOURCE = "wafv2.amazonaws.com"
REGIONAL, GLOBAL = "AWS::WAFv2::WebACL", "AWS::WAFv2::CloudFrontWebACL"
ARN = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/web/a1b2"
CLOUDFRONT_ARN = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/web/c3d4"
RULE = {"Name": "common", "Priority": 0, "Statement": ["ManagedRuleGroupStatement"]}


@pytest.mark.parametrize("type_name", [REGIONAL, GLOBAL])
@pytest.mark.parametrize(
    ("policy", "sections", "outcome"),
    [
        ("wafv2_webacl_with_rules", {"web_acl": {"Rules": [RULE]}}, PASS),
        ("wafv2_webacl_with_rules", {"web_acl": {"Rules": []}}, FAIL),
        # Firewall Manager's rules are rules. (Prowler counts them too.)
        (
            "wafv2_webacl_with_rules",
            {"web_acl": {"Rules": [], "PreProcessFirewallManagerRuleGroups": [RULE]}},
            PASS,
        ),
        ("wafv2_webacl_logging_enabled", {"logging": {"LogDestinationConfigs": ["arn:aws:logs:x"]}}, PASS),
        ("wafv2_webacl_logging_enabled", {"logging": {"LogDestinationConfigs": []}}, FAIL),
        ("wafv2_webacl_logging_enabled", {}, FAIL),
    ],
)
def test_web_acls(
    judged: Judged, type_name: str, policy: str, sections: dict[str, Any], outcome: Outcome
) -> None:
    assert judged(policy, type_name=type_name, **sections).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("wafv2_webacl_with_rules", {"web_acl": {"Rules": "many"}}),
        ("wafv2_webacl_with_rules", {"web_acl": []}),
        ("wafv2_webacl_logging_enabled", {"logging": {}}),
        ("wafv2_webacl_logging_enabled", {"logging": {"LogDestinationConfigs": "there"}}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, type_name=REGIONAL, odd=True, **sections).outcome == UNKNOWN


def test_what_a_rule_looks_for_is_not_kept() -> None:
    statement = {"ByteMatchStatement": {"SearchString": b"a secret header"}}
    found = {"Name": "web", "Rules": [{"Name": "r", "Priority": 1, "Statement": statement}]}
    kept = without_statements(found)
    assert "secret" not in str(kept)
    assert kept["Rules"] == [
        {"Name": "r", "Priority": 1, "Statement": ["ByteMatchStatement"], "VisibilityConfig": None}
    ]


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        (
            "CreateWebACL",
            {"name": "web", "scope": "REGIONAL"},
            {"summary": {"name": "web", "id": "a1b2", "aRN": ARN}},
            {(REGIONAL, "web/a1b2")},
        ),
        (
            "CreateWebACL",
            {"name": "web", "scope": "CLOUDFRONT"},
            {"summary": {"name": "web", "id": "c3d4", "aRN": CLOUDFRONT_ARN}},
            {(GLOBAL, "web/c3d4")},
        ),
        (
            "UpdateWebACL",
            {"name": "web", "id": "a1b2", "scope": "REGIONAL"},
            {"nextLockToken": "t"},
            {(REGIONAL, "web/a1b2")},
        ),
        ("DeleteWebACL", {"name": "web", "id": "c3d4", "scope": "CLOUDFRONT"}, None, {(GLOBAL, "web/c3d4")}),
        (
            "PutLoggingConfiguration",
            {"loggingConfiguration": {"resourceArn": ARN, "logDestinationConfigs": ["d"]}},
            None,
            {(REGIONAL, "web/a1b2")},
        ),
        ("DeleteLoggingConfiguration", {"resourceArn": CLOUDFRONT_ARN}, None, {(GLOBAL, "web/c3d4")}),
        ("DeleteFirewallManagerRuleGroups", {"webACLArn": ARN}, None, {(REGIONAL, "web/a1b2")}),
    ],
)
def test_who_is_meant(
    name: str, request_parameters: Any, response: Any, resources: set[tuple[str, str]]
) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == resources


def test_before_what_no_policy_asks_about_nothing_changes() -> None:
    pool = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_a"
    found = told(SOURCE, "AssociateWebACL", {"webACLArn": ARN, "resourceArn": pool})
    assert found.relevance == Relevance.IGNORED


def test_what_was_recorded() -> None:
    unplaced, _ = recorded(SOURCE)
    assert unplaced == []
