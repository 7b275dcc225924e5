"""``liveaudit worker``: polls, audits, until it is told to stop."""

from __future__ import annotations

from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_USAGE,
    CommandError,
    SettingsOption,
    note,
    read_settings,
    safe,
    settings_file,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from liveaudit.assembly import Parts
    from liveaudit.provision.installation import Installation
    from liveaudit.settings import Settings
    from liveaudit.worker import Worker


def worker(
    grace: Annotated[
        float, typer.Option(help="When told to stop: seconds to finish in; the rest is given back.", min=0)
    ] = 25.0,
    metrics: Annotated[
        str,
        typer.Option(
            help="Serve /metrics, /healthz and /readyz here; a port alone is on loopback.",
            metavar="[HOST:]PORT",
        ),
    ] = "",
    settings: SettingsOption = None,
) -> None:
    """Poll every region's queue and audit what changed.

    Ctrl-C or SIGTERM: finish what is in hand and end. A second time: end at once; what was in hand comes again.
    """
    loaded = read_settings(settings, thoroughly=True)
    import uvloop

    from liveaudit.cli import logs

    address = None
    if metrics:
        from liveaudit.health.serve import AddressError, parse_address

        try:
            address = parse_address(metrics)
        except AddressError as error:
            raise CommandError(f"--metrics: {error}", EXIT_USAGE) from error
    logs.configure()
    uvloop.run(_run(loaded, settings_file(settings), grace, address))


async def _run(loaded: Settings, file: Path, grace: float, address: tuple[str, int] | None) -> None:
    from liveaudit.assembly import caller_of, context_of, make_parts, make_worker
    from liveaudit.provision.resolve import resolve
    from liveaudit.services import load
    from liveaudit.store.database import Database

    database = Database(loaded.store)
    caller = caller_of(loaded)
    try:
        catalog, _ = load()
        resolved = await resolve(loaded, caller, catalog=catalog)
        for problem in resolved.problems:
            note(safe(f"not as the settings want it: {problem}"))
        installation = resolved.installation
        parts = make_parts(database, caller, context_of(loaded, installation))
        made = make_worker(loaded, parts, installation=installation, settings_file=file)
        made.grace = grace
        stop_on_signal(
            made.stop,
            f"stopping: what is in hand is finished, for {grace:g} s at most; once more ends at once",
        )
        regions = ", ".join(installation.regions)
        note(f"polling {loaded.queue} in {regions} of {loaded.receiver}; stop with Ctrl-C")
        async with AsyncExitStack() as watched:
            await watched.enter_async_context(aclosing(parts))
            if address is not None:
                url = await watched.enter_async_context(watching(made, parts, installation, address))
                note(f"metrics at {url}/metrics")
            await made.run()
        note("stopped; nothing is in hand")
    finally:
        await caller.close()
        database.close()


@asynccontextmanager
async def watching(
    made: Worker, parts: Parts, installation: Installation, address: tuple[str, int]
) -> AsyncIterator[str]:
    """Serve what a worker tells of itself and its store, as long as this lasts; gives the URL."""
    import asyncio

    from liveaudit.assembly import LookAgain
    from liveaudit.health import probes
    from liveaudit.health.metrics import ProcessCollector, StoreCollector, exposition
    from liveaudit.health.serve import Pages, serving

    queues: probes.QueueMessages = {}
    look = made.look

    def current() -> Installation:
        return look.last if isinstance(look, LookAgain) else installation

    def service_of(type_name: str) -> str:
        known = parts.catalog.types.get(type_name)
        return known.service if known is not None else "unknown"

    loop = asyncio.get_running_loop()
    pages = Pages(
        metrics=exposition(
            ProcessCollector(parts.auditor.meter, lambda: dict(parts.caller.counts)),
            StoreCollector(lambda: probes.snapshot(parts.database, parts.clock, queues), service_of),
        ),
        alive=lambda: probes.alive(loop),
        ready=lambda: probes.ready(parts.database),
    )
    watcher = asyncio.create_task(probes.watch_queues(parts.caller, current, queues), name="watch queues")
    # what breaks it ends the worker
    watcher.add_done_callback(lambda task: None if task.cancelled() else made.stop())
    try:
        with serving(address, pages) as url:
            yield url
    finally:
        watcher.cancel()
        results = await asyncio.gather(watcher, return_exceptions=True)
    if isinstance(results[0], Exception):
        raise results[0]


def stop_on_signal(stop: Callable[[], None], says: str) -> None:
    """Call ``stop`` at the first SIGINT or SIGTERM, and tell it; the second has its usual effect and ends the process."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()

    def first() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            # Python's own for SIGINT would wait for threads
            signal.signal(number, signal.SIG_DFL)
        note(says)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, first)
