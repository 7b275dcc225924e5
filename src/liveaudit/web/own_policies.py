"""The users' own policies as the console knows them: followed while it is served, whoever runs the worker."""

from __future__ import annotations

import asyncio

import structlog

from liveaudit.assembly import follow_own
from liveaudit.custom.following import FolderError
from liveaudit.settings import SettingsError
from liveaudit.web.console import Console

log = structlog.get_logger(__name__)
LOOK_EVERY = 5.0
"""Seconds between two looks at the folder."""


async def follow(console: Console, look_every: float = LOOK_EVERY) -> None:
    """Take in what changes, until it is cancelled."""
    told = ""
    while True:
        wrong = await asyncio.to_thread(look, console)
        if wrong and wrong != told:
            log.warning("your own policies are not followed", reason=wrong)
        told = wrong
        await asyncio.sleep(look_every)


def look(console: Console) -> str:
    """Take in what there is now. Why that cannot be; empty: it is done."""
    try:
        settings = console.settings()
        if settings is not None:
            follow_own(settings, console.settings_path)
    except (SettingsError, FolderError) as error:
        return str(error)
    return ""
