"""The settings as their file says them now: it is read again when it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from liveaudit.settings.mistakes import SettingsError
from liveaudit.settings.shape import Settings

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Followed:
    """``settings``: as they count now, at first as they were given. ``file``: None: they do not change. ``read``: reads it,
    and may raise SettingsError: a file with mistakes changes nothing. ``version``: how often it was read again.
    """

    settings: Settings
    file: Path | None = None
    read: Callable[[Path], Settings] | None = None
    version: int = 0
    _seen: object = None
    _looked: bool = False

    async def look(self) -> int:
        """Read the file again if it has changed since the last look. Returns the version that counts now."""
        stamp = await asyncio.to_thread(self._stamp)
        changed, self._seen = self._looked and stamp != self._seen, stamp
        self._looked = True
        if changed and self.file is not None and self.read is not None:
            try:
                self.settings = await asyncio.to_thread(self.read, self.file)
            except SettingsError as error:
                log.warning("the settings file cannot be used, what it said before counts", error=str(error))
            else:
                self.version += 1
        return self.version

    def _stamp(self) -> object:
        try:
            told = self.file.stat() if self.file is not None else None
        except OSError:
            return None
        return None if told is None else (told.st_mtime_ns, told.st_size, told.st_ino)
