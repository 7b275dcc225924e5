"""The policies of classic load balancers."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, is_on
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import mapping, mappings, rule, text, texts
from liveaudit.services.elasticloadbalancing.resources import classic

_ENCRYPTED = frozenset({"HTTPS", "SSL"})
_GOOD_MODES = frozenset({"defensive", "strictest"})
_DESYNC = "elb.http.desyncmitigationmode"
_FEWEST_ZONES = 2


@rule(
    classic,
    "elb_logging_enabled",
    Severity.MEDIUM,
    title="Classic load balancers log the requests that they take",
    why="Access logs tell who asked for what; without them an attack cannot be reconstructed.",
    fix="Turn on access logs into an S3 bucket.",
)
def logging_enabled(attributes: Any) -> Verdict:
    """Source: FSBP, ELB.5."""
    if flag(attributes, "AccessLog.Enabled", "the attributes"):
        return passed("access logs are on")
    return failed("access logs are off", AccessLog={"Enabled": False})


@rule(
    classic,
    "elb_ssl_listeners",
    Severity.MEDIUM,
    title="Classic load balancers take HTTPS or SSL only",
    why="What goes to a listener of HTTP or TCP can be read and changed on the way.",
    fix="Replace each listener of HTTP or TCP by one of HTTPS or SSL.",
)
def ssl_listeners(load_balancer: Any) -> Verdict:
    """A classic load balancer cannot redirect. Source: FSBP, ELB.3."""
    found = mapping(load_balancer, "the load balancer").get("ListenerDescriptions") or []
    listeners = [mapping(each.get("Listener"), "a listener") for each in mappings(found, "the listeners")]
    plain = [
        {"LoadBalancerPort": each.get("LoadBalancerPort"), "Protocol": each.get("Protocol")}
        for each in listeners
        if text(each.get("Protocol"), "a listener's protocol").upper() not in _ENCRYPTED
    ]
    if plain:
        return failed("listeners take what is not encrypted", Listeners=plain)
    return passed("every listener takes HTTPS or SSL" if listeners else "there is no listener")


@rule(
    classic,
    "elb_desync_mitigation_mode",
    Severity.MEDIUM,
    title="Classic load balancers hold off ambiguous requests",
    why="In the mode monitor requests that are known to desynchronize client and target are let through.",
    fix="Set the desync mitigation mode to defensive or strictest.",
)
def desync_mitigation_mode(attributes: Any) -> Verdict:
    """Source: FSBP, ELB.14."""
    further = mapping(attributes, "the attributes").get("AdditionalAttributes") or []
    modes = [each.get("Value") for each in mappings(further, "the attributes") if each.get("Key") == _DESYNC]
    mode = text(modes[0] if modes else None, _DESYNC)
    if mode in _GOOD_MODES:
        return passed(f"the desync mitigation mode is {mode}")
    return failed(f"the desync mitigation mode is {mode}", **{_DESYNC: mode})


@rule(
    classic,
    "elb_connection_draining_enabled",
    Severity.MEDIUM,
    title="Classic load balancers let requests in flight end",
    why="Without connection draining requests break off when an instance is taken out.",
    fix="Turn on connection draining.",
)
def connection_draining_enabled(attributes: Any) -> Verdict:
    """Source: FSBP, ELB.7."""
    return is_on(attributes, "ConnectionDraining.Enabled", "connection draining")


@rule(
    classic,
    "elb_cross_zone_load_balancing_enabled",
    Severity.MEDIUM,
    title="Classic load balancers spread requests over all zones",
    why="Otherwise the instances of a zone with few of them are overloaded, while others idle.",
    fix="Turn on cross-zone load balancing.",
)
def cross_zone_load_balancing_enabled(attributes: Any) -> Verdict:
    """Source: FSBP, ELB.9."""
    return is_on(attributes, "CrossZoneLoadBalancing.Enabled", "cross-zone load balancing")


@rule(
    classic,
    "elb_is_in_multiple_az",
    Severity.MEDIUM,
    title="Classic load balancers stand in two availability zones or more",
    why="With its only zone the application is gone.",
    fix="Attach subnets, or enable zones, of at least one more availability zone.",
    takes=(number("fewest", _FEWEST_ZONES, "How many zones it must stand in at least.", most=10),),
)
def is_in_multiple_az(load_balancer: Any, fewest: int) -> Verdict:
    """Source: FSBP, ELB.10."""
    zones = texts(mapping(load_balancer, "the load balancer").get("AvailabilityZones") or [], "the zones")
    if len(set(zones)) < fewest:
        return failed(_stands_in(len(set(zones))), AvailabilityZones=zones)
    return passed(_stands_in(len(set(zones))))


def _stands_in(zones: int) -> str:
    return (
        f"the load balancer stands in {zones} zones"
        if zones > 1
        else "the load balancer stands in one zone only"
    )
