"""``liveaudit serve``: the web console, and the worker beside it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import SettingsOption, note, safe
from liveaudit.cli.console_store import StoreOption, place
from liveaudit.cli.watching import (
    LogLevel,
    LogLevelOption,
    MetricsOption,
    metrics_address,
    spans_sent,
    watching,
)

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from liveaudit.cli.console_store import Place
    from liveaudit.store.database import Database
    from liveaudit.store.meter import Meter
    from liveaudit.traces.spans import Sink
    from liveaudit.web.access.reach import Reach
    from liveaudit.web.console import Console
    from liveaudit.web.supervisor import Made


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8430,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Only the console; workers run elsewhere on the same store.")
    ] = False,
    behind_proxy: Annotated[
        str,
        typer.Option(
            "--behind-proxy",
            help="The https:// address by which people reach it, where a proxy with TLS stands before it.",
            metavar="URL",
        ),
    ] = "",
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--trusted-proxy",
            help="Address or network of a proxy whose X-Forwarded-For is believed; else this machine's.",
            metavar="ADDRESS",
        ),
    ] = None,
    metrics: MetricsOption = "",
    log_level: LogLevelOption = LogLevel.INFO,
    store: StoreOption = "",
    settings: SettingsOption = None,
) -> None:
    """Serve the web console and, once the settings can be used, audit what changes.

    Without a settings file the console begins with the set-up, which writes it. As long as there is no user it prints a
    link that lets one browser in, once. Stop with Ctrl-C.
    """
    import uvloop

    from liveaudit.cli import logs
    from liveaudit.web.access.reach import make_reach

    address = metrics_address(metrics)
    reach = make_reach(behind_proxy, trusted_proxy or ())
    where = place(settings, store)
    logs.configure(log_level)
    with spans_sent() as spans:
        uvloop.run(_run(where, reach, (host, port), no_worker, address, spans))


async def _run(
    where: Place,
    reach: Reach,
    listens: tuple[str, int],
    no_worker: bool,
    watched: tuple[str, int] | None,
    spans: Sink,
) -> None:
    from msgspec import UNSET

    from liveaudit.cli.worker import stop_on_signal
    from liveaudit.store import users
    from liveaudit.store.clock import StoreClock
    from liveaudit.web import serving
    from liveaudit.web.access.reach import check_listening
    from liveaudit.web.console import make_console

    database = where.open()
    try:
        anybody = database.read_now(users.anybody)
        by_provider = where.settings is not None and where.settings.console.oidc is not UNSET
        check_listening(listens[0], reach, sign_in=anybody or by_provider)
        console = make_console(
            database, StoreClock(database), where.path, with_worker=not no_worker, spans=spans
        )
        async with AsyncExitStack() as around:
            served = await around.enter_async_context(serving.listening(console, *listens, reach))
            note(f"console at {reach.origin or served.url}")
            if watched is not None:
                url = around.enter_context(
                    watching(database, console.catalog, console.clock, watched, *_collectors(console))
                )
                note(f"metrics at {url}/metrics")
            if not anybody and not by_provider:
                _print_link(database, console.clock(), reach.origin or served.url)
            if where.settings is None:
                note(f"no settings yet: {safe(where.path)} is written by the set-up at {served.url}/setup")
            stop_on_signal(served.stop, "stopping: what is in hand is finished; once more ends at once")
            await served.run()
        note("stopped")
    finally:
        database.close()


def _collectors(console: Console) -> tuple[Collector, ...]:
    """What this process counts: the console, and the worker beside it while one runs."""
    from liveaudit.health.metrics import ProcessCollector, RequestCollector

    def made() -> Made | None:
        return console.supervisor.made if console.supervisor is not None else None

    def meter() -> Meter | None:
        worker = made()
        return worker.meter if worker is not None else None

    def calls() -> dict[tuple[str, str, str, str], int]:
        worker = made()
        return dict(worker.caller.counts) if worker is not None and worker.caller is not None else {}

    return ProcessCollector(meter, calls), RequestCollector(console.requests)


def _print_link(database: Database, now: float, address: str) -> None:
    from liveaudit.web.access.sign_in import one_time_link

    note("nobody can sign in yet. This link lets one browser in as administrator, once, within an hour:")
    note(f"\n    {address}/sign-in/link#{one_time_link(database, now)}\n")
