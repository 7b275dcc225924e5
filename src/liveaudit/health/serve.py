"""A small HTTP server in a thread: ``/metrics``, ``/healthz`` (alive) and ``/readyz`` (the store answers)."""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from liveaudit.health.metrics import CONTENT_TYPE
from liveaudit.model import LiveauditError

LOOPBACK = "127.0.0.1"
PATIENCE = 10.0
"""Seconds that a client may take to say what it wants."""
_ADDRESS = re.compile(r"(?:(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[A-Za-z0-9.-]*)):)?(?P<port>\d{1,5})")


class AddressError(LiveauditError):
    """No address that can be listened on; the text says why."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What is served. ``alive``, ``ready`` say in words why not; empty: it is."""

    metrics: Callable[[], bytes]
    alive: Callable[[], str]
    ready: Callable[[], str]


def parse_address(given: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``PORT`` (on loopback). Raises AddressError."""
    found = _ADDRESS.fullmatch(given)
    port = int(found["port"]) if found else -1
    if found is None or port > 65_535:
        raise AddressError(f"{given[:60]!r} is no address; write 9464, 0.0.0.0:9464 or [::1]:9464")
    if found["v6"]:
        try:
            return str(ipaddress.IPv6Address(found["v6"])), port
        except ValueError as error:
            raise AddressError(f"{given[:60]!r} is no IPv6 address; write [::1]:9464") from error
    return found["host"] or LOOPBACK, port


@contextmanager
def serving(address: tuple[str, int], pages: Pages) -> Iterator[str]:
    """Serve as long as this lasts; gives the URL. Raises AddressError when the address cannot be listened on."""

    class _Asked(_Handler):
        served = pages

    class _Server(ThreadingHTTPServer):
        address_family = _family(address[0])
        daemon_threads = True

    try:
        server = _Server(address, _Asked)
    except OSError as error:
        raise AddressError(
            f"{address[0]}:{address[1]} cannot be listened on ({error.strerror}): choose another address or port"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="liveaudit-metrics", daemon=True)
    thread.start()
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _family(host: str) -> Any:
    import socket

    return socket.AF_INET6 if ":" in host else socket.AF_INET


class _Handler(BaseHTTPRequestHandler):
    served: ClassVar[Pages]
    timeout = PATIENCE
    server_version = "liveaudit"
    sys_version = ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(HTTPStatus.OK, CONTENT_TYPE, self.served.metrics())
        elif path == "/healthz":
            self._state(self.served.alive())
        elif path == "/readyz":
            self._state(self.served.ready())
        else:
            told = b"there is /metrics, /healthz and /readyz\n"
            self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", told)

    do_HEAD = do_GET  # noqa: N815 - as http.server wants it

    def _state(self, wrong: str) -> None:
        status = HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK
        self._answer(status, "text/plain; charset=utf-8", f"{wrong or 'ok'}\n".encode())

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Nothing: scrapes come all the time, and what is asked for is whatever somebody types."""
