"""Counts what the console answers, for its metrics. Plain ASGI, outside of everything else: refusals count too."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveaudit.health.requests import Requests

_NO_ANSWER = 499
"""The code for a client that went away before the answer began, as many servers write it."""


class Counting:
    """Counts every request when its answer begins; a stream, which is as long as its listener stays, by its number alone."""

    def __init__(
        self, app: ASGIApp, requests: Requests, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._app, self._requests, self._ticks = app, requests, ticks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._ticks()
        code, stream = _NO_ANSWER, False

        async def answered(message: Message) -> None:
            nonlocal code, stream
            if message["type"] == "http.response.start":
                code = int(message["status"])
                kind = dict(message.get("headers", [])).get(b"content-type", b"")
                stream = kind.startswith(b"text/event-stream")
            await send(message)

        try:
            await self._app(scope, receive, answered)
        except Exception:
            code = 500
            raise
        finally:
            seconds = None if stream else self._ticks() - began
            self._requests.answered(kind_of(scope["path"]), code, seconds)


def kind_of(path: str) -> str:
    """What is asked for; never the path itself, of which anybody can make up as many as he likes."""
    if path.startswith("/static/"):
        return "static"
    return "api" if path.startswith("/api/") else "page"
