"""The plan that counts now: the settings file is read again as it changes, the console's routes as they are set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import msgspec
import structlog

from liveaudit.deliver.plan import Plan, plan_of
from liveaudit.deliver.routes import Route, route_from
from liveaudit.settings.followed import Followed
from liveaudit.settings.shape_of_routes import RouteSettings
from liveaudit.store import console_routes
from liveaudit.store.console_routes import ConsoleRoute
from liveaudit.store.database import Database

log = structlog.get_logger(__name__)
LOOK_EVERY = 5.0


@dataclass(slots=True)
class Plans:
    """Gives the plan: what the settings say of channels and routes, and the console's routes."""

    database: Database
    followed: Followed
    clock: Callable[[], float]
    _looked: float = float("-inf")
    _version: int = -1
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
        self._looked = now
        version = await self.followed.look()
        stand = await self.database.read(console_routes.list_routes)
        if self._plan is None or version != self._version or stand != self._set:
            self._version, self._set = version, stand
            self._plan = plan_of(self.followed.settings, routes_of(stand))
        return self._plan


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
        found.append(replace(route_from(given, number), name=name, id=each.id))
    return found
