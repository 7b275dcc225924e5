"""What the console's pages work with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request

from liveaudit.catalog.catalog import Catalog
from liveaudit.frameworks.framework import Framework, load_frameworks
from liveaudit.health.requests import Requests
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.services import load
from liveaudit.settings import Settings
from liveaudit.settings import load as load_settings
from liveaudit.store import audit_log
from liveaudit.store.database import Database
from liveaudit.traces.spans import NOWHERE, Sink
from liveaudit.web.access.principal import Principal
from liveaudit.web.live import Hub
from liveaudit.web.supervisor import Supervisor, maker

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Console:
    """The store and what is known, for every page. ``clock``: Unix seconds.

    ``settings_path``: where the settings file is, or will be when the set-up has written it. ``supervisor``: who runs the
    worker; None where no worker runs in this process.
    """

    database: Database
    catalog: Catalog
    policies: PolicyRegistry
    clock: Callable[[], float]
    hub: Hub
    settings_path: Path
    read_settings: Callable[[], Settings | None] = lambda: None
    supervisor: Supervisor | None = None
    requests: Requests = field(default_factory=Requests)
    """What it has answered so far."""
    shared: dict[str, Any] = field(default_factory=dict)
    """What modules of the console keep for as long as it runs, each under its own name."""

    @property
    def frameworks(self) -> Mapping[str, Framework]:
        """All of them, with the users' own policies as they are taken in now."""
        return load_frameworks()

    def settings(self) -> Settings | None:
        """The settings as they are in the file now; None: there is no file yet. Raises SettingsError for mistakes."""
        return self.read_settings()

    def settings_changed(self) -> None:
        """Have the worker look at the settings file again, at once."""
        if self.supervisor is not None:
            self.supervisor.look_again()

    def log_change(self, who: Principal, action: str, target: str, detail: str = "") -> None:
        """Put down in the audit log who changed what: ``action`` as ``finding.suppress``, ``target`` to what.

        In a handler that is ``async`` it is written behind the answer, else before it.
        """
        log.info("changed", by=who.name, action=action, target=target, detail=detail)
        entry = who.entry(action, target, detail)
        written = self.database.submit(partial(audit_log.put, entry=entry, now=self.clock()))
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            written.result()
        else:
            written.add_done_callback(_tell_if_lost)


def _tell_if_lost(written: Future[None]) -> None:
    error = written.exception()
    if error is not None:
        log.error("the audit log was not written", error=str(error))


def settings_reader(path: Path) -> Callable[[], Settings | None]:
    """Reads the settings file as it is now; None: there is none. What it gives raises SettingsError for mistakes."""
    return lambda: load_settings(path) if path.exists() else None


def make_console(
    database: Database,
    clock: Callable[[], float],
    settings_path: Path,
    *,
    with_worker: bool = False,
    spans: Sink = NOWHERE,
) -> Console:
    """A console on a store, with all services, policies and frameworks."""
    catalog, policies = load()
    read = settings_reader(settings_path)
    return Console(
        database=database,
        catalog=catalog,
        policies=policies,
        clock=clock,
        hub=Hub(database),
        settings_path=settings_path,
        read_settings=read,
        supervisor=Supervisor(read, maker(database, settings_path, spans=spans)) if with_worker else None,
    )


def console_of(request: Request) -> Console:
    """The console that a request came to."""
    console: Console = request.app.state.console
    return console


ConsoleDep = Annotated[Console, Depends(console_of)]
