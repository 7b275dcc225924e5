"""What the catalog says of events: made up, and recorded from real AWS."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from liveaudit.catalog.targets import Match, Relevance, match
from liveaudit.model import Actor, Event
from liveaudit.services import load

CATALOG, _ = load()
RECORDED = Path("/work/shared/events/recorded.jsonl")


def told(
    source: str,
    name: str,
    request: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    *,
    region: str = "eu-west-1",
) -> Match:
    """What the whole catalog says of one event of account 111122223333."""
    return match(
        CATALOG,
        Event(
            id="e",
            source=source,
            name=name,
            account="111122223333",
            region=region,
            time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            actor=Actor(),
            request=request or {},
            response=response or {},
        ),
    )


def what(found: Match) -> set[tuple[str, str]]:
    """The resources of a match, by type and id."""
    return {(each.resource.type, each.resource.id) for each in found.targets}


def recorded(source: str) -> tuple[list[str], int]:
    """Of the recorded successful changes of a source: those that the catalog cannot place, with why, and how many it can.

    Skips the test where the recorded events are not at hand.
    """
    if not RECORDED.exists():
        pytest.skip("the recorded events stand outside the project")
    unplaced, placed = [], 0
    for line in RECORDED.read_text().splitlines():
        detail = json.loads(line)
        detail = detail.get("detail", detail)
        name = detail.get("eventName", "")
        reads = detail.get("readOnly") or name.startswith(("Describe", "Get", "List"))
        if detail.get("eventSource") != source or reads or detail.get("errorCode"):
            continue
        found = told(
            source,
            name,
            detail.get("requestParameters"),
            detail.get("responseElements"),
            region=detail.get("awsRegion", "us-east-1"),
        )
        if found.relevance == Relevance.UNMAPPED:
            unplaced.append(f"{name}: {found.reason}")
        else:
            placed += 1
    return unplaced, placed
