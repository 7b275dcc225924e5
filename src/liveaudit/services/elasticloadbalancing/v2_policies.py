"""The policies of application, network and gateway load balancers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import mapping, mappings, rule, text
from liveaudit.policies.tls import weakness_of_listener_policy
from liveaudit.services.elasticloadbalancing.resources import load_balancer as load_balancer_type

_APPLICATION, _NETWORK, _GATEWAY = "application", "network", "gateway"
_ENCRYPTED = frozenset({"HTTPS", "TLS"})
_FEWEST_ZONES = 2
_GOOD_MODES = frozenset({"defensive", "strictest"})


def _kind(load_balancer: Any) -> str:
    return text(mapping(load_balancer, "the load balancer").get("Type"), "the load balancer's type")


def _only_application(load_balancer: Any) -> Verdict | None:
    kind = _kind(load_balancer)
    return None if kind == _APPLICATION else not_applicable(f"it is a {kind} load balancer")


def _is_on(attributes: Any, key: str, what: str) -> Verdict:
    """PASS if the attribute is ``true``; attributes are texts, and one that is left out is off."""
    value = mapping(attributes, "the attributes").get(key)
    if value == "true":
        return passed(f"{what} on")
    return failed(f"{what} off", **{key: value})


@rule(
    load_balancer_type,
    "elbv2_logging_enabled",
    Severity.MEDIUM,
    title="Load balancers log the requests that they take",
    why="Access logs tell who asked for what; without them an attack cannot be reconstructed.",
    fix="Turn on access logs into an S3 bucket.",
)
def logging_enabled(load_balancer: Any, attributes: Any) -> Verdict:
    """Gateway load balancers have no access logs. Source: CIS 7.0, 4.10; FSBP, ELB.5."""
    if _kind(load_balancer) == _GATEWAY:
        return not_applicable("a gateway load balancer has no access logs")
    return _is_on(attributes, "access_logs.s3.enabled", "access logs are")


@rule(
    load_balancer_type,
    "elbv2_waf_acl_attached",
    Severity.MEDIUM,
    title="Application load balancers stand behind a web ACL",
    why="Without AWS WAF every request, an attack on the application too, reaches the targets.",
    fix="Associate a web ACL of AWS WAF with the load balancer.",
)
def waf_acl_attached(load_balancer: Any, web_acl: Any) -> Verdict:
    """Source: FSBP, ELB.16."""
    if (other := _only_application(load_balancer)) is not None:
        return other
    if web_acl is None:
        return failed("no web ACL is associated", WebACL=None)
    return passed(f"the web ACL {text(web_acl, 'the web ACL')} is associated")


@rule(
    load_balancer_type,
    "elbv2_deletion_protection",
    Severity.MEDIUM,
    title="Load balancers are protected from deletion",
    why="A load balancer that is deleted by mistake takes its application off the network, and its address is lost.",
    fix="Turn on deletion protection.",
)
def deletion_protection(attributes: Any) -> Verdict:
    """Source: FSBP, ELB.6."""
    return _is_on(attributes, "deletion_protection.enabled", "deletion protection is")


@rule(
    load_balancer_type,
    "elbv2_insecure_ssl_ciphers",
    Severity.MEDIUM,
    title="Listeners take TLS 1.2 or later, with strong ciphers",
    why="Old versions of TLS and ciphers without forward secrecy let others read what was recorded. What is made by the "
    "CLI or CloudFormation has a policy that takes TLS 1.0 unless another is named.",
    fix="Give each HTTPS or TLS listener a recommended policy, such as ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09.",
)
def insecure_ssl_ciphers(listeners: Any) -> Verdict:
    """Source: FSBP, ELB.17."""
    found = [each for each in mappings(listeners, "the listeners") if each.get("Protocol") in _ENCRYPTED]
    if not found:
        return not_applicable("no listener has TLS")
    weak, strange = [], []
    for each in found:
        name = text(each.get("SslPolicy"), "a listener's security policy")
        weakness = weakness_of_listener_policy(name)
        if weakness is None:
            strange.append(name)
        elif weakness:
            weak.append({"Port": each.get("Port"), "SslPolicy": name, "Weakness": weakness})
    if weak:
        return failed("listeners have a weak security policy", Listeners=weak)
    if strange:
        return unknown(f"what the security policy {strange[0]} takes is not known")
    return passed("every listener with TLS has a strong security policy")


@rule(
    load_balancer_type,
    "elbv2_alb_drop_invalid_header_fields_enabled",
    Severity.MEDIUM,
    title="Application load balancers drop headers with invalid names",
    why="Headers that the load balancer and the target read differently are a way to smuggle requests.",
    fix="Turn on Drop invalid header fields.",
)
def drop_invalid_header_fields_enabled(load_balancer: Any, attributes: Any) -> Verdict:
    """Source: FSBP, ELB.4."""
    if (other := _only_application(load_balancer)) is not None:
        return other
    return _is_on(
        attributes, "routing.http.drop_invalid_header_fields.enabled", "dropping invalid header fields is"
    )


@rule(
    load_balancer_type,
    "elbv2_desync_mitigation_mode",
    Severity.MEDIUM,
    title="Application load balancers hold off ambiguous requests",
    why="In the mode monitor requests that are known to desynchronize client and target are let through.",
    fix="Set the desync mitigation mode to defensive or strictest.",
)
def desync_mitigation_mode(load_balancer: Any, attributes: Any) -> Verdict:
    """Source: FSBP, ELB.12."""
    if (other := _only_application(load_balancer)) is not None:
        return other
    key = "routing.http.desync_mitigation_mode"
    mode = text(mapping(attributes, "the attributes").get(key), key)
    if mode in _GOOD_MODES:
        return passed(f"the desync mitigation mode is {mode}")
    return failed(f"the desync mitigation mode is {mode}", **{key: mode})


@rule(
    load_balancer_type,
    "elbv2_ssl_listeners",
    Severity.MEDIUM,
    title="Application load balancers send HTTP on to HTTPS",
    why="What goes over plain HTTP can be read and changed on the way.",
    fix="Let each HTTP listener redirect to HTTPS, in its default action and in its rules.",
)
def ssl_listeners(load_balancer: Any, http_rules: Any) -> Verdict:
    """Source: FSBP, ELB.1. A rule, which takes part of the requests, may also answer by itself."""
    if (other := _only_application(load_balancer)) is not None:
        return other
    listeners = mappings(http_rules, "the HTTP listeners")
    if not listeners:
        return passed("there is no HTTP listener")
    plain = [found for each in listeners for found in _served_in_plain(each)]
    if plain:
        return failed("requests over plain HTTP are not redirected to HTTPS", Rules=plain)
    return passed("every HTTP listener redirects to HTTPS")


def _served_in_plain(listener: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for each in mappings(listener.get("Rules"), "a listener's rules"):
        default = each.get("IsDefault") is True
        actions = mappings(each.get("Actions"), "a rule's actions")
        if not any(_turns_away(action, default=default) for action in actions):
            kinds = [action.get("Type") for action in actions]
            yield {"Port": listener.get("Port"), "Priority": each.get("Priority"), "Actions": kinds}


def _turns_away(action: Mapping[str, Any], *, default: bool) -> bool:
    kind = text(action.get("Type"), "an action's type")
    if kind == "redirect":
        # without a protocol it stays as it was
        return mapping(action.get("RedirectConfig"), "a redirect").get("Protocol") == "HTTPS"
    return kind == "fixed-response" and not default


@rule(
    load_balancer_type,
    "elbv2_is_in_multiple_az",
    Severity.MEDIUM,
    title="Load balancers stand in two availability zones or more",
    why="With its only zone the application is gone.",
    fix="Add a subnet of at least one more availability zone.",
    takes=(number("fewest", _FEWEST_ZONES, "How many zones it must stand in at least.", most=10),),
)
def is_in_multiple_az(load_balancer: Any, fewest: int) -> Verdict:
    """Source: FSBP, ELB.13."""
    found = mapping(load_balancer, "the load balancer").get("AvailabilityZones") or []
    zones = sorted({text(each.get("ZoneName"), "a zone's name") for each in mappings(found, "the zones")})
    if len(zones) < fewest:
        return failed(_stands_in(len(zones)), AvailabilityZones=zones)
    return passed(_stands_in(len(zones)))


def _stands_in(zones: int) -> str:
    return (
        f"the load balancer stands in {zones} zones"
        if zones > 1
        else "the load balancer stands in one zone only"
    )
