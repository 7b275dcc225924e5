"""The settings file found, read and checked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from liveaudit.settings import (  # noqa: F401 - their rules are taken in
    rules_of_channel_kinds,
    rules_of_channels,
    rules_of_fixes,
    rules_of_policies,
)
from liveaudit.settings.document import Node, from_plain, read
from liveaudit.settings.fit import Fitting, shape_of
from liveaudit.settings.mistakes import Mistake, Place, SettingsError
from liveaudit.settings.rules import Known, judge
from liveaudit.settings.shape import Settings

DEFAULT_FILE = "liveaudit.yaml"
FILE_VARIABLE = "LIVEAUDIT_SETTINGS"
_STAND_INS = {"receiver": "0" * 12, "regions": "all"}
"""For required fields that are wrong, so that the rest is checked all the same; never let out."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file comes to. ``settings`` is None exactly when there are ``mistakes``. Both lists in the file's order."""

    where: str
    settings: Settings | None
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]

    def usable(self) -> Settings:
        """The settings. Raises SettingsError with every mistake, one a line."""
        if self.settings is None:
            raise SettingsError("\n".join(each.told(self.where) for each in self.mistakes), self.mistakes)
        return self.settings


def find_file(given: Path | None) -> Path | None:
    """The settings file: as given, else of ``LIVEAUDIT_SETTINGS``, else ``liveaudit.yaml`` here, else None."""
    if given is not None:
        return given
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    here = Path(DEFAULT_FILE)
    return here if here.exists() else None


def check(path: Path, known: Known | None = None) -> Checked:
    """Read a file and find everything that is wrong in it. Raises SettingsError when it cannot be read.

    ``known``: the names that there are of services and regions, as far as the caller knows them.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    return check_bytes(data, str(path), known)


def check_bytes(data: bytes, where: str = "settings", known: Known | None = None) -> Checked:
    """As :func:`check`, of a file's content."""
    node, mistakes = read(data)
    if node is None and not mistakes:
        mistakes = [Mistake((), "is empty: a mapping is expected, with receiver, accounts and regions")]
    return Checked(where, None, tuple(mistakes), ()) if node is None else _checked(node, where, known)


def load(path: Path, known: Known | None = None) -> Settings:
    """The settings of a file. Raises SettingsError naming every mistake with its line and field."""
    return check(path, known).usable()


def parse(given: Any, where: str = "settings", known: Known | None = None) -> Settings:
    """The settings of plain data. Raises SettingsError naming every mistake with its field."""
    return check_plain(given, where, known).usable()


def check_plain(given: Any, where: str = "settings", known: Known | None = None) -> Checked:
    """As :func:`check`, of plain data."""
    return _checked(from_plain(given), where, known)


def _checked(node: Node, where: str, known: Known | None) -> Checked:
    fitting = Fitting()
    data = fitting.struct(node, shape_of(Settings))
    mistakes = list(fitting.mistakes)
    settings = None
    if data is not None:
        settings = msgspec.convert({**_STAND_INS, **data}, Settings)
        wrong = {str(each.path[0]) for each in mistakes if each.path}
        for found, text, warning in judge(settings, wrong, known or Known()):
            path = fitting.written(found)
            mistakes.append(Mistake(path, text, fitting.place(path), warning))
    mistakes.sort(key=lambda each: (each.place is None, each.place or Place(0, 0)))
    return Checked(
        where,
        None if any(not each.warning for each in mistakes) else settings,
        tuple(each for each in mistakes if not each.warning),
        tuple(each for each in mistakes if each.warning),
    )
