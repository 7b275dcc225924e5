"""A resource as a configuration item: what AWS Config hands to a rule. Pure.

Source: the developer guide's "Components of a configuration item" and "Example Events for AWS Config Rules".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items import clusters, ec2, iam, others, s3
from liveaudit.policies.config_items.kinds import ItemKind, Sections
from liveaudit.policies.config_items.relationships import related

KINDS: Mapping[str, ItemKind] = {
    each.type: each for each in (*s3.KINDS, *ec2.KINDS, *iam.KINDS, *clusters.KINDS, *others.KINDS)
}
"""The types of which items can be made, by our name of the type."""

NEVER_TOLD = ("supplementaryConfiguration.Tags", "invokingEvent.configurationItemDiff")
"""A part of items that is missing in ours; tags stand in ``tags``. And what stands beside the item in its event: the change
itself."""
RELATIONSHIPS = "relationships"


@dataclass(frozen=True, slots=True)
class Seen:
    """A resource as it is seen: its ARN and tags, the sections of its kind, and when they were asked about."""

    resource: Resource
    arn: str
    tags: Mapping[str, str]
    sections: Sections
    at: dt.datetime


def timestamp(at: dt.datetime) -> str:
    """A time as AWS Config writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def configuration_item(seen: Seen) -> dict[str, Any]:
    """The item of the resource, in the form that stands in an invoking event. Raises KeyError for a type without one."""
    kind = KINDS[seen.resource.type]
    configuration = kind.configuration(seen.resource, seen.sections)
    return {
        "version": "1.3",
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": timestamp(seen.at),
        "configurationStateId": round(seen.at.timestamp() * 1000),
        "awsAccountId": seen.resource.account,
        "configurationItemStatus": "OK",
        "resourceType": kind.config_type,
        "resourceId": kind.resource_id(seen.resource, configuration),
        "resourceName": _name(seen.resource, kind),
        "ARN": seen.arn,
        "awsRegion": seen.resource.region,
        "availabilityZone": configuration.get(kind.zone, kind.zone),
        "configurationStateMd5Hash": "",
        "resourceCreationTime": _as_text(configuration.get(kind.created)),
        # "As of Version 1.3, the relatedEvents field is empty": API reference, ConfigurationItem
        "relatedEvents": [],
        "tags": dict(seen.tags),
        RELATIONSHIPS: related(kind.relations or (), configuration),
        "configuration": configuration,
        "supplementaryConfiguration": kind.supplementary(seen.resource, seen.sections),
    }


def _name(resource: Resource, kind: ItemKind) -> str | None:
    """EC2's resources have no names of their own, and those that go by an ARN are named by its last part."""
    if kind.type.startswith("AWS::EC2::"):
        return None
    return resource.id.rpartition("/")[2] if resource.id.startswith("arn:") else resource.id


def _as_text(time: Any) -> str | None:
    if isinstance(time, int):
        return timestamp(dt.datetime.fromtimestamp(time / 1000, dt.UTC))
    return None if time is None else str(time)
