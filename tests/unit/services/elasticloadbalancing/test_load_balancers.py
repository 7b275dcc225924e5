"""Elastic Load Balancing: the tables and the policies of both generations."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, NOT_APPLICABLE, UNKNOWN = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.NOT_APPLICABLE,
    Outcome.UNKNOWN,
)
SOURCE = "elasticloadbalancing.amazonaws.com"
NEW, CLASSIC = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancing::LoadBalancer"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333"
WEB = "app/web/50dc6c495c0c9188"
WEB_ACL = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/web/a1b2"
ALB, NLB, GWLB = {"Type": "application"}, {"Type": "network"}, {"Type": "gateway"}


@pytest.mark.parametrize(
    ("policy", "load_balancer", "attributes", "outcome"),
    [
        ("elbv2_logging_enabled", ALB, {"access_logs.s3.enabled": "true"}, PASS),
        ("elbv2_logging_enabled", NLB, {"access_logs.s3.enabled": "false"}, FAIL),
        ("elbv2_logging_enabled", GWLB, {}, NOT_APPLICABLE),
        ("elbv2_deletion_protection", None, {"deletion_protection.enabled": "true"}, PASS),
        ("elbv2_deletion_protection", None, {"deletion_protection.enabled": "false"}, FAIL),
        (
            "elbv2_alb_drop_invalid_header_fields_enabled",
            ALB,
            {"routing.http.drop_invalid_header_fields.enabled": "true"},
            PASS,
        ),
        (
            "elbv2_alb_drop_invalid_header_fields_enabled",
            ALB,
            {"routing.http.drop_invalid_header_fields.enabled": "false"},
            FAIL,
        ),
        ("elbv2_alb_drop_invalid_header_fields_enabled", NLB, {}, NOT_APPLICABLE),
        ("elbv2_desync_mitigation_mode", ALB, {"routing.http.desync_mitigation_mode": "defensive"}, PASS),
        ("elbv2_desync_mitigation_mode", ALB, {"routing.http.desync_mitigation_mode": "strictest"}, PASS),
        ("elbv2_desync_mitigation_mode", ALB, {"routing.http.desync_mitigation_mode": "monitor"}, FAIL),
        ("elbv2_desync_mitigation_mode", ALB, {}, UNKNOWN),
        ("elbv2_desync_mitigation_mode", GWLB, {}, NOT_APPLICABLE),
    ],
)
def test_attributes(
    judged: Judged, policy: str, load_balancer: Any, attributes: dict[str, str], outcome: Outcome
) -> None:
    sections = {} if load_balancer is None else {"load_balancer": load_balancer}
    assert judged(policy, attributes=attributes, **sections).outcome == outcome


@pytest.mark.parametrize(
    ("load_balancer", "web_acl", "outcome"),
    [(ALB, WEB_ACL, PASS), (ALB, None, FAIL), (NLB, None, NOT_APPLICABLE), (GWLB, None, NOT_APPLICABLE)],
)
def test_web_acls(judged: Judged, load_balancer: Any, web_acl: str | None, outcome: Outcome) -> None:
    found = judged("elbv2_waf_acl_attached", load_balancer=load_balancer, web_acl=web_acl)
    assert found.outcome == outcome


def tls(policy: str, protocol: str = "HTTPS") -> dict[str, Any]:
    return {"ListenerArn": "l", "Port": 443, "Protocol": protocol, "SslPolicy": policy}


@pytest.mark.parametrize(
    ("listeners", "outcome"),
    [
        ([tls("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09")], PASS),
        ([tls("ELBSecurityPolicy-TLS13-1-2-2021-06", "TLS")], PASS),
        # What the CLI and CloudFormation take where nothing is named.
        ([tls("ELBSecurityPolicy-2016-08")], FAIL),
        ([tls("ELBSecurityPolicy-TLS13-1-2-2021-06"), tls("ELBSecurityPolicy-TLS-1-0-2015-04")], FAIL),
        ([tls("ELBSecurityPolicy-Unheard-2031-01")], UNKNOWN),
        ([tls("ELBSecurityPolicy-Unheard-2031-01"), tls("ELBSecurityPolicy-2016-08")], FAIL),
        ([{"Port": 80, "Protocol": "HTTP"}], NOT_APPLICABLE),
        ([{"Port": 80, "Protocol": "TCP"}], NOT_APPLICABLE),
        ([], NOT_APPLICABLE),
        ([{"Port": 443, "Protocol": "HTTPS"}], UNKNOWN),
    ],
)
def test_ciphers(judged: Judged, listeners: list[Any], outcome: Outcome) -> None:
    assert judged("elbv2_insecure_ssl_ciphers", listeners=listeners).outcome == outcome


def http(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"Port": 80, "Protocol": "HTTP", "Rules": list(rules)}


def default(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"Priority": "default", "IsDefault": True, "Actions": list(actions)}


def special(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"Priority": "1", "IsDefault": False, "Actions": list(actions)}


TO_HTTPS = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
TO_HTTP = {"Type": "redirect", "RedirectConfig": {"Protocol": "#{protocol}", "StatusCode": "HTTP_301"}}
FORWARD = {"Type": "forward", "TargetGroupArn": "t"}
SORRY = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}


@pytest.mark.parametrize(
    ("load_balancer", "http_rules", "outcome"),
    [
        (ALB, [], PASS),
        (ALB, [http(default(TO_HTTPS))], PASS),
        (ALB, [http(default(FORWARD))], FAIL),
        (ALB, [http(default(TO_HTTP))], FAIL),
        (ALB, [http(default(SORRY))], FAIL),
        (ALB, [http(default(TO_HTTPS), special(SORRY))], PASS),
        # The default redirects, but a rule before it serves plain HTTP. (Prowler looks at the default only.)
        (ALB, [http(default(TO_HTTPS), special(FORWARD))], FAIL),
        (ALB, [http(default(TO_HTTPS)), http(default(FORWARD))], FAIL),
        (NLB, [], NOT_APPLICABLE),
    ],
)
def test_redirects(judged: Judged, load_balancer: Any, http_rules: list[Any], outcome: Outcome) -> None:
    found = judged("elbv2_ssl_listeners", load_balancer=load_balancer, http_rules=http_rules)
    assert found.outcome == outcome


def desync(mode: str) -> dict[str, Any]:
    attribute = {"Key": "elb.http.desyncmitigationmode", "Value": mode}
    return {"attributes": {"AdditionalAttributes": [attribute]}}


def zones(*names: str) -> dict[str, Any]:
    return {"load_balancer": {"AvailabilityZones": [{"ZoneName": name} for name in names]}}


@pytest.mark.parametrize(
    ("policy", "sections", "outcome"),
    [
        ("elb_logging_enabled", {"attributes": {"AccessLog": {"Enabled": True}}}, PASS),
        ("elb_logging_enabled", {"attributes": {"AccessLog": {"Enabled": False}}}, FAIL),
        ("elb_logging_enabled", {"attributes": {}}, FAIL),
        (
            "elb_ssl_listeners",
            {"load_balancer": {"ListenerDescriptions": [{"Listener": {"Protocol": "HTTPS"}}]}},
            PASS,
        ),
        (
            "elb_ssl_listeners",
            {
                "load_balancer": {
                    "ListenerDescriptions": [
                        {"Listener": {"Protocol": "SSL"}},
                        {"Listener": {"Protocol": "TCP"}},
                    ]
                }
            },
            FAIL,
        ),
        ("elb_ssl_listeners", {"load_balancer": {"ListenerDescriptions": []}}, PASS),
        ("elb_desync_mitigation_mode", desync("defensive"), PASS),
        ("elb_desync_mitigation_mode", desync("strictest"), PASS),
        ("elb_desync_mitigation_mode", desync("monitor"), FAIL),
        ("elb_desync_mitigation_mode", {"attributes": {"AdditionalAttributes": []}}, UNKNOWN),
        (
            "elb_connection_draining_enabled",
            {"attributes": {"ConnectionDraining": {"Enabled": True, "Timeout": 300}}},
            PASS,
        ),
        ("elb_connection_draining_enabled", {"attributes": {"ConnectionDraining": {"Enabled": False}}}, FAIL),
        (
            "elb_cross_zone_load_balancing_enabled",
            {"attributes": {"CrossZoneLoadBalancing": {"Enabled": True}}},
            PASS,
        ),
        ("elb_cross_zone_load_balancing_enabled", {"attributes": {}}, FAIL),
        ("elb_is_in_multiple_az", {"load_balancer": {"AvailabilityZones": ["a", "b"]}}, PASS),
        ("elb_is_in_multiple_az", {"load_balancer": {"AvailabilityZones": ["a"]}}, FAIL),
        ("elbv2_is_in_multiple_az", zones("a", "b"), PASS),
        ("elbv2_is_in_multiple_az", zones("a"), FAIL),
        # Two subnets of one zone are one zone.
        ("elbv2_is_in_multiple_az", zones("a", "a"), FAIL),
    ],
)
def test_classic_ones_and_zones(
    judged: Judged, policy: str, sections: dict[str, Any], outcome: Outcome
) -> None:
    assert judged(policy, **sections).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("elbv2_logging_enabled", {"load_balancer": [], "attributes": {}}),
        ("elbv2_deletion_protection", {"attributes": []}),
        ("elbv2_waf_acl_attached", {"load_balancer": ALB, "web_acl": 7}),
        ("elbv2_insecure_ssl_ciphers", {"listeners": {}}),
        ("elbv2_ssl_listeners", {"load_balancer": ALB, "http_rules": [{"Port": 80}]}),
        ("elb_logging_enabled", {"attributes": {"AccessLog": {"Enabled": "yes"}}}),
        ("elb_ssl_listeners", {"load_balancer": {"ListenerDescriptions": [{}]}}),
        ("elb_connection_draining_enabled", {"attributes": {"ConnectionDraining": {"Enabled": 1}}}),
        ("elb_cross_zone_load_balancing_enabled", {"attributes": {"CrossZoneLoadBalancing": []}}),
        ("elb_is_in_multiple_az", {"load_balancer": {"AvailabilityZones": [1]}}),
        ("elbv2_is_in_multiple_az", {"load_balancer": {"AvailabilityZones": ["a"]}}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        ("CreateLoadBalancer", {"loadBalancerName": "old"}, {"dNSName": "old.elb"}, {(CLASSIC, "old")}),
        (
            "CreateLoadBalancer",
            {"name": "web", "type": "application"},
            {"loadBalancers": [{"loadBalancerArn": f"{ARN}:loadbalancer/{WEB}"}]},
            {(NEW, WEB)},
        ),
        ("DeleteLoadBalancer", {"loadBalancerName": "old"}, None, {(CLASSIC, "old")}),
        ("DeleteLoadBalancer", {"loadBalancerArn": f"{ARN}:loadbalancer/{WEB}"}, None, {(NEW, WEB)}),
        ("CreateListener", {"loadBalancerArn": f"{ARN}:loadbalancer/{WEB}"}, None, {(NEW, WEB)}),
        ("ModifyListener", {"listenerArn": f"{ARN}:listener/{WEB}/f2f7dc8efc522ab2"}, None, {(NEW, WEB)}),
        ("CreateRule", {"listenerArn": f"{ARN}:listener/{WEB}/f2f7dc8efc522ab2"}, None, {(NEW, WEB)}),
        (
            "DeleteRule",
            {"ruleArn": f"{ARN}:listener-rule/{WEB}/f2f7dc8efc522ab2/9683b2d02a6cabee"},
            None,
            {(NEW, WEB)},
        ),
        (
            "SetRulePriorities",
            {
                "rulePriorities": [
                    {"ruleArn": f"{ARN}:listener-rule/{WEB}/f2f7dc8efc522ab2/96", "priority": 5}
                ]
            },
            None,
            {(NEW, WEB)},
        ),
        ("SetSecurityGroups", {"loadBalancerArn": f"{ARN}:loadbalancer/{WEB}"}, None, {(NEW, WEB)}),
        ("SetLoadBalancerPoliciesOfListener", {"loadBalancerName": "old"}, None, {(CLASSIC, "old")}),
    ],
)
def test_who_is_meant(
    name: str, request_parameters: Any, response: Any, resources: set[tuple[str, str]]
) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == resources


@pytest.mark.parametrize("name", ["AssociateWebACL", "DisassociateWebACL"])
def test_a_web_acl_is_put_before_it(name: str) -> None:
    found = told("wafv2.amazonaws.com", name, {"resourceArn": f"{ARN}:loadbalancer/{WEB}"})
    assert what(found) == {(NEW, WEB)}
    assert [each.sections for each in found.targets] == [{"web_acl"}]


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed
