"""What the settings file says of policies, put into the store: there all workers, commands and pages find it.

The file is read when a worker begins and whenever it changes; of several workers with different files the one that
read last counts. A file with mistakes changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from msgspec import UNSET
from sqlalchemy import Connection

from liveaudit.model import Severity
from liveaudit.policies.rulebook import Exemption, Setting, State
from liveaudit.policies.scope import FIELDS, Scope
from liveaudit.settings import ExemptionSettings, PolicySettings, ScopeSettings, Settings, SettingsError
from liveaudit.settings.rules_of_policies import moment
from liveaudit.store import codec, rules
from liveaudit.store.database import Database

log = structlog.get_logger(__name__)
_BY = "the settings file"


def scope_from(given: ScopeSettings) -> Scope:
    """A scope as it stands in a file."""
    return Scope(**{name: tuple(getattr(given, name)) for name in FIELDS})


def setting_from(given: PolicySettings, **about: Any) -> Setting:
    """A setting as it stands in a file. ``about``: its id, source, maker and time."""
    return Setting(
        scope=scope_from(given),
        state=None if given.state is UNSET else State(given.state),
        severity=None if given.severity is UNSET else Severity(given.severity),
        parameters={
            name: list(each) if isinstance(each, tuple) else each for name, each in given.parameters.items()
        },
        reason=given.reason,
        **about,
    )


def exemption_from(given: ExemptionSettings, **about: Any) -> Exemption:
    """An exemption as it stands in a file. ``about``: its id, source, maker and time."""
    return Exemption(
        scope=scope_from(given),
        excluding=tuple(scope_from(each) for each in given.excluding),
        reason=given.reason,
        owner=given.owner,
        approver=given.approver,
        ends_at=moment(given.ends),
        **about,
    )


def settings_in(settings: Settings, now: float) -> list[Setting]:
    """The settings of policies in a file, in their order."""
    return [
        setting_from(each, id=f"file-{number}", source=rules.FILE, made_by=_BY, made_at=now)
        for number, each in enumerate(settings.policies, start=1)
    ]


def exemptions_in(settings: Settings, now: float) -> list[Exemption]:
    """The exemptions in a file. What one exempts is its name, so that it may move about in the file."""
    found = {}
    for each in settings.exemptions:
        made = exemption_from(each, id="", source=rules.FILE, made_by=_BY, made_at=now)
        name = codec.digest(
            codec.dump([made.scope.plain(), [one.plain() for one in made.excluding], made.reason])
        )
        found[name] = exemption_from(
            each, id=f"file-{name[:12]}", source=rules.FILE, made_by=_BY, made_at=now
        )
    return list(found.values())


def publish(connection: Connection, settings: Settings, now: float) -> bool:
    """Put what a file says into the store. Returns whether it is anything else than before."""
    changed = rules.publish_settings(connection, settings_in(settings, now))
    return rules.publish_exemptions(connection, exemptions_in(settings, now), now) or changed


@dataclass(slots=True)
class Declared:
    """Keeps what a settings file says of policies in the store. ``file``: None: it does not change."""

    database: Database
    settings: Settings
    clock: Callable[[], float]
    file: Path | None = None
    read: Callable[[Path], Settings] | None = None
    _seen: object = None
    _published: bool = False

    async def step(self) -> None:
        """Put down what the file says, at first and when it has changed."""
        stamp = await asyncio.to_thread(self._stamp)
        if self._published and stamp == self._seen:
            return
        if self._published and self.file is not None and self.read is not None:
            try:
                self.settings = await asyncio.to_thread(self.read, self.file)
            except SettingsError as error:
                self._seen = stamp
                log.warning("the settings file cannot be used, what it said before counts", error=str(error))
                return
        now = self.clock()
        if await self.database.write(lambda connection: publish(connection, self.settings, now)):
            log.info("settings of policies and exemptions taken from the settings file")
        self._seen, self._published = stamp, True

    def _stamp(self) -> object:
        try:
            told = self.file.stat() if self.file is not None else None
        except OSError:
            return None
        return None if told is None else (told.st_mtime_ns, told.st_size, told.st_ino)
