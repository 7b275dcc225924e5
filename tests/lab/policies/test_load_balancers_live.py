"""The policies of load balancers and of AWS WAF by real calls in the lab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab

VISIBLE = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "web"}
ALB_POLICIES = (
    "elbv2_logging_enabled",
    "elbv2_waf_acl_attached",
    "elbv2_deletion_protection",
    "elbv2_insecure_ssl_ciphers",
    "elbv2_alb_drop_invalid_header_fields_enabled",
    "elbv2_desync_mitigation_mode",
    "elbv2_ssl_listeners",
)


def made(live: Live, elb: Any) -> tuple[str, str, str, str]:
    """A load balancer that is bad in all ways: its id, its ARN, and the ARNs of its HTTP and HTTPS listeners."""
    subnets = live.client("ec2").describe_subnets()["Subnets"][:2]
    ids = [each["SubnetId"] for each in subnets]
    arn = elb.create_load_balancer(Name="web", Subnets=ids)["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"])
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}]
    certificate = live.client("acm").request_certificate(DomainName="a.example")["CertificateArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[{"Key": "routing.http.desync_mitigation_mode", "Value": "monitor"}],
    )
    plain = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)
    tls = elb.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-2016-08",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=forward,
    )
    listeners = [each["Listeners"][0]["ListenerArn"] for each in (plain, tls)]
    return arn.partition(":loadbalancer/")[2], arn, *listeners


def test_an_application_load_balancer_and_its_web_acl(live: Live) -> None:
    elb, waf = live.client("elbv2"), live.client("wafv2")
    balancer, arn, plain, tls = made(live, elb)
    for policy in ALB_POLICIES:
        live.opens(policy, balancer)
    web_acl = waf.create_web_acl(
        Name="web", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE
    )["Summary"]
    name = f"web/{web_acl['Id']}"
    live.opens("wafv2_webacl_with_rules", name)
    live.opens("wafv2_webacl_logging_enabled", name)

    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": "logs"},
            {"Key": "deletion_protection.enabled", "Value": "true"},
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
            {"Key": "routing.http.desync_mitigation_mode", "Value": "strictest"},
        ],
    )
    elb.modify_listener(ListenerArn=tls, SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06")
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elb.modify_listener(ListenerArn=plain, DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}])
    waf.associate_web_acl(WebACLArn=web_acl["ARN"], ResourceArn=arn)
    for policy in ALB_POLICIES:
        live.resolves(policy, balancer)
    waf.update_web_acl(
        Name="web",
        Scope="REGIONAL",
        Id=web_acl["Id"],
        LockToken=waf.get_web_acl(Name="web", Scope="REGIONAL", Id=web_acl["Id"])["LockToken"],
        DefaultAction={"Allow": {}},
        VisibilityConfig=VISIBLE,
        Rules=[
            {
                "Name": "rate",
                "Priority": 0,
                "Action": {"Block": {}},
                "Statement": {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}},
                "VisibilityConfig": VISIBLE,
            }
        ],
    )
    waf.put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": web_acl["ARN"],
            "LogDestinationConfigs": [
                f"arn:aws:logs:{live.region}:{live.account}:log-group:aws-waf-logs-web"
            ],
        }
    )
    live.resolves("wafv2_webacl_with_rules", name)
    live.resolves("wafv2_webacl_logging_enabled", name)
    waf.disassociate_web_acl(ResourceArn=arn)
    live.opens("elbv2_waf_acl_attached", balancer)


def test_a_classic_load_balancer(live: Live) -> None:
    elb = live.client("elb")
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    elb.create_load_balancer(
        LoadBalancerName="old", Listeners=[listener], AvailabilityZones=[f"{live.region}a"]
    )
    settings = (
        "elb_logging_enabled",
        "elb_connection_draining_enabled",
        "elb_cross_zone_load_balancing_enabled",
    )
    for policy in (*settings, "elb_ssl_listeners", "elb_is_in_multiple_az"):
        live.opens(policy, "old")
    elb.modify_load_balancer_attributes(
        LoadBalancerName="old",
        LoadBalancerAttributes={
            "AccessLog": {"Enabled": True, "S3BucketName": "logs", "EmitInterval": 60},
            "ConnectionDraining": {"Enabled": True, "Timeout": 300},
            "CrossZoneLoadBalancing": {"Enabled": True},
        },
    )
    for policy in settings:
        live.resolves(policy, "old")
    elb.enable_availability_zones_for_load_balancer(
        LoadBalancerName="old", AvailabilityZones=[f"{live.region}b"]
    )
    live.resolves("elb_is_in_multiple_az", "old")
    certificate = live.client("acm").request_certificate(DomainName="b.example")["CertificateArn"]
    tls = {"Protocol": "SSL", "LoadBalancerPort": 443, "InstancePort": 443, "SSLCertificateId": certificate}
    elb.create_load_balancer_listeners(LoadBalancerName="old", Listeners=[tls])
    elb.delete_load_balancer_listeners(LoadBalancerName="old", LoadBalancerPorts=[80])
    live.resolves("elb_ssl_listeners", "old")
