"""CloudTrail's trails where moto's fall short: what members see of an organisation's trail, and other regions' trails.

Source: CloudTrail API Reference, ``DescribeTrails`` (shadow trails), ``GetTrailStatus``, ``GetEventSelectors``;
User Guide, "Creating a trail for an organization".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.organization import organization_of

_EVERYTHING = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
"""What a trail records that was never told what to record."""


def install(patches: internals.Patches) -> None:
    """Mend moto's CloudTrail."""
    internals.check(internals.TRAILS)
    patches.replace("cloudtrail.models:CloudTrailBackend.describe_trails", _visible)
    patches.wrap("cloudtrail.models:CloudTrailBackend.get_event_selectors", _selectors_of)
    patches.wrap("cloudtrail.models:Trail.get_event_selectors", _selectors)
    patches.wrap("cloudtrail.models:Trail.put_event_selectors", _put_selectors)
    patches.wrap("cloudtrail.models:Trail.description", _description)


def _visible(backend: Any, include_shadow_trails: bool) -> list[Any]:
    """The trails that an account sees in a region: its own and those of its organisation."""
    own = list(backend.trails.values())
    if not include_shadow_trails:
        return own
    elsewhere = [
        trail
        for trail in _trails(backend.account_id)
        if trail.is_multi_region and trail.region_name != backend.region_name
    ]
    return [*own, *elsewhere, *_of_the_organization(backend)]


def _of_the_organization(backend: Any) -> Iterator[Any]:
    organization = organization_of(backend.account_id)
    if organization is None or organization.management_account == backend.account_id:
        return
    for trail in _trails(organization.management_account):
        if trail.is_org_trail and (trail.is_multi_region or trail.region_name == backend.region_name):
            yield trail


def _trails(account: str) -> Iterator[Any]:
    for backend in internals.module("cloudtrail.models").cloudtrail_backends[account].values():
        yield from backend.trails.values()


def _selectors_of(original: Callable[..., Any], backend: Any, trail_name: str) -> Any:
    for trail in _visible(backend, include_shadow_trails=True):
        if trail_name == trail.arn:
            return trail.arn, *trail.get_event_selectors()
    return original(backend, trail_name)


def _selectors(original: Callable[..., Any], trail: Any) -> tuple[list[Any], list[Any]]:
    basic, advanced = original(trail)
    if not basic and not advanced:
        return [dict(_EVERYTHING)], []
    return basic, advanced


def _put_selectors(original: Callable[..., Any], trail: Any, basic: list[Any], advanced: list[Any]) -> None:
    original(trail, basic, advanced)
    if basic:
        trail.advanced_event_selectors = []  # moto keeps the advanced ones, which no longer count


def _description(
    original: Callable[..., dict[str, Any]], trail: Any, *args: Any, **kwargs: Any
) -> dict[str, Any]:
    described = original(trail, *args, **kwargs)
    described["HasCustomEventSelectors"] = bool(trail.event_selectors or trail.advanced_event_selectors)
    return {key: value for key, value in described.items() if value is not None}
