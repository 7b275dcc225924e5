"""What the set-up's commands share: from the settings to the installation, and a patient door to AWS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from liveaudit.cli.common import read_settings

if TYPE_CHECKING:
    from liveaudit.setting_up import SetupContext

T = TypeVar("T")


def run_setup(
    given: Path | None, work: Callable[[SetupContext], Awaitable[T]], *, whatever: bool = False
) -> T:
    """Read the settings, resolve them to the installation, and do ``work`` with it. Raises LiveauditError.

    ``whatever``: what cannot be looked up is a problem among others, and the work is done with what the settings say by
    themselves.
    """
    import asyncio

    from liveaudit.cli import logs
    from liveaudit.setting_up import opened

    logs.configure()
    settings = read_settings(given, thoroughly=True)

    async def run() -> T:
        async with opened(settings, whatever=whatever) as setup:
            return await work(setup)

    return asyncio.run(run())
