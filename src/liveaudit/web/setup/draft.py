"""The settings as somebody fills them in: kept in the store, so that the set-up can be left and taken up again.

A draft has the settings file's own shape, so whatever can stand in a file can stand in it, and is checked by the same rules.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from liveaudit.aws.regions import known_regions
from liveaudit.provision.installation import Installation
from liveaudit.provision.resolve import declared
from liveaudit.settings import Checked, Known, Mistake, Settings, SettingsError, check_bytes
from liveaudit.settings.written import plain_of, save, written
from liveaudit.store import codec, drafts
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.setup import fields

NAME = "setup"
_BLANK: dict[str, Any] = {"regions": "all"}
_HIDDEN = "the console's own"


@dataclass(frozen=True)
class Drafted:
    """A draft with all that is wrong in it. ``version`` 0: nobody has changed anything yet."""

    plain: Mapping[str, Any]
    checked: Checked
    version: int = 0
    changed_at: float | None = None
    changed_by: str = ""

    @property
    def settings(self) -> Settings | None:
        """The settings that it comes to; None while there are mistakes."""
        return self.checked.settings

    @cached_property
    def installation(self) -> Installation | None:
        """What the draft says by itself, without a call."""
        return None if self.settings is None else declared(self.settings)

    @cached_property
    def sound(self) -> dict[str, Any]:
        """What of it can be shown in a form."""
        return fields.sound(self.plain)

    @cached_property
    def fingerprint(self) -> str:
        """A short name of what it says: a job on another draft is told from one on this."""
        return fingerprint(self.plain)

    def wrong(self, *fields: str) -> list[Mistake]:
        """The mistakes in these fields."""
        return [each for each in self.checked.mistakes if each.path and each.path[0] in fields]

    def warnings(self, *fields: str) -> list[Mistake]:
        """What is probably not meant in these fields."""
        return [each for each in self.checked.warnings if each.path and each.path[0] in fields]

    def file(self, store: str = _HIDDEN) -> str:
        """The draft as a settings file. ``store``: what stands for the store's URL."""
        return written({**self.plain, "store": store})


def fingerprint(plain: Mapping[str, Any]) -> str:
    """A short name of what settings say, wherever they are kept."""
    return codec.digest(codec.dump({name: each for name, each in plain.items() if name != "store"}))


def read(console: Console) -> Drafted:
    """The draft: as it was left, else what the settings file says, else nothing."""
    kept = console.database.read_now(partial(drafts.get, name=NAME))
    if kept is not None:
        return _drafted(console, kept)
    return Drafted(_of_the_file(console), _checked(console, _of_the_file(console)))


def change(console: Console, who: Principal, changes: Mapping[str, Any], version: int | None) -> Drafted:
    """Take some fields over; one that is None is left out from now on. Raises DraftChangedError.

    ``version``: the draft that was looked at.
    """
    plain = {name: each for name, each in {**read(console).plain, **changes}.items() if each is not None}
    return put(console, who, plain, version)


def put(console: Console, who: Principal, plain: Mapping[str, Any], version: int | None) -> Drafted:
    """Write the draft anew. Raises DraftChangedError."""
    given = {name: each for name, each in plain.items() if name != "store"}
    kept = console.database.write_now(
        partial(drafts.put, name=NAME, value=given, by=who.name, now=console.clock(), version=version)
    )
    return _drafted(console, kept)


def forget(console: Console) -> None:
    """Begin again, with what the settings file says."""
    console.database.write_now(partial(drafts.drop, name=NAME))


def new_external_id() -> str:
    """A word that nobody guesses, for the audit roles' trust."""
    return f"liveaudit-{secrets.token_hex(8)}"


def write_file(console: Console, drafted: Drafted) -> Path | None:
    """Put the settings file in place and have the worker look at it. Raises SettingsError.

    Returns where the former file is kept, None when there was none or the same.
    """
    drafted.checked.usable()
    before = _plain_file(console)
    store = before.get("store") or console.database.engine.url.render_as_string(hide_password=False)
    kept = save(console.settings_path, drafted.file(store))
    console.settings_changed()
    return kept


def file_error(console: Console) -> str:
    """What is wrong with the settings file that stands; empty: nothing, or there is none."""
    try:
        console.settings()
    except SettingsError as error:
        return str(error)
    return ""


def is_written(console: Console, drafted: Drafted) -> bool:
    """Whether the settings file says what the draft says."""
    return console.settings_path.exists() and fingerprint(_plain_file(console)) == drafted.fingerprint


def _drafted(console: Console, kept: drafts.Draft) -> Drafted:
    plain = kept.value if isinstance(kept.value, dict) else {}
    return Drafted(plain, _checked(console, plain), kept.version, kept.changed_at, kept.changed_by)


def _checked(console: Console, plain: Mapping[str, Any]) -> Checked:
    known = Known(frozenset(console.catalog.services), known_regions())
    return check_bytes(written(plain).encode(), "settings", known)


def _of_the_file(console: Console) -> dict[str, Any]:
    found = _plain_file(console)
    found.pop("store", None)
    return found or dict(_BLANK)


def _plain_file(console: Console) -> dict[str, Any]:
    try:
        settings = console.settings()
    except SettingsError:
        return {}
    return {} if settings is None else plain_of(settings)
