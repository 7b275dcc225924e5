"""The one id that an event keeps from the queue to the alert: the id that CloudTrail gave it. Its trace's id follows from it.

So nothing needs to be carried along or stored: whoever knows the event, in whatever process, knows the trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from liveaudit.model import Cause, responsible_one

AUDIT = "audit:"
"""With this begins the id of what no event is known for."""


def of_changes(changes: Sequence[Mapping[str, Any]], order: int) -> str:
    """Of what is put down to these changes: the id of the event that did it. ``order``: of the audit; it tells where no event
    is known."""
    found = str(responsible_one(changes).get("event_id") or "")
    return found or of_audit(order)


def of_audit(order: int) -> str:
    """Of what no event asked for: the order of its audit, which no other has."""
    return f"{AUDIT}{order}"


def events_of(causes: Iterable[Cause]) -> list[str]:
    """The ids of the events that asked for an audit, in their order."""
    return [
        str(each.change["event_id"])
        for each in causes
        if each.kind == "event" and each.change is not None and each.change.get("event_id")
    ]


def trace_id(correlation: str) -> int:
    """The id of its trace, of 128 bits. A UUID is as long, but some of its bits are always the same, and samplers of a part
    of all traces take the bits for random."""
    return _hashed(correlation, 16)


def first_span(correlation: str) -> int:
    """The id of the span that all others of the trace stand in, of 64 bits."""
    return _hashed(f"first:{correlation}", 8)


def _hashed(text: str, size: int) -> int:
    # no id is 0
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:size]) or 1
