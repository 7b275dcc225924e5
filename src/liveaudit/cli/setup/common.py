"""What the set-up's commands share: from the settings to the installation, and a patient door to AWS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from liveaudit.cli.common import read_settings

if TYPE_CHECKING:
    from liveaudit.aws.caller import AwsCaller
    from liveaudit.catalog.catalog import Catalog
    from liveaudit.policies.policy import PolicyRegistry
    from liveaudit.provision.installation import Installation
    from liveaudit.provision.resolve import Problem
    from liveaudit.settings import Settings

RETRIES = 8
"""Attempts of one call: the set-up may wait longer for one answer than a worker, which has others to get on with."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SetupContext:
    """What a set-up command works with. ``problems``: what is not as the settings want it; to be told."""

    settings: Settings
    installation: Installation
    caller: AwsCaller
    catalog: Catalog
    policies: PolicyRegistry
    problems: tuple[Problem, ...] = ()


def run_setup(
    given: Path | None, work: Callable[[SetupContext], Awaitable[T]], *, whatever: bool = False
) -> T:
    """Read the settings, resolve them to the installation, and do ``work`` with it. Raises LiveauditError.

    ``whatever``: what cannot be looked up is a problem among others, and the work is done with what the settings say by
    themselves.
    """
    import asyncio

    from liveaudit.cli import logs

    logs.configure()
    settings = read_settings(given, thoroughly=True)
    return asyncio.run(_run(settings, work, whatever=whatever))


async def _run(settings: Settings, work: Callable[[SetupContext], Awaitable[T]], *, whatever: bool) -> T:
    from functools import partial

    from liveaudit.aws.caller import AwsCaller
    from liveaudit.model import home_region
    from liveaudit.provision.installation import SetupError
    from liveaudit.provision.resolve import Problem, Resolved, declared, resolve, role_of
    from liveaudit.services import load

    catalog, policies = load()
    caller = AwsCaller(partial(role_of, settings), home=home_region(settings.partition), retries=RETRIES)
    try:
        try:
            found = await resolve(settings, caller, catalog=catalog)
        except SetupError as error:
            found = Resolved(declared(settings), (Problem("", "", str(error)),))
            # the partition is told by the regions, and without it nothing can be called
            if not whatever or found.installation.partition != settings.partition:
                raise
        return await work(
            SetupContext(settings, found.installation, caller, catalog, policies, found.problems)
        )
    finally:
        await caller.close()
