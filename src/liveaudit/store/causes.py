"""Causes as rows and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from liveaudit.model import Cause, Expected, Shows
from liveaudit.store import codec


def row_of(cause: Cause) -> dict[str, Any]:
    """The columns of ``due_causes`` that a cause fills."""
    return {
        "cause_id": cause.id,
        "kind": cause.kind,
        "effect": cause.effect,
        "sections": codec.dump(sorted(cause.sections)),
        "change": None if cause.change is None else codec.dump(cause.change),
        "outlook": _outlook(cause),
    }


def cause_of(row: Row[Any]) -> Cause:
    """The cause in a row of ``due_causes``."""
    outlook = codec.load(row.outlook) or {}
    return Cause(
        row.cause_id,
        row.kind,
        frozenset(codec.load(row.sections)),
        row.effect,
        codec.load(row.change),
        tuple(
            Expected(section, Shows(shows), path, tuple(values))
            for section, shows, path, values in outlook.get("expected", ())
        ),
        outlook.get("lasts", 0.0),
        frozenset(outlook.get("done_by", ())),
    )


def _outlook(cause: Cause) -> str | None:
    """What the cause says of the time after it; most say nothing."""
    if not cause.expected and not cause.lasts:
        return None
    return codec.dump(
        {
            "expected": [
                [each.section, each.shows.value, each.path, list(each.values)] for each in cause.expected
            ],
            "lasts": cause.lasts,
            "done_by": sorted(cause.done_by),
        }
    )
