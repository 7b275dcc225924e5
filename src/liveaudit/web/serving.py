"""The console on a port, and the worker beside it, for as long as both are wanted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn

from liveaudit.model import LiveauditError
from liveaudit.web.access.reach import Reach
from liveaudit.web.app import create_app
from liveaudit.web.console import Console
from liveaudit.web.own_policies import follow
from liveaudit.web.warming import Warming

BACKLOG = 512
GRACE = 5
"""Seconds that requests under way get when the console stops."""


class ListenError(LiveauditError):
    """The address cannot be listened on."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's own business."""
        yield


@dataclass(slots=True)
class Served:
    """A console that is about to be served at ``url``."""

    url: str
    console: Console
    _server: uvicorn.Server
    _socket: socket.socket

    def stop(self) -> None:
        """Have :meth:`run` come back."""
        self._server.should_exit = True
        if self.console.supervisor is not None:
            self.console.supervisor.stop()

    async def run(self) -> None:
        """Serve until :meth:`stop`. Whatever ends the server or the supervisor ends both, and comes through."""
        tasks = [asyncio.create_task(self._serve(), name="console")]
        warming = Warming(self.console)
        following = asyncio.create_task(follow(self.console), name="own policies")
        if self.console.supervisor is not None:
            tasks.append(asyncio.create_task(self.console.supervisor.run(), name="supervisor"))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            following.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(warming.end)
        for each in results:
            if isinstance(each, BaseException):
                raise each

    async def _serve(self) -> None:
        closing = asyncio.create_task(self._end_streams(), name="end streams")
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            closing.cancel()

    async def _end_streams(self) -> None:
        # the server waits for requests under way, and a stream is one that never ends
        while not self._server.should_exit:
            await asyncio.sleep(0.1)
        await self.console.hub.close()


@asynccontextmanager
async def listening(
    console: Console, host: str, port: int, reach: Reach | None = None
) -> AsyncIterator[Served]:
    """The console on an address that is listened on already. Raises ListenError.

    ``reach``: how it is reached from outside; None: not at all.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        # who comes before the server is ready waits, rather than being refused
        bound.listen(BACKLOG)
    except OSError as error:
        raise ListenError(
            f"{host}:{port} cannot be listened on ({error.strerror}): choose others with --host and --port"
        ) from error
    config = uvicorn.Config(
        create_app(console, reach),
        # the gate looks at what proxies say, and believes ours alone
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE,
        lifespan="on",
    )
    name = f"[{host}]" if ":" in host else host
    try:
        yield Served(f"http://{name}:{bound.getsockname()[1]}", console, _Server(config), bound)
    finally:
        bound.close()
