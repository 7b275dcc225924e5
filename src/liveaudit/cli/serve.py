"""``liveaudit serve``: the web console, and the worker beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import EXIT_USAGE, CommandError, SettingsOption, note, safe

if TYPE_CHECKING:
    from liveaudit.settings import Settings

DEFAULT_FILE = Path("liveaudit.yaml")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8430,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Only the console; workers run elsewhere on the same store.")
    ] = False,
    store: Annotated[
        str,
        typer.Option(help="The store while there is no settings file yet: a database's URL.", metavar="URL"),
    ] = "",
    settings: SettingsOption = None,
) -> None:
    """Serve the web console and, once the settings can be used, audit what changes.

    Without a settings file the console begins with the set-up, which writes it. Stop with Ctrl-C.
    """
    import uvloop

    from liveaudit.cli import logs
    from liveaudit.settings import find_file

    path = settings or find_file(None) or DEFAULT_FILE
    logs.configure()
    uvloop.run(_run(path.resolve(), store, host, port, no_worker))


async def _run(path: Path, store: str, host: str, port: int, no_worker: bool) -> None:
    from liveaudit.cli.worker import stop_on_signal
    from liveaudit.store.clock import StoreClock
    from liveaudit.store.database import Database
    from liveaudit.web import serving
    from liveaudit.web.console import make_console

    loaded = _read(path)
    database = Database(store or (loaded.store if loaded is not None else _store_beside(path)))
    try:
        console = make_console(database, StoreClock(database), path, with_worker=not no_worker)
        async with serving.listening(console, host, port) as served:
            note(f"console at {served.url}")
            if loaded is None:
                note(f"no settings yet: {safe(path)} is written by the set-up at {served.url}/setup")
            stop_on_signal(served.stop, "stopping: what is in hand is finished; once more ends at once")
            await served.run()
        note("stopped")
    finally:
        database.close()


def _read(path: Path) -> Settings | None:
    from liveaudit.settings import SettingsError, load

    if not path.exists():
        return None
    try:
        return load(path)
    except SettingsError as error:
        told = "\n".join(safe(line) for line in str(error).splitlines())
        raise CommandError(f"the settings cannot be used\n{told}", EXIT_USAGE) from error


def _store_beside(path: Path) -> str:
    from liveaudit.store.database import sqlite_url

    return sqlite_url(path.parent / "liveaudit.sqlite3")
