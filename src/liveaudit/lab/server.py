"""The HTTP server under the lab: cheroot on loopback, with threads enough for a long poll on every queue."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from cheroot import server as cheroot_server
from cheroot import wsgi

THREADS = 128


class LabServer:
    """Serves one WSGI application on loopback until it is stopped."""

    def __init__(self, host: str, port: int, application: Callable[..., Any]) -> None:
        self._server = wsgi.Server(
            (host, port),
            application,
            numthreads=THREADS,
            request_queue_size=256,
            timeout=60,
            shutdown_timeout=2,
        )
        self._server.ConnectionClass = _Connection
        self._thread: threading.Thread | None = None

    def start(self) -> tuple[str, int]:
        """Bind and serve. Returns host and port. Raises ``OSError`` when the port is taken."""
        self._server.prepare()
        host, port = self._server.bind_addr[:2]
        self._thread = threading.Thread(target=self._server.serve, name="lab-server", daemon=True)
        self._thread.start()
        return str(host), int(port)

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join()


class _Connection(cheroot_server.HTTPConnection):  # type: ignore[misc,unused-ignore]  # cheroot is an extra
    # absolute addresses are how a client asks a proxy, and s3control reaches loopback by using the lab as one
    RequestHandlerClass = functools.partial(cheroot_server.HTTPRequest, strict_mode=False)
