"""From an event to what it changed: resources, sections, or the reason why nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.changes import LITERAL, Change, Effect, by_name, expected
from liveaudit.catalog.paths import fill, find_all, template_pattern
from liveaudit.catalog.rows import Alias
from liveaudit.catalog.types import ResourceType
from liveaudit.model import GLOBAL_REGION, Event, Expected, Resource


class Relevance(StrEnum):
    """What an event is to us."""

    CHANGES = "changes"
    IGNORED = "ignored"
    UNMAPPED = "unmapped"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Target:
    """A resource that an event touches. ``sections`` empty: all of them. ``alias``: its id is still to be found.

    The rest as in :class:`liveaudit.model.Cause`.
    """

    resource: Resource
    sections: frozenset[str]
    effect: Effect
    alias: bool = False
    expected: tuple[Expected, ...] = ()
    lasts: float = 0.0
    done_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """What the catalog says of one event."""

    relevance: Relevance
    reason: str
    targets: tuple[Target, ...] = ()


_LAMBDA_SUFFIX = re.compile(r"^(?P<name>[A-Za-z]+?)(?P<date>20\d{6}(v\d+)?|20\d{2}_\d{2}_\d{2})$")
LEGACY_REGIONS = {"EU": "eu-west-1", "US": "us-east-1"}
"""What S3 calls some regions. Source: S3 API Reference, GetBucketLocation."""
ALIAS_PREFIX = "?"
"""``?GroupName=web`` is no id but a name, whose id has to be looked up first."""
SERVICE_TYPE = "liveaudit::Service"
"""No type of AWS's: a service as a whole in an account and region, due to be swept. Its id is the service's name."""


def alias_of(resource_type: ResourceType, resource_id: str) -> tuple[Alias, str] | None:
    """The alias and the name that an id of that form holds, or None."""
    key, _, name = resource_id.removeprefix(ALIAS_PREFIX).partition("=")
    for alias in resource_type.aliases:
        if alias.key == key:
            return alias, name
    return None


def match(catalog: Catalog, event: Event) -> Match:
    """The resources that ``event`` changed. Never raises: what cannot be placed says why."""
    services = catalog.services_of(event.source)
    if not services:
        return Match(Relevance.IGNORED, f"{event.source} is not a covered service")
    if event.category and event.category != "Management":
        return Match(Relevance.IGNORED, f"{event.category} event, not a management event")
    if event.read_only:
        return Match(Relevance.IGNORED, f"{event.name} only reads")
    if event.error_code:
        return Match(Relevance.IGNORED, f"the call failed ({event.error_code}) and changed nothing")
    changes = catalog.changes(event.source, event.name)
    name = event.name
    if not changes and (suffixed := _LAMBDA_SUFFIX.match(event.name)):
        name = suffixed["name"]
        changes = catalog.changes(event.source, name)
    if not changes:
        for service in services:
            reason = service.ignored.get(event.name) or service.ignored.get(name)
            if reason is not None:
                return Match(Relevance.IGNORED, reason)
        return Match(Relevance.UNMAPPED, f"no row of the catalog knows {event.name} of {event.source}")
    targets: dict[tuple[Resource, bool], Target] = {}
    for resource_type, change in changes:
        for target in _targets(resource_type, change, event):
            key = (target.resource, target.alias)
            other = targets.get(key)
            targets[key] = target if other is None else _merged(other, target)
    if not targets:
        for service in services:
            if event.name in service.unnamed:
                return Match(Relevance.IGNORED, service.unnamed[event.name])
        paths = sorted({path for _, change in changes for path in change.named_by})
        return Match(
            Relevance.UNMAPPED, f"{event.name} names no resource: nothing at {', '.join(paths) or 'any path'}"
        )
    return Match(Relevance.CHANGES, "", tuple(targets.values()))


def _merged(one: Target, other: Target) -> Target:
    sections = frozenset[str]() if not one.sections or not other.sections else one.sections | other.sections
    effect = other.effect if one.effect == Effect.UPDATE else one.effect
    return replace(
        one,
        sections=sections,
        effect=effect,
        expected=tuple(dict.fromkeys(one.expected + other.expected)),
        lasts=max(one.lasts, other.lasts),
        done_by=one.done_by | other.done_by,
    )


def _view(event: Event) -> Mapping[str, Any]:
    return {
        "requestParameters": event.request,
        "responseElements": event.response,
        "userIdentity": event.user_identity,
        "resources": list(event.resources),
        "additionalEventData": event.additional,
    }


def _targets(resource_type: ResourceType, change: Change, event: Event) -> list[Target]:
    view = _view(event)
    if not _is_about(resource_type, view):
        return []
    region = _region(resource_type, event, view)
    found: list[Target] = []
    names = _first(change.named_by, view, resource_type, event)
    new_names = [name for path in change.renamed_to for name in find_all(view, path)]
    target = partial(
        Target,
        sections=change.sections,
        # without a new name it is still there
        effect=Effect.UPDATE if change.renamed_to and not new_names else change.effect,
        expected=_expected(resource_type, change, view),
        lasts=change.lasts,
        done_by=change.done_by,
    )
    for name in names:
        resource = identify(resource_type, name, event.partition, event.account, region)
        if resource is not None:
            found.append(target(resource))
    for name in new_names:
        resource = identify(resource_type, name, event.partition, event.account, region)
        if resource is not None:
            found.append(target(resource, effect=Effect.CREATE))
    if found:
        return found
    for alias in resource_type.aliases:
        for path in alias.named_by:
            for name in find_all(view, path):
                if alias.pattern is not None and not re.fullmatch(alias.pattern, name):
                    continue
                alias_id = f"{ALIAS_PREFIX}{alias.key}={name}"
                resource = Resource(event.partition, event.account, region, resource_type.name, alias_id)
                found.append(target(resource, alias=True))
            if found:
                return found
    return found


def _is_about(resource_type: ResourceType, view: Mapping[str, Any]) -> bool:
    """Whether an event that several types share is about this one, as far as it tells."""
    for path, pattern in resource_type.only_if.items():
        if values := find_all(view, path):
            return any(re.fullmatch(pattern, value) for value in values)
    return True


def _expected(resource_type: ResourceType, change: Change, view: Mapping[str, Any]) -> tuple[Expected, ...]:
    """What must be true of the sections once the change shows; what is made or deleted as a whole tells it itself."""
    found: list[Expected] = []
    for name in sorted(change.sections):
        section = resource_type.sections[name]
        if section.reference is None:
            guess = by_name(change.event, may_be_absent=bool(section.absent))
            found += expected(name, resource_type.showings.get((change.event, name), guess), view)
    return tuple(found)


def _first(
    paths: tuple[str, ...], view: Mapping[str, Any], resource_type: ResourceType, event: Event
) -> list[str]:
    for path in paths:
        if path.startswith(LITERAL):
            return [path.removeprefix(LITERAL)]
        if "{" in path:
            made = _composed(path, view, event)
            if made:
                return [made]
            continue
        values = [
            value
            for value in dict.fromkeys(find_all(view, path))
            if resource_type.id_pattern is None
            or (value.startswith("arn:") and resource_type.arn != "{id}")
            or re.fullmatch(resource_type.id_pattern, value)
        ]
        if values:
            return values
    return []


_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def _composed(template: str, view: Mapping[str, Any], event: Event) -> str:
    """An id made of several values: of the event's account and region, and of what paths into it lead to.

    Empty where one of the paths leads nowhere, or to several values.
    """
    values = {"account": event.account, "region": event.region, "partition": event.partition}
    for path in _PLACEHOLDER.findall(template):
        if path not in values:
            found = find_all(view, path)
            if len(found) != 1:
                return ""
            values[path] = found[0]
    return _PLACEHOLDER.sub(lambda one: values[one.group(1)], template)


def _region(resource_type: ResourceType, event: Event, view: Mapping[str, Any]) -> str:
    if resource_type.is_global:
        return GLOBAL_REGION
    for path in resource_type.region_by:
        for value in find_all(view, path):
            region = LEGACY_REGIONS.get(value, value)
            if re.fullmatch(r"[a-z]{2,5}(-[a-z]+)+-\d", region):
                return region
    return event.region


def identify(
    resource_type: ResourceType, name: str, partition: str, account: str, region: str
) -> Resource | None:
    """The resource that ``name`` (an id, or an ARN of the type) names. None for an ARN of something else.

    An ARN's own account and region win over the event's, where the ARN has them. ``id_part`` may begin with ``arn:``: then
    it finds the id in the ARN of something else, which belongs to the resource.
    """
    if name.startswith("arn:") and resource_type.arn != "{id}":
        name = _owner_in(resource_type, name)
        parts = template_pattern(resource_type.arn).fullmatch(name)
        if parts is None:
            return None
        given = parts.groupdict()
        if resource_type.is_global:
            region = GLOBAL_REGION
        elif given.get("region"):
            region = given["region"]
        partition = given.get("partition") or partition
        account = given.get("account") or account
        name = given["id"].rpartition("/")[2] if resource_type.arn_has_path else given["id"]
    return Resource(partition, account, region, resource_type.name, _id_in(resource_type, name))


def _owner_in(resource_type: ResourceType, arn: str) -> str:
    """The ARN of the resource to which something with this ARN belongs; the ARN itself where that does not tell."""
    part = resource_type.id_part
    if part is None or not part.startswith("arn:"):
        return arn
    found = re.fullmatch(part, arn)
    if found is None:
        return arn
    _, partition, _, region, account, _ = arn.split(":", 5)
    values = {"partition": partition, "region": region, "account": account, "id": found["id"]}
    return str(fill(resource_type.arn, values))


def _id_in(resource_type: ResourceType, name: str) -> str:
    """The id within a name that says more (without the version behind it, the account before it), as AWS keeps it."""
    found = re.fullmatch(resource_type.id_part, name) if resource_type.id_part is not None else None
    name = name if found is None else found["id"]
    return name.lower() if resource_type.lower_case else name
