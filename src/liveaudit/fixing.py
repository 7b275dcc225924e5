"""Where fixes are put together for the programs: with which roles they read and change, by the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from liveaudit.audit.read import Reader
from liveaudit.audit.reading import State as ReadingState
from liveaudit.audit.reading import Wanted
from liveaudit.aws.caller import AwsCaller, Caller, RoleToAssume
from liveaudit.catalog.catalog import Catalog
from liveaudit.fix.plan import Known
from liveaudit.fix.rules import FixRule, Mender
from liveaudit.fix.run import Fixer
from liveaudit.model import Resource, home_region
from liveaudit.policies.scope import Scope
from liveaudit.provision import names
from liveaudit.provision.installation import SetupError
from liveaudit.settings import Settings
from liveaudit.settings.followed import Followed
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.fixes import Fixing, FixRefusedError

log = structlog.get_logger(__name__)
LOOK_EVERY = 15.0
"""Seconds between two looks at the settings, and at what is to be mended."""


def fix_caller_of(settings: Settings) -> AwsCaller:
    """The door to AWS with the role of fixes. Raises SetupError where none is named."""
    if not settings.fixes.role:
        raise SetupError(
            "fixes are not run from here: name the role that does as fixes.role in the settings, and make it as "
            "liveaudit iam prints it"
        )

    def role(account: str) -> RoleToAssume:
        given = settings.account(account)
        word = (given.external_id if given is not None else "") or settings.external_id
        return RoleToAssume(names.role_arn(settings.partition, account, settings.fixes.role), word)

    return AwsCaller(role, home=home_region(settings.partition))


def rules_of(settings: Settings) -> tuple[FixRule, ...]:
    """The rules of the settings."""
    return tuple(
        FixRule(
            Scope(
                policies=each.policies,
                accounts=each.accounts,
                regions=each.regions,
                resources=each.resources,
                tags=each.tags,
            ),
            each.dry_run,
            each.per_hour,
        )
        for each in settings.fixes.rules
    )


@dataclass(slots=True)
class Mending:
    """Carries out the rules of fixes as the settings file says them now. ``reading``: the door with the roles that audit.

    ``pause`` waits for so many seconds.
    """

    followed: Followed
    database: Database
    known: Known
    reading: Caller
    clock: Callable[[], float]
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    _version: int | None = None
    _mender: Mender | None = None
    _caller: AwsCaller | None = None

    async def run(self) -> None:
        """Until it is cancelled; a fix whose calls are being made is finished first."""
        try:
            while True:
                try:
                    await self.step()
                except StoreUnavailableError as error:
                    log.warning("nothing mended by rules", error=str(error))
                await self.pause(LOOK_EVERY)
        finally:
            await self._close()

    async def step(self) -> list[Fixing]:
        """One look: at the settings, then at what is to be mended. Gives what was run, or put down."""
        version = await self.followed.look()
        if version != self._version:
            await self._take(self.followed.settings)
            self._version = version
        return [] if self._mender is None else await self._mender.step()

    async def _take(self, settings: Settings) -> None:
        before = () if self._mender is None else self._mender.rules
        await self._close()
        rules = rules_of(settings)
        if [each.id for each in rules] != [each.id for each in before]:
            log.info("rules of fixes", rules=[each.id for each in rules])
        if rules:
            self._caller = fix_caller_of(settings)
            fixer = make_fixer(
                settings, self.database, self.known.catalog, self.reading, self._caller, self.clock
            )
            self._mender = Mender(fixer, self.known, rules, self.clock)

    async def _close(self) -> None:
        caller, self._caller, self._mender = self._caller, None, None
        if caller is not None:
            await caller.close()


def make_fixer(
    settings: Settings,
    database: Database,
    catalog: Catalog,
    reading: Caller,
    caller: Caller,
    clock: Callable[[], float],
    *,
    audit: Callable[[str], Awaitable[None]] | None = None,
) -> Fixer:
    """What runs fixes. ``reading``: the door with the roles that audit; ``caller``: that of :func:`fix_caller_of`."""

    async def reread(resource: Resource, wanted: frozenset[str]) -> Mapping[str, Any]:
        read = (await Reader(catalog, reading).read([Wanted(resource, wanted)]))[resource]
        if read.gone:
            raise FixRefusedError("the resource is gone: there is nothing to change any more")
        unread = [each.reason for each in read.sections.values() if each.state is ReadingState.UNKNOWN]
        if unread:
            raise FixRefusedError(f"how it stands now cannot be read: {unread[0]}: try again", passing=True)
        return {name: each.value for name, each in read.sections.items()}

    return Fixer(database, catalog, caller, reread, clock, settings.fixes.per_hour, audit=audit)
