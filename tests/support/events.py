"""Events for tests of the services' tables: made up, and recorded from real AWS where those are at hand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import Match, Relevance, match
from liveaudit.model import Actor, Event

RECORDED = Path("/work/shared/events/recorded.jsonl")
ACCOUNT, REGION = "111122223333", "eu-west-1"


def event(
    source: str,
    name: str,
    request: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    *,
    account: str = ACCOUNT,
    region: str = REGION,
    additional: Mapping[str, Any] | None = None,
) -> Event:
    """A successful change. ``source``: as in ``lambda.amazonaws.com``, without what follows the dot."""
    return Event(
        id="e",
        source=f"{source}.amazonaws.com",
        name=name,
        account=account,
        region=region,
        time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        actor=Actor(),
        request=request or {},
        response=response or {},
        additional=additional or {},
    )


def recorded(catalog: Catalog, event_source: str) -> Iterator[tuple[dict[str, Any], Match]]:
    """Every recorded successful change of a source, with what the catalog makes of it. Skips where there are none."""
    if not RECORDED.exists():
        pytest.skip(f"{RECORDED} is not at hand")
    for line in RECORDED.read_text().splitlines():
        record = json.loads(line)
        if record["eventSource"] != event_source or record.get("errorCode") or record.get("readOnly"):
            continue
        made = event(
            event_source.partition(".")[0],
            record["eventName"],
            record.get("requestParameters"),
            record.get("responseElements"),
            account=record.get("recipientAccountId") or ACCOUNT,
            region=record.get("awsRegion") or REGION,
            additional=record.get("additionalEventData"),
        )
        yield record, match(catalog, made)


def named(found: Match) -> set[tuple[str, str, str, frozenset[str]]]:
    """What a match leads to, as (type, id, region, sections)."""
    return {
        (each.resource.type, each.resource.id, each.resource.region, each.sections) for each in found.targets
    }


def unplaced(catalog: Catalog, source: str) -> list[str]:
    """The recorded changes of a source (as in ``event``) that the catalog neither places nor ignores: names and why."""
    return [
        f"{record['eventName']}: {found.reason}"
        for record, found in recorded(catalog, f"{source}.amazonaws.com")
        if found.relevance in (Relevance.UNMAPPED, Relevance.INVALID)
    ]
