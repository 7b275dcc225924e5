"""``liveaudit status``: healthy or not and why, then the figures."""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_ERROR,
    EXIT_INCOMPLETE,
    JsonOption,
    SettingsOption,
    account_ids,
    ago,
    iso,
    open_store,
    print_json,
    print_table,
    read_settings,
    safe,
)

if TYPE_CHECKING:
    from liveaudit.health.rules import Seen, Trouble
    from liveaudit.settings import Settings
    from liveaudit.store.health import Figures

_BAR = 24


def status(
    account: Annotated[
        str, typer.Option(help="Show only this account's figures.", callback=account_ids)
    ] = "",
    region: Annotated[str, typer.Option(help="Show only this region's figures.")] = "",
    no_aws: Annotated[
        bool, typer.Option("--no-aws", help="Call nothing: leave out what only AWS can tell.")
    ] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show whether liveaudit is healthy and why not: workers, accounts, queues, latencies, what is not known.

    Ends with 0 when it is, with 1 when it is not, with 3 when something could not be looked at.
    """
    import asyncio

    from liveaudit.health.rules import Level, summary, troubles

    loaded = read_settings(settings)
    seen = asyncio.run(_look(loaded, no_aws))
    found = troubles(seen)
    if as_json:
        _print_json(seen, found, account, region)
    else:
        sys.stdout.write(safe(summary(found)) + "\n")
        for each in found:
            sys.stdout.write(f"  {each.level:<9}  {safe(each.where)}: {safe(each.text)}\n")
        _print(narrowed(seen, account, region))
    levels = {each.level for each in found}
    if Level.UNHEALTHY in levels:
        raise typer.Exit(EXIT_ERROR)
    if Level.UNKNOWN in levels:
        raise typer.Exit(EXIT_INCOMPLETE)


async def _look(settings: Settings, no_aws: bool) -> Seen:
    from liveaudit.assembly import caller_of
    from liveaudit.custom.following import FOLLOWING
    from liveaudit.health.rules import Seen
    from liveaudit.provision.queue_state import queue_states, undelivered
    from liveaudit.provision.resolve import declared, resolve
    from liveaudit.services import load
    from liveaudit.store.clock import StoreClock
    from liveaudit.store.health import read_figures

    with closing(open_store(settings)) as database:
        now = StoreClock(database)()
        figures = database.read_now(partial(read_figures, now=now))
    installation = declared(settings)
    if no_aws:
        enrolled = None if settings.needs_lookup else _publishing(installation)
        regions = () if settings.needs_lookup else installation.regions
        return Seen(figures, installation.queue, regions, enrolled, own_policies=FOLLOWING.mistakes())
    caller = caller_of(settings)
    try:
        resolved = await resolve(settings, caller, catalog=load()[0])
        installation = resolved.installation
        queues = await queue_states(caller, installation, installation.regions)
        beyond = await undelivered(caller, installation)
    finally:
        await caller.close()
    problems = tuple(str(each) for each in resolved.problems)
    return Seen(
        figures,
        installation.queue,
        installation.regions,
        _publishing(installation),
        queues,
        beyond,
        problems,
        FOLLOWING.mistakes(),
    )


def _publishing(installation: Any) -> frozenset[str]:
    return frozenset(each.id for each in installation.publishers)


def narrowed(seen: Seen, account: str, region: str) -> Seen:
    """The figures of one account, or region, or both; empty: all."""
    from dataclasses import replace

    def fits(an_account: str, a_region: str = "") -> bool:
        return (not account or an_account == account) and (not region or not a_region or a_region == region)

    figures = seen.figures
    return replace(
        seen,
        figures=replace(
            figures,
            last=[each for each in figures.last if fits(each.account, each.region)],
            due={place: rows for place, rows in figures.due.items() if fits(*place)},
            unknown={key: number for key, number in figures.unknown.items() if fits(key[0], key[1])},
            reasons=[each for each in figures.reasons if fits(each.account)],
            recall=[each for each in figures.recall if fits(each.account)],
            throttled=[each for each in figures.throttled if fits(each.account, each.region)],
        ),
        queues=None
        if seen.queues is None
        else {name: state for name, state in seen.queues.items() if not region or name == region},
        undelivered=None
        if seen.undelivered is None
        else {place: state for place, state in seen.undelivered.items() if fits(*place)},
    )


def _places(figures: Figures) -> list[dict[str, Any]]:
    from liveaudit.store.health import DueRows

    last = {(each.account, each.region): each for each in figures.last}
    unknown: dict[tuple[str, str], int] = {}
    for (account, region, _), number in figures.unknown.items():
        unknown[account, region] = unknown.get((account, region), 0) + number
    rows = []
    for place in sorted({*last, *figures.due, *unknown}):
        due, event = figures.due.get(place, DueRows()), last.get(place)
        rows.append(
            {
                "account": place[0],
                "region": place[1],
                "last_event": iso(event.made_at) if event else None,
                "taken_in": iso(event.taken_at) if event else None,
                "last_hour": round(event.last_hour) if event else 0,
                "due": due.late,
                "oldest_due": round(figures.at - due.oldest, 1) if due.oldest is not None else None,
                "sweeping": due.sweeping,
                "tried_again": due.tried,
                "unknown": unknown.get(place, 0),
            }
        )
    return rows


def _print_json(seen: Seen, found: list[Trouble], account: str, region: str) -> None:
    from liveaudit.health.rules import Level, summary

    healthy = not any(each.level is Level.UNHEALTHY for each in found)
    print_json(
        {"what": "summary", "healthy": healthy, "text": summary(found), "at": iso(seen.figures.at)},
    )
    for trouble in found:
        told = {"level": trouble.level, "rule": trouble.rule, "where": trouble.where, "text": trouble.text}
        print_json({"what": "trouble", **told})
    seen = narrowed(seen, account, region)
    figures = seen.figures
    for worker in figures.workers:
        print_json(
            {
                "what": "worker",
                "id": worker.id,
                "host": worker.host,
                "pid": worker.pid,
                "version": worker.version,
                "since": iso(worker.since),
                "seen": iso(worker.seen_at),
                "vanished": worker.vanished(figures.at),
                "queues": worker.queues,
                "messages": worker.messages,
                "audits": figures.held.get(worker.id, 0),
            }
        )
    for row in _places(figures):
        print_json({"what": "place", **row})
    for name, state in sorted((seen.queues or {}).items()):
        print_json(
            {
                "what": "queue",
                "region": name,
                "waiting": None if state.reason else state.waiting,
                "in_flight": None if state.reason else state.in_flight,
                "dead_letters": None if state.reason else state.dead_letters,
                "exists": None if state.reason else state.exists,
                "reason": state.reason,
            }
        )
    for (publisher, name), state in sorted((seen.undelivered or {}).items()):
        number = None if state.reason else state.dead_letters
        print_json(
            {
                "what": "undelivered",
                "account": publisher,
                "region": name,
                "number": number,
                "reason": state.reason,
            }
        )
    for hop, histogram in figures.latencies:
        told_hop: dict[str, Any] = {"what": "latency", "hop": hop, "count": histogram.count}
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            quantile = histogram.quantile(share)
            if quantile is not None:
                told_hop[name] = round(quantile.at, 4)
                told_hop[f"{name}_between"] = [round(quantile.least, 4), round(quantile.most, 4)]
        print_json(told_hop)
    for each in figures.reasons:
        print_json(
            {
                "what": "unknown",
                "account": each.account,
                "kind": each.kind,
                "reason": each.reason,
                "number": each.number,
            }
        )
    for reason, number in sorted(figures.quarantine.items()):
        print_json({"what": "quarantine", "reason": reason, "number": number})
    for place in figures.throttled:
        print_json(
            {
                "what": "throttled",
                "account": place.account,
                "region": place.region,
                "service": place.client,
                "often": place.often,
                "last": iso(place.last),
            }
        )
    for one in figures.recall:
        print_json(
            {
                "what": "recall",
                "service": one.service,
                "account": one.account,
                "brought": one.brought,
                "late": one.late,
                "missed": one.missed,
                "waiting": one.waiting,
                "recall": one.recall,
            }
        )


def _print(seen: Seen) -> None:
    figures = seen.figures
    _table(
        "workers",
        ("worker", "state", "since", "last seen", "queues", "messages", "audits"),
        [
            (
                each.id,
                "vanished" if each.vanished(figures.at) else "alive",
                ago(each.since, figures.at),
                ago(each.seen_at, figures.at),
                len(each.queues),
                each.messages,
                figures.held.get(each.id, 0),
            )
            for each in figures.workers
        ],
    )
    _table(
        "accounts and regions",
        (
            "account",
            "region",
            "last event",
            "last hour",
            "due",
            "oldest",
            "sweeping",
            "tried again",
            "unknown",
        ),
        [
            (
                row["account"],
                row["region"],
                row["last_event"] or "none",
                row["last_hour"],
                row["due"],
                "" if row["oldest_due"] is None else f"{row['oldest_due']:.0f}s",
                row["sweeping"],
                row["tried_again"],
                row["unknown"],
            )
            for row in _places(figures)
        ],
    )
    _print_queues(seen)
    _table("quarantine", ("reason", "messages"), sorted(figures.quarantine.items()))
    _print_latencies(figures)
    _table(
        "unknown verdicts",
        ("number", "account", "kind", "reason"),
        [(each.number, each.account, each.kind, each.reason) for each in figures.reasons[:20]],
    )
    _table(
        "throttled by AWS",
        ("account", "region", "service", "often", "last"),
        [
            (each.account, each.region, each.client, each.often, ago(each.last, figures.at))
            for each in figures.throttled[:20]
        ],
    )
    _table(
        "recall of 30 days",
        ("service", "account", "brought", "late", "missed", "recall"),
        [
            (
                each.service,
                each.account,
                each.brought,
                each.late,
                each.missed,
                "" if each.recall is None else f"{each.recall:.2%}",
            )
            for each in figures.recall
        ],
    )


def _print_queues(seen: Seen) -> None:
    rows: list[tuple[object, ...]] = []
    for region, state in sorted((seen.queues or {}).items()):
        figures: tuple[object, ...] = (state.waiting, state.in_flight, state.dead_letters)
        if state.reason or not state.exists:
            figures = ("UNKNOWN" if state.reason else "missing", "", "")
        rows.append((f"{region}/{seen.queue}", *figures, state.reason))
    for (account, region), state in sorted((seen.undelivered or {}).items()):
        if state.reason or state.dead_letters:
            number = "UNKNOWN" if state.reason else state.dead_letters
            rows.append((f"{account} {region}, undelivered", "", "", number, state.reason))
    _table("queues", ("queue", "waiting", "in flight", "dead letters", ""), rows)


def _print_latencies(figures: Figures) -> None:
    from liveaudit.cli.charts import bar, log_share
    from liveaudit.store.latencies import BOUNDS, QUANTILES
    from liveaudit.text import duration

    rows = []
    for hop, histogram in figures.latencies:
        quantiles = [found.at for share in QUANTILES if (found := histogram.quantile(share)) is not None]
        drawn = bar(log_share(quantiles[1], BOUNDS[0], 3600.0), _BAR)
        rows.append((hop, histogram.count, *(duration(each) for each in quantiles), drawn))
    _table(
        "latencies since the beginning of the last hour (bars: p95 from 1 ms to 1 h, logarithmic)",
        ("hop", "count", "p50", "p95", "p99", ""),
        rows,
    )


def _table(title: str, headings: tuple[str, ...], rows: list[Any]) -> None:
    if rows:
        sys.stdout.write(f"\n{title}\n")
        print_table(headings, rows)
