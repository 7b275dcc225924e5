"""The tables of Elastic Load Balancing: one event source and IAM prefix, two APIs.

Classic load balancers are named by ``loadBalancerName``, the others by ``loadBalancerArn`` or the ARN of a listener or
rule, in which the balancer's stands. Sources: the API references, recorded events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.ec2.resources import security_group

service = Service("elasticloadbalancing", event_source="elasticloadbalancing.amazonaws.com", client="elbv2")


def by(key: str) -> Callable[[Any], Any]:
    """Puts items, which AWS gives in no order, in that of a key."""
    return lambda items: sorted(items, key=lambda item: item[key])


def with_zones_in_order(found: Any) -> Any:
    """A load balancer with its zones by name, and its security groups."""
    zones = sorted(found.get("AvailabilityZones") or (), key=lambda zone: str(zone.get("ZoneName")))
    return {**found, "AvailabilityZones": zones, "SecurityGroups": sorted(found.get("SecurityGroups") or ())}


def classic_in_order(found: Any) -> Any:
    """A classic load balancer with its listeners by port, its zones and groups by name."""
    made = dict(found)
    for key in ("AvailabilityZones", "SecurityGroups", "Subnets"):
        made[key] = sorted(found.get(key) or ())
    made["ListenerDescriptions"] = sorted(
        found.get("ListenerDescriptions") or (), key=lambda each: each["Listener"]["LoadBalancerPort"]
    )
    return made


def attributes(items: Any) -> dict[str, Any]:
    """Attributes as a mapping from key to value."""
    return {item["Key"]: item.get("Value") for item in items}


load_balancer = service.resource_type(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    arn="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}",
    named_by="requestParameters.loadBalancerArn",
    gone=["LoadBalancerNotFound", "ListenerNotFound"],
    id_pattern=r"(app|net|gwy)/[^/]+/[0-9a-f]+",
    id_part=r"arn:[^:]+:[^:]+:[^:]*:[^:]*:listener(-rule)?/(?P<id>[^/]+/[^/]+/[^/]+)/.+",
)
_ARN = {"LoadBalancerArn": "{arn}"}
load_balancer.section(
    "load_balancer",
    "DescribeLoadBalancers",
    {"LoadBalancerArns": ["{arn}"]},
    value="LoadBalancers[0]",
    silent="State",
    shape=with_zones_in_order,
    changed_by=["ModifyIpPools", "SetIpAddressType", "SetSecurityGroups", "SetSubnets"],
    root=True,
)
load_balancer.section(
    "attributes",
    "DescribeLoadBalancerAttributes",
    _ARN,
    value="Attributes",
    shape=attributes,
    changed_by="ModifyLoadBalancerAttributes",
)
load_balancer.section(
    "listeners",
    "DescribeListeners",
    _ARN,
    value="Listeners",
    shape=by("ListenerArn"),
    changed_by="CreateListener",
)
load_balancer.section(
    "http_rules",
    "DescribeListeners",
    _ARN,
    value="Listeners[?Protocol=='HTTP']",
    each=Each("DescribeRules", {"ListenerArn": "{item.ListenerArn}"}, value="Rules", into="Rules"),
    shape=by("ListenerArn"),
    changed_by="CreateListener",
)
load_balancer.section(
    "web_acl",
    "GetWebACLForResource",
    {"ResourceArn": "{arn}"},
    client="wafv2",
    value="WebACL.ARN",
    # a network or gateway load balancer cannot have one
    absent=["WAFNonexistentItemException", "WAFInvalidParameterException"],
)
load_balancer.section(
    "tags",
    "DescribeTags",
    {"ResourceArns": ["{arn}"]},
    value="TagDescriptions[0].Tags || `[]`",
    shape=keeping(leaves("Key", "Value")),
)
for _event in ("AddTags", "RemoveTags"):
    load_balancer.event(_event, "tags", named_by="requestParameters.resourceArns[]")
load_balancer.references(
    "security_groups", security_group, "group", ids="load_balancer.SecurityGroups[]", partial=True
)
for _event in ("ModifyListener", "DeleteListener"):
    load_balancer.event(_event, "listeners", "http_rules", named_by="requestParameters.listenerArn")
for _event in ("AddListenerCertificates", "RemoveListenerCertificates"):
    load_balancer.event(_event, "listeners", named_by="requestParameters.listenerArn")
load_balancer.event("CreateRule", "http_rules", named_by="requestParameters.listenerArn")
for _event in ("ModifyRule", "DeleteRule"):
    load_balancer.event(_event, "http_rules", named_by="requestParameters.ruleArn")
load_balancer.event("SetRulePriorities", "http_rules", named_by="requestParameters.rulePriorities[].ruleArn")
for _event in ("AssociateWebACL", "DisassociateWebACL"):
    load_balancer.event(
        _event, "web_acl", source="wafv2.amazonaws.com", named_by="requestParameters.resourceArn"
    )
load_balancer.created_by("CreateLoadBalancer", named_by="responseElements.loadBalancers[].loadBalancerArn")
load_balancer.deleted_by("DeleteLoadBalancer")
load_balancer.listing(
    "DescribeLoadBalancers",
    items="LoadBalancers",
    item_id="LoadBalancerArn",
    provides={"load_balancer": "@"},
)

classic = service.resource_type(
    "AWS::ElasticLoadBalancing::LoadBalancer",
    arn="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}",
    client="elb",
    named_by="requestParameters.loadBalancerName",
    gone="LoadBalancerNotFound",
    id_pattern=r"[^/]+",
)
_NAME = {"LoadBalancerName": "{id}"}
classic.section(
    "load_balancer",
    "DescribeLoadBalancers",
    {"LoadBalancerNames": ["{id}"]},
    value="LoadBalancerDescriptions[0]",
    # which targets it has is read by no policy
    omit=["Instances", "HealthCheck"],
    shape=classic_in_order,
    changed_by=[
        "ApplySecurityGroupsToLoadBalancer",
        "AttachLoadBalancerToSubnets",
        "CreateAppCookieStickinessPolicy",
        "CreateLBCookieStickinessPolicy",
        "CreateLoadBalancerListeners",
        "CreateLoadBalancerPolicy",
        "DeleteLoadBalancerListeners",
        "DeleteLoadBalancerPolicy",
        "DetachLoadBalancerFromSubnets",
        "DisableAvailabilityZonesForLoadBalancer",
        "EnableAvailabilityZonesForLoadBalancer",
        "SetLoadBalancerListenerSSLCertificate",
        "SetLoadBalancerPoliciesForBackendServer",
        "SetLoadBalancerPoliciesOfListener",
    ],
    root=True,
)
classic.section(
    "attributes",
    "DescribeLoadBalancerAttributes",
    _NAME,
    value="LoadBalancerAttributes",
    changed_by="ModifyLoadBalancerAttributes",
)
classic.section(
    "policies",
    "DescribeLoadBalancerPolicies",
    _NAME,
    value="PolicyDescriptions",
    shape=by("PolicyName"),
    changed_by=[
        "CreateAppCookieStickinessPolicy",
        "CreateLBCookieStickinessPolicy",
        "CreateLoadBalancerPolicy",
        "DeleteLoadBalancerPolicy",
        "SetLoadBalancerPoliciesOfListener",
    ],
)
classic.section(
    "tags",
    "DescribeTags",
    {"LoadBalancerNames": "{ids}"},
    items="TagDescriptions",
    item_id="LoadBalancerName",
    many=20,
    value="Tags || `[]`",
    shape=keeping(leaves("Key", "Value")),
)
for _event in ("AddTags", "RemoveTags"):
    classic.event(_event, "tags", named_by="requestParameters.loadBalancerNames[]")
classic.references(
    "security_groups", security_group, "group", ids="load_balancer.SecurityGroups[]", partial=True
)
classic.created_by("CreateLoadBalancer")
classic.deleted_by("DeleteLoadBalancer")
classic.listing(
    "DescribeLoadBalancers",
    items="LoadBalancerDescriptions",
    item_id="LoadBalancerName",
    provides={"load_balancer": "@"},
)

service.ignores(
    "which targets stand behind a load balancer, and whether they are well, is read by no policy",
    "ConfigureHealthCheck",
    "CreateTargetGroup",
    "DeleteTargetGroup",
    "DeregisterInstancesFromLoadBalancer",
    "DeregisterTargets",
    "ModifyTargetGroup",
    "ModifyTargetGroupAttributes",
    "RegisterInstancesWithLoadBalancer",
    "RegisterTargets",
    noise=True,
)
service.ignores(
    "whom a load balancer trusts with mutual TLS is read by no policy",
    "AddTrustStoreRevocations",
    "CreateTrustStore",
    "DeleteSharedTrustStoreAssociation",
    "DeleteTrustStore",
    "ModifyTrustStore",
    "RemoveTrustStoreRevocations",
)
service.ignores(
    "capacity and headers of listeners are read by no policy",
    "ModifyCapacityReservation",
    "ModifyListenerAttributes",
)
service.ignores_unnamed(
    "tags of target groups and trust stores are read by no policy", "AddTags", "RemoveTags"
)
