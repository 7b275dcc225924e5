"""Where fixes are put together for the programs: with which roles they read and change, by the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

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
from liveaudit.store.database import Database
from liveaudit.store.fixes import FixRefusedError


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


async def mend_by_rules(
    settings: Settings, database: Database, known: Known, reading: Caller, clock: Callable[[], float]
) -> None:
    """Carry out the rules of the settings until this is cancelled. ``reading``: the door with the roles that audit."""
    caller = fix_caller_of(settings)
    try:
        fixer = make_fixer(settings, database, known.catalog, reading, caller, clock)
        await Mender(fixer, known, rules_of(settings), clock).run()
    finally:
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
