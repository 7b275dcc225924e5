"""What operators ask for: sweeps now, and another try for messages in quarantine."""

from __future__ import annotations

from functools import partial

from liveaudit.intake.replay import Replayed, replay
from liveaudit.store import quarantine, sweep_pages
from liveaudit.store.sweep_pages import Which
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.health.enrolled import enrolled
from liveaudit.web.health.system import kept_system
from liveaudit.web.problems import Problem

MOST_PLACES = 20_000
"""Places (account, region and service) that are asked for at once; more are a matter of the command line."""
MOST_REPLAYED = 500
"""Messages that are taken in again in one request."""


def sweep_now(console: Console, who: Principal, which: Which) -> int:
    """Ask the workers for sweeps of the places that are meant. Returns how many. Raises Problem where there is none."""
    read, now = console.database.read_now, console.clock()
    number = read(partial(sweep_pages.count, which=which, most=MOST_PLACES + 1))
    if not number:
        raise Problem(
            404,
            "Nothing to sweep",
            "no such account, region and service is watched; a worker asks for the first sweep of what is new by itself",
        )
    if number > MOST_PLACES:
        raise Problem(
            422,
            "Too much at once",
            "name an account, a region or a service; liveaudit sweep --enqueue asks for everything",
            field="account",
        )
    partition = enrolled(console).partition
    asked = 0
    for account in read(partial(sweep_pages.accounts, which=which)):
        ask = partial(sweep_pages.ask_again, account=account, which=which, partition=partition, now=now)
        asked += console.database.write_now(ask)
    told = " ".join(each for each in (which.account, which.region, which.service) if each) or "everything"
    console.log_change(who, "sweep.ask", told, f"{asked} sweeps")
    kept_system(console).outdate()
    return asked


def replay_messages(console: Console, who: Principal, which: quarantine.Which) -> Replayed:
    """Take messages in again, :data:`MOST_REPLAYED` at most. Raises Problem when it is not known whose events are taken."""
    accounts = enrolled(console)
    if not accounts.complete:
        raise Problem(
            409,
            "Not known who is enrolled",
            accounts.problem or "the worker has not looked up the accounts yet; try again in a minute",
        )
    chosen = console.database.read_now(partial(quarantine.ids, which=which, most=MOST_REPLAYED))
    if not chosen:
        return Replayed()
    result = replay(
        console.database,
        console.catalog,
        frozenset(accounts.accounts),
        console.clock,
        quarantine.Which(ids=tuple(chosen)),
    )
    console.log_change(
        who,
        "quarantine.replay",
        f"{len(chosen)} messages",
        f"{result.understood} understood, {sum(result.stay.values())} stay",
    )
    kept_system(console).outdate()
    return result


def purge_messages(console: Console, who: Principal, which: quarantine.Which) -> int:
    """Remove messages for good. Returns how many."""
    removed = console.database.write_now(partial(quarantine.purge, which=which))
    console.log_change(who, "quarantine.purge", _told(which), f"{removed} messages")
    kept_system(console).outdate()
    return removed


def _told(which: quarantine.Which) -> str:
    if which.ids:
        return ", ".join(map(str, which.ids[:20])) + (" and more" if len(which.ids) > 20 else "")
    return " ".join(each for each in (which.reason, which.queue) if each) or "all"
