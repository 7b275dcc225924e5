"""Amazon EC2 as a service, and how CloudTrail writes its parameters.

In two styles: lists as ``xSet.items[]``, and for newer operations everything under ``<Operation>Request`` and
``<Operation>Response``. Where it is not known which of the two an operation has, both are looked for. Sources: the API
reference and recorded CloudTrail events.
"""

from __future__ import annotations

from liveaudit.catalog.types import ResourceType, Service
from liveaudit.policies.kept import keeping, leaves

service = Service("ec2", event_source="ec2.amazonaws.com")

TAG_EVENTS = ("CreateTags", "DeleteTags")
TAGGED = "requestParameters.resourcesSet.items[].resourceId"
TAGS = "Tags || `[]`"
_TAG_SET = "requestParameters.tagSet.items[]"


def with_tags(kind: ResourceType) -> None:
    """Give a type its tags as a section, which the call that reads its root tells too."""
    kind.beside_root("tags", value=TAGS, shape=keeping(leaves("Key", "Value")))
    for event in TAG_EVENTS:
        kind.event(event, "tags", named_by=TAGGED)
    kind.shows("tags", {f"{_TAG_SET}.key": "[].Key", f"{_TAG_SET}.value": "[].Value"}, "CreateTags")


def asked(operation: str, parameter: str) -> tuple[str, str]:
    """Where a parameter of an operation stands in its event."""
    return f"requestParameters.{parameter}", f"requestParameters.{operation}Request.{parameter}"


def answered(operation: str, path: str) -> tuple[str, str]:
    """Where a member of an operation's answer stands in its event."""
    return f"responseElements.{path}", f"responseElements.{operation}Response.{path}"
