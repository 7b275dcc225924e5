"""The table of Amazon EventBridge: what exists, how it is read, which events change it.

Sources: the EventBridge API reference and its user guide's "Permissions for event buses". A call that names no bus is
about the default one.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("events", event_source="events.amazonaws.com")

event_bus = service.resource_type(
    "AWS::Events::EventBus",
    arn="arn:{partition}:events:{region}:{account}:event-bus/{id}",
    named_by=["requestParameters.eventBusName", "requestParameters.name", "=default"],
    gone="ResourceNotFoundException",
)
event_bus.created_by("CreateEventBus")
event_bus.deleted_by("DeleteEventBus")
event_bus.listing("ListEventBuses", items="EventBuses", item_id="Name")
event_bus.section(
    "event_bus",
    "DescribeEventBus",
    {"Name": "{id}"},
    omit=["LastModifiedTime"],
    changed_by=["UpdateEventBus", "PutPermission", "RemovePermission"],
    root=True,
)
event_bus.section(
    "tags",
    "ListTagsForResource",
    {"ResourceARN": "{arn}"},
    value="Tags",
    shape=keeping(leaves("Key", "Value")),
)
for _event in ("TagResource", "UntagResource"):
    event_bus.event(_event, "tags", named_by="requestParameters.resourceARN")

_RULES = "PutRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets"
_OTHERS = """
    ActivateEventSource CancelReplay CreateApiDestination CreateArchive CreateConnection CreateEndpoint
    CreatePartnerEventSource DeactivateEventSource DeauthorizeConnection DeleteApiDestination DeleteArchive
    DeleteConnection DeleteEndpoint DeletePartnerEventSource StartReplay UpdateApiDestination UpdateArchive
    UpdateConnection UpdateEndpoint
"""
service.ignores("rules and their targets are not covered", *_RULES.split())
service.ignores("archives, connections, endpoints and event sources are not covered", *_OTHERS.split())
service.ignores_unnamed("tags of rules are not covered", "TagResource", "UntagResource")
service.ignores("events are sent", "PutEvents", "PutPartnerEvents", noise=True)
