"""The policies of Amazon EventBridge on event buses. A bus that liveaudit sends through is judged as any other."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, not_applicable
from liveaudit.policies.checks import is_given, member
from liveaudit.policies.policy import Context
from liveaudit.policies.resource_policies import no_strangers, not_public
from liveaudit.policies.shapes import rule
from liveaudit.services.events.resources import event_bus as bus


@rule(
    bus,
    "eventbridge_bus_exposed",
    Severity.HIGH,
    title="The event bus's policy does not let everybody in",
    why="Everybody could send events that your rules act upon, or change the rules of the bus.",
    fix="Name the accounts in the statement shown, or bind it to your organization with aws:PrincipalOrgID.",
)
def is_not_public(event_bus: Any) -> Verdict:
    """CIS 7.0 2.21; EventBridge user guide, "Permissions for event buses"."""
    return not_public(member(event_bus, "Policy", "the bus"), "the bus policy")


@rule(
    bus,
    "eventbridge_bus_cross_account_access",
    Severity.HIGH,
    title="The event bus's policy lets in only accounts that are known",
    why="A foreign account sends events that your rules act upon, under its own administrators' rules.",
    fix="Remove the statement shown, or enter its account as trusted.",
)
def lets_no_stranger_in(event_bus: Any, resource: Resource, context: Context) -> Verdict:
    """EventBridge user guide, "Sending and receiving events between AWS accounts"."""
    return no_strangers(member(event_bus, "Policy", "the bus"), "the bus policy", resource, context)


@rule(
    bus,
    "eventbridge_custom_bus_has_policy",
    Severity.LOW,
    title="Custom event buses have a policy",
    why="A policy says in one place who may send to the bus, and can deny what identity policies allow too widely.",
    fix="Attach a policy to the bus that names who may send events to it.",
)
def has_a_policy(event_bus: Any, resource: Resource) -> Verdict:
    """FSBP EventBridge.3, which is about custom buses only; partner buses are sent to by their partner alone."""
    if resource.id == "default" or resource.id.startswith("aws.partner/"):
        return not_applicable("it is no custom event bus")
    return is_given(event_bus, "Policy", "the bus")
