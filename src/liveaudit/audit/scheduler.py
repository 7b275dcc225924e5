"""Asks for the sweeps whose time has come, and ends those that are done. Every worker has one; the store agrees for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import structlog

from liveaudit.audit.places import places, types_of
from liveaudit.audit.schedule import Schedule
from liveaudit.catalog.catalog import Catalog
from liveaudit.store import audit_log, codec, history, misses, sweeps
from liveaudit.store.database import Database
from liveaudit.store.sweeps import Asked, Place

log = structlog.get_logger(__name__)

PRUNE_EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Watched:
    """An account that is swept: in which regions, which services (empty: all), and whether its events are taken."""

    partition: str
    account: str
    regions: tuple[str, ...]
    services: tuple[str, ...] = ()
    publishes: bool = True


@dataclass(slots=True)
class Scheduler:
    """``clock`` gives Unix seconds, as the store has them. ``audit_log_kept``: for how many days its entries are kept now;
    None: forever.
    """

    database: Database
    catalog: Catalog
    clock: Callable[[], float]
    schedule: Schedule = field(default_factory=Schedule)
    accounts: tuple[Watched, ...] = ()
    audit_log_kept: Callable[[], int | None] = lambda: None
    _left: set[str] = field(default_factory=set)
    _pruned_at: float = 0.0

    def enrol(self, accounts: Iterable[Watched]) -> None:
        """From now on these accounts are swept. Raises nothing; what is to be written is, at the next tick."""
        found = tuple(accounts)
        self._left |= {each.account for each in self.accounts} - {each.account for each in found}
        self.accounts = found

    async def tick(self) -> None:
        """Ask for what is due, end what is done. Raises StoreUnavailableError."""
        left, self._left = self._left, set()
        if left:
            await self.database.write(partial(sweeps.forget, accounts=left))
        if self.schedule.every > 0:
            await self._ask()
        await self._close()
        now = self.clock()
        if now - self._pruned_at >= PRUNE_EVERY:
            self._pruned_at = now
            await self.database.write(partial(misses.prune, now=now))
            forgets = [partial(history.prune, now=now)]
            if (days := self.audit_log_kept()) is not None:
                forgets.append(partial(audit_log.prune, days=days, now=now))
            for forget in forgets:
                while await self.database.write(forget):
                    pass

    async def _ask(self) -> None:
        known = await self.database.read(sweeps.turns)
        for each in self.accounts:
            if not each.regions:
                continue  # not known for now: what it had stays
            now = self.clock()
            all_of_it = places(self.catalog, each.regions, each.services)
            scope = codec.digest(codec.dump([all_of_it, sorted(each.regions), each.publishes]))
            turn = known.get(each.account)
            same = turn is not None and turn.scope == scope
            if same and not self.schedule.is_due(each.account, turn.asked_at if turn else None, now):
                continue
            asked = Asked(each.partition, each.account, all_of_it, each.regions, "")
            why = await self.database.write(
                partial(
                    sweeps.take_turn,
                    asked=asked,
                    before=self.schedule.before(each.account, now),
                    scope=scope,
                    watched=each.publishes,
                    now=now,
                )
            )
            if why:
                log.info("sweep asked for", account=each.account, why=why, places=len(all_of_it))

    async def _close(self) -> None:
        now = self.clock()

        def types(place: Place) -> list[str]:
            return [each.name for each in types_of(self.catalog, place)]

        for sweep in await self.database.write(partial(sweeps.close, now=now, types=types)):
            log.info(
                "swept",
                account=sweep.place.account,
                region=sweep.place.region,
                service=sweep.place.service,
                found=sweep.found,
            )
