"""What the settings file says of policies, put into the store: there all workers, commands and pages find it.

The file is read when a worker begins and whenever it changes; of several workers with different files the one that
read last counts. A file with mistakes changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from msgspec import UNSET
from sqlalchemy import Connection

from liveaudit.model import Severity
from liveaudit.policies.rulebook import Exemption, Setting, State
from liveaudit.policies.scope import FIELDS, Scope
from liveaudit.settings import ExemptionSettings, PolicySettings, ScopeSettings, Settings
from liveaudit.settings.followed import Followed
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
    """Keeps what a settings file says of policies in the store."""

    database: Database
    followed: Followed
    clock: Callable[[], float]
    _published: int | None = None

    async def step(self) -> None:
        """Put down what the file says, at first and when it has changed."""
        version = await self.followed.look()
        if version == self._published:
            return
        settings, now = self.followed.settings, self.clock()
        if await self.database.write(lambda connection: publish(connection, settings, now)):
            log.info("settings of policies and exemptions taken from the settings file")
        self._published = version
