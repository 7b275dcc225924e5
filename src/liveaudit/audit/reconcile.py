"""To whom what happens to a finding is put down: the decisions, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from liveaudit.model import Cause


def responsible(
    causes: Iterable[Cause], sections: frozenset[str] | None, *, root: str = ""
) -> list[Mapping[str, Any]]:
    """The changes among the causes that touch these sections (None: any), the latest last.

    Who touches the ``root`` section may have touched everything.
    """
    return in_order(
        cause.change for cause in touching(causes, sections, root=root) if cause.change is not None
    )


def touching(causes: Iterable[Cause], sections: frozenset[str] | None, *, root: str = "") -> list[Cause]:
    """Those of the causes that touch these sections (None: any)."""
    return [
        cause
        for cause in causes
        if sections is None or not cause.sections or root in cause.sections or bool(cause.sections & sections)
    ]


def in_order(changes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Changes by the time they were made; CloudTrail's whole seconds are told apart by when they were sent."""
    return sorted(
        changes,
        key=lambda change: (
            str(change.get("time", "")),
            float(change.get("hops", {}).get("sent", 0.0)),
            str(change.get("event_id", "")),
        ),
    )


def late_changes(
    changes: Iterable[Mapping[str, Any]], told: Sequence[Mapping[str, Any]], *, read_at: float
) -> list[dict[str, Any]]:
    """Of changes whose events come late those whose effect an earlier audit may have seen already.

    ``told``: the changes that its transition is put down to; ``read_at``: when it had read (Unix seconds). An audit
    sees the newest state, so it may be ahead of the event that tells of it. CloudTrail gives whole seconds: what was
    surely made before the reading is ``certain``, what may have been is not.
    """
    known = {each.get("event_id") for each in told}
    begun = min((str(each["time"]) for each in told if "time" in each), default="")
    found = []
    for change in changes:
        hops = change.get("hops", {})
        made = float(hops.get("event", 0.0))
        if (
            change.get("event_id") in known
            or not begun
            or str(change.get("time", "")) < begun
            or made > read_at
        ):
            continue
        certain = made + 1.0 <= read_at or float(hops.get("sent", read_at + 1)) <= read_at
        found.append({**change, "certain": certain})
    return found
