"""What the commands share: exit codes, errors, output, the settings and the store."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.model import LiveauditError
from liveaudit.text import ago, iso
from liveaudit.text import shown as safe

if TYPE_CHECKING:
    from liveaudit.provision.resolve import Resolved
    from liveaudit.settings import Checked, Settings, SettingsError
    from liveaudit.store.database import Database

__all__ = ["ago", "iso", "safe"]
EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
EXIT_NOT_FOUND = 4

SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings", help="Settings file; else LIVEAUDIT_SETTINGS, else ./liveaudit.yaml.", metavar="FILE"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class CommandError(LiveauditError):
    """A command cannot go on; its text says what to do next."""

    def __init__(self, message: str, exit_code: int = EXIT_ERROR) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def one_of(given: str, known: Iterable[str], option: str) -> None:
    """What was given with an option has to be one of these, or nothing. Raises CommandError."""
    names = list(known)
    if given and given not in names:
        raise CommandError(f"{option}: {given!r} is none of: {', '.join(names)}", EXIT_USAGE)


def account_ids(given: Any) -> Any:
    """The callback of an option that takes an account's id, or several. Raises CommandError for what is none."""
    several = given if isinstance(given, (list, tuple)) else [given]
    wrong = [each for each in several if each and not (len(each) == 12 and each.isascii() and each.isdigit())]
    if wrong:
        raise CommandError(
            f"--account: {wrong[0]!r} is no account's id: twelve digits are expected", EXIT_USAGE
        )
    return given


def print_json(value: Any) -> None:
    """One object on one line of standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, default=str) + "\n")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table, as wide as its longest cells."""
    lines = [[safe(cell) for cell in row] for row in rows]
    widths = [max([len(name), *(len(line[n]) for line in lines)]) for n, name in enumerate(headings)]
    for line in ([name.upper() for name in headings], *lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write(text.rstrip() + "\n")


def write_files(folder: Path, files: Mapping[str, str], option: str) -> Path:
    """Write texts under paths relative to ``folder``, which is made. ``option``: by which the folder was named.

    Raises CommandError where that cannot be.
    """
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            f"{safe(error.filename or folder)}: cannot be written ({error.strerror}): name another folder with {option}"
        ) from error
    return folder


def this_user() -> str:
    """Who runs the command, by the machine; somebody, where it has no name for them, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def note(text: str) -> None:
    """A line for the reader, on standard error."""
    sys.stderr.write(text + "\n")


def settings_file(given: Path | None) -> Path:
    """The settings file that is meant. Raises CommandError when there is none."""
    from liveaudit.settings import find_file

    path = find_file(given)
    if path is None:
        raise CommandError(
            "no settings file: name one with --settings FILE or LIVEAUDIT_SETTINGS, or write ./liveaudit.yaml",
            EXIT_USAGE,
        )
    return path


def not_usable(error: SettingsError) -> CommandError:
    """What is told of settings that cannot be read, or have mistakes."""
    if not error.mistakes:
        return CommandError(
            f"{safe(error)}: name another settings file, or begin one with liveaudit settings new"
        )
    told = "\n".join(safe(line) for line in str(error).splitlines())
    return CommandError(f"the settings cannot be used\n{told}", EXIT_USAGE)


def check_settings(path: Path) -> Checked:
    """A file held against everything that is known: services, regions, policies, and what templates are.

    Raises CommandError when it cannot be read.
    """
    from liveaudit.provision.known import everything_known
    from liveaudit.settings import SettingsError, check

    try:
        settings = check(path).settings
    except SettingsError as error:
        raise not_usable(error) from error
    if settings is not None:
        take_in_own(settings, path, needed=True)
    return check(path, everything_known())


def take_in_own(settings: Settings, path: Path, *, needed: bool = False) -> None:
    """Take in the user's own policies; what is wrong with them is told, and stops nothing.

    ``needed``: where their folder cannot be read, nothing goes on without them. Raises FolderError.
    """
    from liveaudit.custom.installed import are_installed

    if not settings.custom_policies and not are_installed():
        # spares the loading of all services
        return
    from liveaudit.custom.following import FOLLOWING, FolderError, folder_of

    try:
        changed = FOLLOWING.step(folder_of(settings, path))
    except FolderError as error:
        if needed:
            raise
        note(safe(f"without your own policies: {error}"))
        return
    for line in FOLLOWING.told() if changed else ():
        note(safe(f"your own policies: {line}"))


def own_policies_if_any(given: Path | None) -> None:
    """Take in the user's own policies where there are settings; a command that needs none works without."""
    from liveaudit.settings import SettingsError, find_file, load

    path = find_file(given)
    if path is None:
        return
    try:
        take_in_own(load(path), path)
    except SettingsError as error:
        if given is not None:
            raise not_usable(error) from error
        note(safe(f"without your own policies, as the settings cannot be used: {str(error).splitlines()[0]}"))


def read_settings(given: Path | None, *, thoroughly: bool = False) -> Settings:
    """The settings. Raises CommandError when there is no file, and for one with mistakes.

    ``thoroughly``: names of services and regions are checked too, and warnings are told.
    """
    from liveaudit.settings import SettingsError, load

    path = settings_file(given)
    try:
        if not thoroughly:
            loaded = load(path)
            take_in_own(loaded, path)
            return loaded
        checked = check_settings(path)
        for each in checked.warnings:
            note(safe(each.told(checked.where)))
        return checked.usable()
    except SettingsError as error:
        raise not_usable(error) from error


def resolve_settings(settings: Settings) -> Resolved:
    """The accounts and regions of the settings, asked of AWS where they have to be. Raises SetupError."""
    import asyncio

    from liveaudit.assembly import caller_of
    from liveaudit.provision.resolve import resolve
    from liveaudit.services import load

    async def asked() -> Resolved:
        caller = caller_of(settings)
        try:
            return await resolve(settings, caller, catalog=load()[0])
        finally:
            await caller.close()

    return asyncio.run(asked())


def open_store(settings: Settings) -> Database:
    """The store that the settings name."""
    from liveaudit.store.database import Database

    return Database(settings.store)
