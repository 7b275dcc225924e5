"""Every event that the plan of the policies names for a covered service is a row, or is ignored with a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liveaudit.reference.unplaced import outside
from liveaudit.services import load

PLAN = Path("/work/shared/reference/policy-plan.md")
CATALOG = load()[0]
_SOURCE = re.compile(r"[a-z0-9-]+\.amazonaws\.com")
_DATED = re.compile(r"(?P<name>[A-Za-z]+?)(20\d{6}(v\d+)?|20\d{2}_\d{2}_\d{2})")


def groups() -> dict[str, tuple[set[str], list[str]]]:
    """Of each group of the plan the sources and the names of its events."""
    found: dict[str, tuple[set[str], list[str]]] = {}
    name = ""
    for line in PLAN.read_text(encoding="utf-8").splitlines() if PLAN.exists() else ():
        if line.startswith("### "):
            name = re.sub(r"\s*\(.*", "", line.removeprefix("### "))
            found[name] = (set(), [])
        elif name and line.startswith("- "):
            sources, events = found[name]
            sources |= set(_SOURCE.findall(line))
            if "/" in (several := line.partition("eventSource: ")[2].partition(";")[0]):
                sources |= {f"{each.strip()}.amazonaws.com" for each in several.split("/")}
            told = line.partition("CloudTrail events that change it: ")[2]
            events += [each.split()[0] for each in told.split(",") if each.strip()]
    return found


def known() -> set[str]:
    """Every event name that a table maps or ignores, and those told to be outside."""
    names = {name for each in outside() for name in each.names}
    for service in CATALOG.services.values():
        names |= service.ignored.keys()
        names |= {event for each in service.types.values() for event in each.changes}
    return names


def spellings(event: str) -> set[str]:
    """A name of the plan as a table may have it: Lambda's and CloudFront's dates may be left out."""
    dated = _DATED.fullmatch(event)
    return {event, dated["name"]} if dated else {event}


def covered() -> list[str]:
    """The groups all of whose services have a table."""
    return [name for name, (sources, _) in groups().items() if all(map(CATALOG.services_of, sources))]


@pytest.mark.skipif(not PLAN.exists(), reason=f"{PLAN} is not on this machine")
@pytest.mark.parametrize("group", covered())
def test_no_planned_event_is_forgotten(group: str) -> None:
    sources, events = groups()[group]
    assert sources
    assert events
    forgotten = [event for event in events if not spellings(event) & known()]
    assert forgotten == [], "map them in the service's table, or ignore them there with a reason"


def test_what_is_told_to_be_outside_has_no_table() -> None:
    for each in outside():
        assert not CATALOG.services_of(each.source), f"{each.source} has a table by now: take it off the list"
