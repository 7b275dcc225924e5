"""``liveaudit worker``: polls, audits, until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveaudit.cli.common import SettingsOption, note, read_settings, safe

if TYPE_CHECKING:
    from liveaudit.settings import Settings


def worker(settings: SettingsOption = None) -> None:
    """Poll every region's queue and audit what changed. Ctrl-C or SIGTERM: finish what is in hand and end."""
    loaded = read_settings(settings, thoroughly=True)
    import uvloop

    from liveaudit.cli import logs

    logs.configure()
    uvloop.run(_run(loaded))


async def _run(loaded: Settings) -> None:
    import asyncio
    import signal

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
        made = make_worker(loaded, parts, installation=installation)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, made.stop)
        regions = ", ".join(installation.regions)
        note(f"polling {loaded.queue} in {regions} of {loaded.receiver}; stop with Ctrl-C")
        await made.run()
        note("stopped; nothing is in hand")
    finally:
        await caller.close()
        database.close()
