"""The policies of classic load balancers."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import mapping, mappings, rule, text
from liveaudit.services.elasticloadbalancing.resources import classic

_ENCRYPTED = frozenset({"HTTPS", "SSL"})


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
