"""A raw event for whoever may see the finding: asked of AWS with the audit role, once for each look, and put down in the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from liveaudit.assembly import caller_of
from liveaudit.aws.caller import ClosingCaller
from liveaudit.services import remedies
from liveaudit.settings import Settings, SettingsError
from liveaudit.story.finding import tell_finding
from liveaudit.story.known_events import event_of_change, event_of_finding
from liveaudit.story.raw_event import Asked, Found, Missing, Pace, Why, look_up, outcome, told
from liveaudit.story.resource import change_of
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem

OPENS = "raw events: opens"
"""In ``Console.shared``: what opens the door to AWS by the settings."""
_PACE = "raw events: pace"
_STATUS = {
    Why.NOT_YET: 404,
    Why.TOO_OLD: 410,
    Why.NOT_THERE: 404,
    Why.DENIED: 424,
    Why.THROTTLED: 503,
    Why.UNAVAILABLE: 502,
    Why.UNREADABLE: 502,
    Why.NO_SETTINGS: 409,
}


async def of_finding(console: Console, finding_id: str, event_id: str) -> Asked:
    """The event of a finding that is meant; empty: the one that it is put down to. Raises Problem."""
    story = await asyncio.to_thread(
        console.database.read_now,
        partial(
            tell_finding,
            finding_id=finding_id,
            catalog=console.catalog,
            policies=console.policies,
            remedies=remedies(),
        ),
    )
    if story is None:
        raise Problem(404, "No such finding", "it may be of another store, or its resource was removed")
    return _known(event_of_finding(story, event_id), event_id)


async def of_change(console: Console, key: int, change: int, event_id: str) -> Asked:
    """The event of a change of a resource that is meant; empty: the latest. Raises Problem."""
    known = await asyncio.to_thread(
        console.database.read_now, partial(change_of, key=key, change=change, catalog=console.catalog)
    )
    if known is None:
        raise Problem(404, "No such change", "the newest changes of a section are kept, and none for ever")
    listed, changed = known
    return _known(event_of_change(changed, listed.resource, event_id), event_id)


def _known(asked: Asked | None, event_id: str) -> Asked:
    if asked is not None:
        return asked
    if event_id:
        raise Problem(404, "No such event", "event: name one that is told there", field="event")
    raise Problem(404, "No event", "no event is known that did it: it was found otherwise, as by a sweep")


async def look(console: Console, who: Principal, asked: Asked, target: str) -> Found | Missing:
    """Look it up. ``target``: what it is looked at for, for the audit log."""
    try:
        settings = console.settings()
    except SettingsError as error:
        return _without_settings(f"The settings cannot be used: {error}"[:400])
    if settings is None:
        return _without_settings("There are no settings yet that say how an account is entered.")
    opens: Callable[[Settings], ClosingCaller] = console.shared.setdefault(
        OPENS, partial(caller_of, retries=1)
    )
    pace: Pace = console.shared.setdefault(_PACE, Pace(time.monotonic))
    door = opens(settings)
    try:
        found = await look_up(door, asked, now=console.clock(), pace=pace, sleep=asyncio.sleep)
    finally:
        await door.close()
    console.log_change(who, "event.look", target, outcome(asked, found))
    return found


def _without_settings(why: str) -> Missing:
    return Missing(Why.NO_SETTINGS, why, "Set liveaudit up first, or mend the settings.")


def answer(asked: Asked, found: Found | Missing) -> dict[str, Any]:
    """The event as the API tells it. Raises Problem for one that is missing."""
    if isinstance(found, Found):
        return told(asked, found)
    later = {} if found.again is None else {"Retry-After": str(found.again)}
    detail = " ".join(each for each in (found.told, found.advice, found.command) if each)
    raise Problem(_STATUS[found.why], f"The raw event: {found.why.value}", detail, headers=later)
