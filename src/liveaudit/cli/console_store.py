"""The store that the console uses, with a settings file or before there is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import not_usable

if TYPE_CHECKING:
    from liveaudit.settings import Settings
    from liveaudit.store.database import Database

DEFAULT_FILE = Path("liveaudit.yaml")
StoreOption = Annotated[
    str,
    typer.Option(
        "--store", help="The store while there is no settings file yet: a database's URL.", metavar="URL"
    ),
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the settings file is or will be, what it says, None: there is none yet, and the store's URL."""

    path: Path
    settings: Settings | None
    store: str

    def open(self) -> Database:
        """The store. Raises StoreError."""
        from liveaudit.store.database import Database

        return Database(self.store)


def place(given: Path | None, store: str) -> Place:
    """What the options say. Without a settings file the store lies beside where it will be. Raises CommandError."""
    from liveaudit.settings import SettingsError, find_file, load
    from liveaudit.store.database import sqlite_url

    path = (given or find_file(None) or DEFAULT_FILE).resolve()
    settings = None
    if path.exists():
        try:
            settings = load(path)
        except SettingsError as error:
            raise not_usable(error) from error
    beside = sqlite_url(path.parent / "liveaudit.sqlite3")
    return Place(path, settings, store or (beside if settings is None else settings.store))
