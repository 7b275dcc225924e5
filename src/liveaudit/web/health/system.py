"""How liveaudit itself fares: what is wrong, workers, queues, sweeps, budgets, gaps; kept between requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from liveaudit.custom.following import FOLLOWING
from liveaudit.health.rules import Level, Seen, Trouble, summary, troubles
from liveaudit.provision.queue_state import QueueState
from liveaudit.store import budgets, gaps, queue_looks, sweep_pages
from liveaudit.store import calls as call_counts
from liveaudit.store.calls import Calls
from liveaudit.store.gaps import Gap
from liveaudit.store.health import Figures, read_figures
from liveaudit.store.queue_looks import QueueLook
from liveaudit.store.sweep_pages import Progress
from liveaudit.web.console import Console
from liveaudit.web.health.enrolled import Enrolled, enrolled
from liveaudit.web.kept import Kept

FRESH = 2.0
"""Seconds that these figures stand."""
LOOKED_WITHIN = 600.0
"""Seconds for which a look at a queue tells how it is."""
MOST_GAPS = 500
MOST_BUDGETS = 200
_NAME = "system"
_LOOKS = {Level.UNHEALTHY: "bad", Level.UNKNOWN: "unknown", Level.WARNING: "warning"}


@dataclass(frozen=True, slots=True)
class System:
    """Everything at one time (Unix seconds). ``level``: the worst, as pages write it; ``polled``: the queues that a living
    worker polls."""

    at: float
    level: str
    summary: str
    troubles: list[Trouble]
    figures: Figures
    queues: list[QueueLook]
    polled: frozenset[str]
    progress: Progress
    calls: list[Calls]


def kept_system(console: Console) -> Kept[System]:
    """The figures of a console."""
    kept: Kept[System] = console.shared.setdefault(_NAME, Kept(partial(_reckon, console), FRESH))
    return kept


def look_of(level: Level) -> str:
    """A level in the word by which pages colour it."""
    return _LOOKS[level]


def level_of(found: list[Trouble]) -> str:
    """The worst of them in that word; ``ok`` when there is none."""
    return next((look_of(level) for level in Level if any(each.level is level for each in found)), "ok")


def _reckon(console: Console) -> System:
    now = console.clock()
    read = console.database.read_now
    figures = read(partial(read_figures, now=now))
    queues = read(queue_looks.list_looks)
    found = troubles(seen_of(enrolled(console), figures, queues))
    alive = [each for each in figures.workers if not each.vanished(now)]
    return System(
        at=now,
        level=level_of(found),
        summary=summary(found),
        troubles=found,
        figures=figures,
        queues=queues,
        polled=frozenset(queue for each in alive for queue in each.queues),
        progress=read(sweep_pages.progress),
        calls=_by_service(read(partial(call_counts.per_account, since=now))),
    )


def seen_of(who: Enrolled, figures: Figures, queues: list[QueueLook]) -> Seen:
    """All that is judged, with the queues as a worker saw them last, if that is not long ago."""
    states = {
        each.queue.partition("/")[0]: QueueState(
            each.waiting, each.in_flight, each.dead_letters, each.present, each.reason
        )
        for each in queues
        if figures.at - each.at < LOOKED_WITHIN and each.queue.partition("/")[2] == who.queue
    }
    return Seen(
        figures,
        who.queue,
        who.regions,
        who.publishers,
        states or None,
        problems=(who.problem,) if who.problem else (),
        own_policies=FOLLOWING.mistakes(),
    )


def _by_service(calls: list[Calls]) -> list[Calls]:
    found: dict[str, Calls] = {}
    for each in calls:
        before = found.get(each.client, Calls("", each.client, "", 0))
        found[each.client] = Calls(
            "",
            each.client,
            "",
            before.calls + each.calls,
            before.throttled + each.throttled,
            before.denied + each.denied,
            before.errors + each.errors,
        )
    return sorted(found.values(), key=lambda each: (-each.calls, each.client))


def gaps_of(console: Console) -> list[Gap]:
    """Changes that the catalog does not know or cannot place, the most frequent first."""
    return console.database.read_now(partial(gaps.list_gaps, limit=MOST_GAPS))


def budgets_of(console: Console, account: str) -> list[tuple[budgets.Place, Mapping[str, Any]]]:
    """The budgets of an account, or those that AWS has throttled, of late first."""
    if account:
        return console.database.read_now(partial(budgets.list_budgets, account=account))
    return console.database.read_now(partial(budgets.list_throttled, most=MOST_BUDGETS))
