"""What of channels contradicts itself, or does nothing."""

from __future__ import annotations

from collections.abc import Iterator

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
