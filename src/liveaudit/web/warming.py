"""The dear figures are reckoned when the console begins, so that nobody waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from liveaudit.web.console import Console
from liveaudit.web.health.matrix import kept_matrix
from liveaudit.web.health.standing import tallies_of
from liveaudit.web.health.system import kept_system
from liveaudit.web.overview import kept_overview
from liveaudit.web.resources.choices import choices

log = structlog.get_logger(__name__)
PATIENCE = 10.0
"""Seconds for which the end waits for what is being reckoned."""
_FIGURES: tuple[Callable[[Console], object], ...] = (
    lambda console: kept_overview(console).get(),
    lambda console: kept_matrix(console).get(),
    lambda console: kept_system(console).get(),
    lambda console: tallies_of(console, "", ""),
    choices,
)


class Warming:
    """Reckons one after the other in a thread of its own, beginning at once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Leave what was not begun; wait for what was, but not for long."""
        self._ending.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        for reckon in _FIGURES:
            if self._ending.is_set():
                return
            try:
                reckon(self._console)
            except Exception as error:  # noqa: BLE001 - who asks for it is told
                log.warning("figures not reckoned", error=f"{type(error).__name__}: {error}")
