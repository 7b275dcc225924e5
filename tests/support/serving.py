"""A console on a port, in a thread of its own: the server as it is, and a browser or client beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from liveaudit.web.console import Console
from liveaudit.web.serving import Served, listening

PATIENCE = 60.0


class ServingError(Exception):
    """The console did not come up, or did not stop."""


@dataclass
class _Running:
    served: Served | None = None
    loop: asyncio.AbstractEventLoop | None = None
    error: BaseException | None = None


@contextmanager
def serving(console: Console, port: int = 0) -> Iterator[str]:
    """Serve it; gives where. ``port``: 0 for a free one."""
    running, ready = _Running(), threading.Event()

    async def run() -> None:
        running.loop = asyncio.get_running_loop()
        async with listening(console, "127.0.0.1", port) as served:
            running.served = served
            ready.set()
            await served.run()

    def body() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - told to who waits
            running.error = error
        finally:
            ready.set()

    thread = threading.Thread(target=body, name="console of a test", daemon=True)
    thread.start()
    if not ready.wait(PATIENCE) or running.served is None or running.loop is None:
        raise ServingError("the console did not come up") from running.error
    try:
        yield running.served.url
    finally:
        running.loop.call_soon_threadsafe(running.served.stop)
        thread.join(PATIENCE)
    if thread.is_alive() or running.error is not None:
        raise ServingError("the console did not stop in order") from running.error
