"""What is done to findings, one or many: decided, given to somebody, noted; each step is in the audit log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from liveaudit.store import decisions, finding_pages
from liveaudit.store.decisions import Action, Done, UnfitError
from liveaudit.store.finding_wanted import Order, Wanted
from liveaudit.store.life import by_person
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem

AT_ONCE = 200
"""Findings that are written in one transaction."""
MOST = 10_000
"""Findings that one request may touch."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how many findings moved or were written to, how many stand by it already, who refused why."""

    changed: int
    unchanged: int
    refused: dict[str, int] = field(default_factory=dict)
    missing: int = 0


def do(console: Console, who: Principal, ids: Sequence[str], action: Action, text: str) -> Outcome:
    """Do something to findings, by id. ``text``: the reason, the owner or the note. Raises Problem."""
    wanted = sorted(set(ids))
    done: list[Done] = []
    try:
        for chunk in _chunks(wanted):
            write = partial(
                decisions.act,
                ids=chunk,
                action=action,
                text=text,
                by=by_person(who.name),
                now=console.clock(),
            )
            done += console.database.write_now(write)
    except UnfitError as error:
        raise Problem(422, "Not understood", str(error), field=error.field) from error
    refused = Counter(each.refused for each in done if each.refused)
    accepted = [each for each in done if not each.refused]
    written_beside = action in (Action.OWNER, Action.NOTE)
    changed = len(accepted) if written_beside else sum(each.moved for each in accepted)
    target = wanted[0] if len(wanted) == 1 else f"{len(wanted)} findings"
    console.log_change(who, f"finding.{action.replace(' ', '-')}", target, text[:500])
    return Outcome(changed, len(accepted) - changed, dict(refused), len(wanted) - len(done))


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), AT_ONCE):
        yield ids[begin : begin + AT_ONCE]


def matching_ids(console: Console, wanted: Wanted) -> list[str]:
    """The ids of all that match. Raises Problem where they are more than one request may touch."""
    found: list[str] = []
    after = None
    while True:
        page = console.database.read_now(
            partial(finding_pages.page, wanted=wanted, order=Order.OLDEST, after=after, limit=500)
        )
        found += [each["id"] for each in page.items]
        after = page.after
        if len(found) > MOST or (page.total or 0) > MOST:
            raise Problem(
                422, "Too many", f"more than {MOST:,} findings match: narrow the filter down", field="all"
            )
        if after is None:
            return found
