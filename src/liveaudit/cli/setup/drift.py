"""What somebody changed by hand, told by several commands alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from liveaudit.cli.common import note, safe

if TYPE_CHECKING:
    from liveaudit.provision.drifts import Drifts

_MOST_PLACES = 4


def tell_by_hand(drifts: Drifts) -> None:
    """What no roll-out mends, or cannot be looked at, on standard error."""
    for line in drift_lines(drifts):
        note(line)


def drift_lines(drifts: Drifts) -> Iterator[str]:
    """As text, safe for a terminal: what was changed, how it was and is, and what puts it right."""
    for each in drifts.found:
        yield safe(f"CHANGED  {each.account} {each.region}: {each.resource} {each.what}")
        for name, text in (("was", each.expected), ("is ", each.actual)):
            if text:
                yield safe(f"  {name} {text}")
        yield safe(f"  {each.mend}" + (f": {each.command}" if each.command else ""))
    places: dict[tuple[str, str], list[str]] = {}
    for unread in drifts.unread:
        where = f"{unread.account} {unread.region}"
        places.setdefault((unread.resource, unread.reason), []).append(where)
    for (resource, reason), found in places.items():
        more = f" and {len(found) - _MOST_PLACES} more" if len(found) > _MOST_PLACES else ""
        yield safe(f"UNKNOWN  {', '.join(found[:_MOST_PLACES])}{more}: {resource}: {reason}")


def drift_objects(drifts: Drifts, kind: str) -> Iterable[dict[str, Any]]:
    """As JSON objects. ``kind``: the key that tells what an object is."""
    yield from ({kind: "drift", **asdict(each)} for each in drifts.found)
    yield from ({kind: "unread", **asdict(each)} for each in drifts.unread)
