"""``liveaudit worker``: polls, audits, until it is told to stop."""

from __future__ import annotations

from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import SettingsOption, note, read_settings, safe, settings_file
from liveaudit.cli.watching import (
    LogLevel,
    LogLevelOption,
    MetricsOption,
    metrics_address,
    spans_sent,
    watching,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from liveaudit.settings import Settings
    from liveaudit.traces.spans import Sink


def worker(
    grace: Annotated[
        float, typer.Option(help="When told to stop: seconds to finish in; the rest is given back.", min=0)
    ] = 25.0,
    metrics: MetricsOption = "",
    log_level: LogLevelOption = LogLevel.INFO,
    settings: SettingsOption = None,
) -> None:
    """Poll every region's queue and audit what changed.

    Ctrl-C or SIGTERM: finish what is in hand and end. A second time: end at once; what was in hand comes again.
    """
    loaded = read_settings(settings, thoroughly=True)
    import uvloop

    from liveaudit.cli import logs

    address = metrics_address(metrics)
    logs.configure(log_level)
    with spans_sent() as spans:
        uvloop.run(_run(loaded, settings_file(settings), grace, address, spans))


async def _run(
    loaded: Settings, file: Path, grace: float, address: tuple[str, int] | None, spans: Sink
) -> None:
    from liveaudit.assembly import caller_of, context_of, make_parts, make_worker
    from liveaudit.health.metrics import ProcessCollector
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
        parts = make_parts(database, caller, context_of(loaded, installation), spans=spans)
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
                process = ProcessCollector(lambda: parts.auditor.meter, lambda: dict(parts.caller.counts))
                url = watched.enter_context(watching(database, catalog, parts.clock, address, process))
                note(f"metrics at {url}/metrics")
            await made.run()
        note("stopped; nothing is in hand")
    finally:
        await caller.close()
        database.close()


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
