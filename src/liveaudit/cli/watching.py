"""What the long-running commands tell those who watch them: ``/metrics``, ``/healthz``, ``/readyz``; and their logs."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import EXIT_USAGE, CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.registry import Collector

    from liveaudit.catalog.catalog import Catalog
    from liveaudit.store.database import Database
    from liveaudit.traces.spans import Sink

MetricsOption = Annotated[
    str,
    typer.Option(
        "--metrics",
        help="Serve /metrics, /healthz and /readyz here; a port alone is on loopback.",
        metavar="[HOST:]PORT",
    ),
]


class LogLevel(StrEnum):
    """How much the log tells."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


LogLevelOption = Annotated[
    LogLevel,
    typer.Option(
        "--log-level",
        envvar="LIVEAUDIT_LOG_LEVEL",
        help="How much the log tells; debug: every event that is taken in and every audit.",
    ),
]


@contextmanager
def spans_sent() -> Iterator[Sink]:
    """Where spans go by OpenTelemetry's environment variables; what is left is sent at the end. Raises TracesError."""
    from liveaudit.traces.otel import sink_of

    sink = sink_of()
    try:
        yield sink
    finally:
        sink.close()


def metrics_address(given: str) -> tuple[str, int] | None:
    """Where to listen; None: nowhere. Raises CommandError."""
    if not given:
        return None
    from liveaudit.health.serve import AddressError, parse_address

    try:
        return parse_address(given)
    except AddressError as error:
        raise CommandError(f"--metrics: {error}", EXIT_USAGE) from error


@contextmanager
def watching(
    database: Database,
    catalog: Catalog,
    clock: Callable[[], float],
    address: tuple[str, int],
    *collectors: Collector,
) -> Iterator[str]:
    """Serve what the process (``collectors``) and its store tell, as long as this lasts; gives the URL.

    To be called in the event loop of which ``/healthz`` tells whether it lives.
    """
    import asyncio

    from liveaudit.health import probes
    from liveaudit.health.metrics import StoreCollector, exposition
    from liveaudit.health.serve import Pages, serving

    def service_of(type_name: str) -> str:
        known = catalog.types.get(type_name)
        return known.service if known is not None else "unknown"

    loop = asyncio.get_running_loop()
    store = StoreCollector(lambda: probes.snapshot(database, clock), service_of)
    pages = Pages(
        metrics=exposition(*collectors, store),
        alive=lambda: probes.alive(loop),
        ready=lambda: probes.ready(database),
    )
    with serving(address, pages) as url:
        yield url
