"""Which event is meant: only those are looked up that are told of a finding or of a change."""

from __future__ import annotations

from collections.abc import Iterable

from liveaudit.model import Resource
from liveaudit.story.events import Told
from liveaudit.story.finding import Changed, Story
from liveaudit.story.raw_event import Asked


def event_of_finding(story: Story, event_id: str = "") -> Asked | None:
    """The event of this id among those of a finding; without an id the one that it is put down to. None: there is none."""
    moves = [event for move in story.moves for event in reversed(move.events)]
    changes = [event for each in (*story.changes, *story.closing) for event in each.events]
    first = [story.who] if story.who is not None else []
    return _chosen([*first, *moves, *changes], event_id, story.resource.resource)


def event_of_change(change: Changed, resource: Resource, event_id: str = "") -> Asked | None:
    """The event of this id among those of a change of ``resource``; without an id the last that is certain."""
    latest = list(reversed(change.events))
    return _chosen(sorted(latest, key=lambda each: not each.certain), event_id, resource)


def _chosen(events: Iterable[Told], event_id: str, resource: Resource) -> Asked | None:
    for each in events:
        if each.event_id and event_id in ("", each.event_id):
            return Asked(
                each.account or resource.account, each.region or resource.call_region, each.event_id, each.at
            )
    return None
