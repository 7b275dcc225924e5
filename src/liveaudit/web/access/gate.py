"""Before everything else: whose host is meant, how much may be sent, and who sends it.

Plain ASGI, so that a refused body is not even read, and a stream ends when the session behind it has ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveaudit.store.engines import StoreError
from liveaudit.web.access.cookies import SESSION, VISIT, cookie_name, read_cookie
from liveaudit.web.access.identity import Brought, identified
from liveaudit.web.access.principal import Principal
from liveaudit.web.access.reach import Reach
from liveaudit.web.access.secret_words import derived
from liveaudit.web.console import Console

MOST_SENT = 16 << 20
MOST_SENT_BY_NOBODY = 64 << 10
"""Bytes of a request's body."""
LOOK_AGAIN = 20.0
"""Seconds after which a stream's listener is looked at again."""


class _EndedError(OSError):
    """Whoever listens may not any more. An OSError, as when the listener is gone."""


class _TooMuchError(Exception):
    """More was sent than is taken."""


class Gate:
    """Puts into every request's state: ``principal``, ``address``, ``csrf``, ``visit``, ``trouble``."""

    def __init__(
        self,
        app: ASGIApp,
        console: Console,
        reach: Reach,
        *,
        look_again: float = LOOK_AGAIN,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._console, self._reach = app, console, reach
        self._look_again, self._ticks = look_again, ticks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._reach.knows_host(hosts[0]):
            told = (
                "This is not the name of this console. liveaudit serve --behind-proxy URL tells it another.\n"
            )
            await PlainTextResponse(told, 421)(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state.update(principal=None, csrf="", visit="", trouble=None)
        state["address"] = self._address(scope, headers)
        brought = None
        if not scope["path"].startswith("/static/"):
            brought = self._brought(headers, hosts[0], state)
            await self._identify(brought, state)
        most = MOST_SENT_BY_NOBODY if state["principal"] is None else MOST_SENT
        await self._pass(scope, receive, send, most, brought)

    def _address(self, scope: Scope, headers: Headers) -> str:
        peer = scope.get("client") or ("", 0)
        return self._reach.client(str(peer[0]), headers.getlist("x-forwarded-for"))

    def _brought(self, headers: Headers, host: str, state: dict[str, object]) -> Brought:
        # HTTP/2 lets a browser send several; a list of them is one
        cookies = "; ".join(headers.getlist("cookie"))
        session = read_cookie(cookies, cookie_name(SESSION, self._reach, host))
        state["visit"] = read_cookie(cookies, cookie_name(VISIT, self._reach, host))
        return Brought(headers.get("authorization"), session, str(state["address"]))

    async def _identify(self, brought: Brought, state: dict[str, object]) -> None:
        try:
            principal = await identified(self._console.database, self._console.clock, brought)
        except StoreError as error:
            # told when the request is answered, as every error is
            state["trouble"] = error
            return
        state["principal"] = principal
        secret = str(state["visit"])
        if principal is not None and principal.kind == "session":
            secret = brought.session
        state["csrf"] = derived(secret, "csrf") if secret else ""

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, most: int, brought: Brought | None
    ) -> None:
        headers = Headers(scope=scope)
        told = headers.get("content-length", "0")
        if not told.isascii() or not told.isdigit() or len(told) > 18 or int(told) > most:
            await _refused(scope, receive, send)
            return
        left, begun, stream = most, False, False
        looked = self._ticks()

        async def received() -> Message:
            nonlocal left
            message = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    raise _TooMuchError
            return message

        async def sent(message: Message) -> None:
            nonlocal begun, stream, looked
            if message["type"] == "http.response.start":
                begun = True
                kind = dict(message.get("headers", [])).get(b"content-type", b"")
                stream = kind.startswith(b"text/event-stream")
            elif stream and brought is not None and self._ticks() - looked > self._look_again:
                looked = self._ticks()
                if not await self._still(brought):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    raise _EndedError
            await send(message)

        try:
            await self._app(scope, received, sent)
        except _TooMuchError:
            if not begun:
                await _refused(scope, receive, send)
        except (_EndedError, ClientDisconnect):
            return

    async def _still(self, brought: Brought) -> bool:
        try:
            found: Principal | None = await identified(self._console.database, self._console.clock, brought)
        except StoreError:
            return True
        return found is not None


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("More was sent than is taken.\n", 413, headers={"Connection": "close"})(
        scope, receive, send
    )
