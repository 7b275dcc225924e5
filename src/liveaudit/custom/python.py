"""Policies written in Python: the files of a folder, and installed packages that name themselves by an entry point.

They are code and run with the rights of the process. A file that others than its owner and its group may write is not
read.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import itertools
import re
import stat
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType

from liveaudit import __version__
from liveaudit.custom.installed import ENTRY_POINTS
from liveaudit.policies.policy import Policy, PolicyKind, collecting
from liveaudit.services import load
from liveaudit.settings.mistakes import Mistake, Place, shown

POLICY_ID = re.compile("[a-z][a-z0-9_]{2,99}")
_PACKAGE = "liveaudit_own_policies"
_LOADS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class PythonPolicies:
    """What was found. ``mistakes``: each with the file or the entry point that it is of."""

    policies: tuple[Policy, ...] = ()
    mistakes: tuple[tuple[str, Mistake], ...] = ()


def files_in(folder: Path) -> list[Path]:
    """The files of a folder that hold policies: not those whose names begin with ``_`` or ``test_``, nor ``conftest.py``."""
    return sorted(
        each
        for each in folder.glob("*.py")
        if not each.name.startswith(("_", "test_")) and each.name != "conftest.py"
    )


def read_folder(folder: Path) -> PythonPolicies:
    """The policies of a folder's files. A file with a mistake gives none, and does not stop the others.

    The files may import from each other, and from those beginning with ``_``, by ``from . import _helpers``. They are
    run anew each time.
    """
    # before anything of a user's runs: what registers meanwhile is taken for the user's own
    load()
    _forget()
    files = files_in(folder)
    if not files:
        return PythonPolicies()
    package = f"{_PACKAGE}_{next(_LOADS)}"
    sys.modules[package] = _package(package, folder)
    importlib.invalidate_caches()
    version = _version(each.read_bytes() for each in sorted(folder.glob("*.py")))
    found = [
        _taken(
            str(each),
            partial(_of_file, package, each),
            each,
            version,
        )
        for each in files
    ]
    return _together(found)


@lru_cache(maxsize=1)
def read_installed() -> PythonPolicies:
    """The policies of installed packages, as they were when they were first asked for in this process."""
    load()
    found = []
    for each in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS), key=lambda one: one.name):
        distribution = each.dist
        version = f"{distribution.name} {distribution.version}" if distribution is not None else ""
        origin = f"{each.value} ({version})" if version else each.value
        found.append(_taken(origin, each.load, None, _version([version.encode(), each.value.encode()])))
    return _together(found)


def _forget() -> None:
    for name in [each for each in sys.modules if each.startswith(_PACKAGE)]:
        del sys.modules[name]


def _package(name: str, folder: Path) -> ModuleType:
    spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    return importlib.util.module_from_spec(spec)


class _UnsafeError(Exception):
    """A file that anybody may write."""


def _of_file(package: str, file: Path) -> object:
    if file.stat().st_mode & stat.S_IWOTH:
        raise _UnsafeError(f"anybody may write this file: chmod o-w {file.name}")
    return importlib.import_module(f"{package}.{file.stem}")


def _taken(origin: str, run: Callable[[], object], file: Path | None, version: str) -> PythonPolicies:
    """What running gave. ``file``: where mistakes have their lines."""
    with collecting() as registry:
        try:
            run()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's file raises is told as its mistake
            return PythonPolicies((), ((origin, _mistake(error, file)),))
    mistakes = [
        (origin, Mistake((), f"the policy's id {shown(each.id)} is none: a-z, 0-9 and _, 3 to 100 of them"))
        for each in registry.own
        if not POLICY_ID.fullmatch(each.id)
    ]
    policies = (
        replace(each, kind=PolicyKind.PYTHON, origin=origin, version=version)
        for each in registry.own
        if POLICY_ID.fullmatch(each.id)
    )
    return PythonPolicies(tuple(policies), tuple(mistakes))


def _mistake(error: BaseException, file: Path | None) -> Mistake:
    text = str(error) if isinstance(error, _UnsafeError) else f"{type(error).__name__}: {error}"
    return Mistake((), text[:500], _place(error, file))


def _place(error: BaseException, file: Path | None) -> Place | None:
    if file is None:
        return None
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return Place(error.lineno or 1, error.offset or 1)
    lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(file)]
    return Place(lines[-1], 1) if lines and lines[-1] else None


def _version(contents: Iterable[bytes]) -> str:
    return hashlib.blake2b(repr([__version__, *contents]).encode(), digest_size=16).hexdigest()


def _together(found: Iterable[PythonPolicies]) -> PythonPolicies:
    parts = list(found)
    return PythonPolicies(
        tuple(policy for each in parts for policy in each.policies),
        tuple(mistake for each in parts for mistake in each.mistakes),
    )
