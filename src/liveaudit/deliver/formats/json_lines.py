"""JSON Lines: each finding whole, as ``liveaudit findings list --json`` tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from liveaudit.deliver.interface import Found
from liveaudit.deliver.shapes import as_json
from liveaudit.text import iso

_TIMES = ("opened_at", "closed_at", "updated_at", "closed_before")
_HOPS = ("opened_hops", "closed_hops")


def plain(found: Found) -> dict[str, Any]:
    """A finding with the texts of its policy and times that people can read."""
    told = dict(found.finding)
    for name in _TIMES:
        if name in told:
            told[name] = iso(told[name])
    for name in _HOPS:
        told[name] = None if told[name] is None else {hop: iso(at) for hop, at in told[name].items()}
    texts = found.texts
    told |= {
        "title": texts.title,
        "why": texts.why,
        "fix": texts.fix,
        "frameworks": {name: list(each) for name, each in texts.controls.items()},
    }
    return told


class JsonLines:
    """One JSON object a line."""

    name = "jsonl"
    title = "JSON Lines"
    media_type = "application/x-ndjson"
    suffix = "jsonl"

    def write(self, found: Iterable[Found]) -> Iterator[bytes]:
        """A line for each."""
        for each in found:
            yield as_json(plain(each)) + b"\n"
