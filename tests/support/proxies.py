"""A proxy of HTTP on loopback, as companies have one: tunnels for TLS, plain requests passed on, a password if it is wanted."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """``leads``: to which port of this machine each host leads; it has never heard of others. ``asked``: its requests' first lines.

    ``stalls``: it takes requests and says nothing.
    """

    leads: Mapping[str, int] = field(default_factory=dict)
    password: str = ""
    stalls: bool = False
    url: str = ""
    asked: list[str] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
        self.asked.append(first)
        if self.stalls:
            await asyncio.Event().wait()
        if headers.get("proxy-authorization", "") != self._wanted():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        method, target, _ = first.split(" ")
        host = target.rpartition(":")[0] if method == "CONNECT" else urlsplit(target).hostname or ""
        if host not in self.leads:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        inward, outward = await asyncio.open_connection("127.0.0.1", self.leads[host])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = urlsplit(target).path or "/"
            kept = [each for each in lines if not each.lower().startswith("proxy-")]
            outward.write("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""]).encode("latin-1"))
        try:
            await asyncio.gather(_pass(reader, outward), _pass(inward, writer))
        finally:
            outward.close()

    def _wanted(self) -> str:
        return f"Basic {base64.b64encode(self.password.encode()).decode()}" if self.password else ""

    async def stop(self) -> None:
        """End all connections."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65_536):
        writer.write(part)
        await writer.drain()
    with suppress(OSError, NotImplementedError):
        writer.write_eof()


@asynccontextmanager
async def proxy(made: Proxy) -> AsyncIterator[Proxy]:
    """It stands on loopback as long as it is wanted."""
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await made.stop()
        await server.wait_closed()
