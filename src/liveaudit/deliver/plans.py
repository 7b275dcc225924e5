"""The plan that counts now: the settings file is read again as it changes, the console's routes as they are set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import structlog

from liveaudit.deliver.plan import Plan, plan_of
from liveaudit.deliver.routes import Route, route_from
from liveaudit.settings import Settings, SettingsError
from liveaudit.settings.shape_of_routes import RouteSettings
from liveaudit.store import console_routes
from liveaudit.store.console_routes import ConsoleRoute
from liveaudit.store.database import Database

log = structlog.get_logger(__name__)
LOOK_EVERY = 5.0


@dataclass(slots=True)
class Plans:
    """Gives the plan. ``file``: None: the settings do not change. A file with mistakes changes nothing."""

    database: Database
    settings: Settings
    clock: Callable[[], float]
    file: Path | None = None
    read: Callable[[Path], Settings] | None = None
    _seen: object = None
    _looked: float = float("-inf")
    _set: list[ConsoleRoute] = field(default_factory=list)
    _plan: Plan | None = None

    def ask_for_tags(self) -> bool:
        """Whether a route asks for the tags of resources."""
        return self._plan is not None and self._plan.asks_for_tags

    async def __call__(self) -> Plan:
        """The plan that counts now."""
        now = self.clock()
        if self._plan is not None and now - self._looked < LOOK_EVERY:
            return self._plan
        first, self._looked = self._plan is None, now
        stamp = await asyncio.to_thread(self._stamp)
        changed = stamp != self._seen
        self._seen = stamp
        if changed and not first and self.file is not None and self.read is not None:
            try:
                self.settings = await asyncio.to_thread(self.read, self.file)
            except SettingsError as error:
                log.warning(
                    "the settings file cannot be used, the channels stay as they were", error=str(error)
                )
                changed = False
        stand = await self.database.read(console_routes.list_routes)
        if self._plan is None or changed or stand != self._set:
            self._set = stand
            self._plan = plan_of(self.settings, routes_of(stand))
        return self._plan

    def _stamp(self) -> object:
        try:
            told = self.file.stat() if self.file is not None else None
        except OSError:
            return None
        return None if told is None else (told.st_mtime_ns, told.st_size, told.st_ino)


def routes_of(stand: Sequence[ConsoleRoute]) -> list[Route]:
    """The console's routes, as they count."""
    found = []
    for number, each in enumerate(stand):
        try:
            given = msgspec.convert(each.body, RouteSettings)
        except msgspec.ValidationError as error:
            # an older liveaudit, or a newer one, has set it
            log.warning(
                "a route of the console cannot be used, make it anew", route=each.id, error=str(error)
            )
            continue
        name = given.name or f"console {each.id}"
        found.append(replace(route_from(given, number), name=name, source="console"))
    return found
