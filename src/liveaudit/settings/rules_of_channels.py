"""What of channels and routes contradicts itself, or does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import UNSET

from liveaudit.settings.mistakes import Path, nearest, shown
from liveaudit.settings.rules import Found, Known, rule
from liveaudit.settings.shape import Settings
from liveaudit.settings.shape_of_channels import KIND_NAMES


@rule("channels")
def _channels_are_of_one_kind(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.channels):
        if not each.kinds:
            yield ("channels", number), f"says not what it is: one of {', '.join(KIND_NAMES)} is needed"
        for name in each.kinds[1:]:
            yield ("channels", number, name), f"is a {each.kind} already: make a channel of each"


@rule("channels")
def _channels_have_names_of_their_own(settings: Settings, _known: Known) -> Iterator[Found]:
    seen: set[str] = set()
    for number, each in enumerate(settings.channels):
        if each.name in seen:
            yield ("channels", number, "name"), f"{each.name} is there twice: call one of them otherwise"
        seen.add(each.name)


@rule("channels")
def _time_zones_are_known(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.channels):
        if each.quiet is UNSET:
            continue
        try:
            ZoneInfo(each.quiet.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            path = ("channels", number, "quiet", "timezone")
            yield (
                path,
                f"{shown(each.quiet.timezone)} is not known on this machine: write it as Europe/Berlin",
            )


@rule("channels")
def _quiet_says_when(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.channels):
        if each.quiet is not UNSET and not each.quiet.hours and not each.quiet.days:
            yield ("channels", number, "quiet"), "says not when: hours or days are needed"


def _told(settings: Settings) -> Iterator[tuple[Path, str]]:
    for number, each in enumerate(settings.routes):
        yield from ((("routes", number, "tell", at), name) for at, name in enumerate(each.tell))
        if each.overdue is not UNSET:
            path = ("routes", number, "overdue", "tell")
            yield from (((*path, at), name) for at, name in enumerate(each.overdue.tell))


@rule("channels", "routes")
def _routes_lead_to_channels(settings: Settings, _known: Known) -> Iterator[Found]:
    names = {each.name for each in settings.channels}
    for path, name in _told(settings):
        if name not in names:
            yield (
                path,
                f"there is no channel {name}{nearest(name, names)}: add it to channels, or take it out here",
            )


@rule("channels", "routes")
def _routes_do_something(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.routes):
        if not each.tell and each.overdue is UNSET and not each.stop:
            yield ("routes", number), "does nothing: tell, overdue or stop is needed"


@rule("channels", "routes", warning=True)
def _channels_are_told(settings: Settings, _known: Known) -> Iterator[Found]:
    told = {name for _, name in _told(settings)}
    for number, each in enumerate(settings.channels):
        if each.name not in told:
            yield (
                ("channels", number, "name"),
                f"no route here tells {each.name}: add routes: [{{tell: [{each.name}]}}]",
            )


@rule("channels", "routes", warning=True)
def _routes_are_reached(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.routes[:-1]):
        narrows = (
            each.policies,
            each.services,
            each.severities,
            each.frameworks,
            each.accounts,
            each.regions,
        )
        if each.stop and not any((*narrows, each.resources, each.tags, each.owners, each.environments)):
            yield ("routes", number, "stop"), "fits every finding: no route after it is ever looked at"
