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
    from liveaudit.settings import Settings

RETRIES = 8
"""Attempts of one call: the set-up may wait longer for one answer than a worker, which has others to get on with."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SetupContext:
    """What a set-up command works with. ``problems``: what could not be looked up for the installation, in words."""

    settings: Settings
    installation: Installation
    caller: AwsCaller
    catalog: Catalog
    policies: PolicyRegistry
    problems: tuple[str, ...] = ()


def run_setup(given: Path | None, work: Callable[[SetupContext], Awaitable[T]]) -> T:
    """Read the settings, resolve them to the installation, and do ``work`` with it. Raises LiveauditError."""
    import asyncio

    from liveaudit.cli import logs

    logs.configure()
    settings = read_settings(given)
    return asyncio.run(_run(settings, work))


async def _run(settings: Settings, work: Callable[[SetupContext], Awaitable[T]]) -> T:
    from liveaudit.aws.caller import AwsCaller, RoleToAssume
    from liveaudit.services import load

    catalog, policies = load()
    installation = installation_of(settings)
    roles = {
        each.id: RoleToAssume(installation.role_to_assume(each.id), each.external_id)
        for each in installation.accounts
    }
    caller = AwsCaller(roles, home=installation.home, retries=RETRIES)
    try:
        return await work(SetupContext(settings, installation, caller, catalog, policies))
    finally:
        await caller.close()


def installation_of(settings: Settings) -> Installation:
    """The installation that today's settings declare: every account publishes, in every region."""
    from liveaudit.provision.installation import Account, Installation

    return Installation(
        receiver=settings.receiver,
        accounts=tuple(
            Account(
                each.id,
                each.name,
                tuple(sorted(settings.regions)),
                audit_role_arn=each.role_arn,
                external_id=each.external_id,
            )
            for each in settings.accounts
        ),
        queue=settings.queue,
    )
