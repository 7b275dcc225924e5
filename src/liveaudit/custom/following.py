"""The folder of users' policies followed while a process runs: what changes in it is taken in at once.

A policy whose file has a mistake goes on as it was before. One that was never seen whole is UNKNOWN on each of its
resources, with the mistake as the reason, so that what stands of it stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.common import Common
from liveaudit.custom.files import Broken, Loaded, ReadFile, load_folder, names_in
from liveaudit.custom.taking_in import take_in
from liveaudit.model import LiveauditError, Severity, Verdict, unknown
from liveaudit.policies.policy import BUILT_IN, Policy, PolicyKind
from liveaudit.services import load
from liveaudit.settings import Settings

log = structlog.get_logger(__name__)


class FolderError(LiveauditError):
    """The folder of users' policies cannot be read."""


@dataclass(frozen=True, slots=True)
class FileHealth:
    """How a file fares. ``held``: policies that go on as they were before; ``unknown``: those never seen whole."""

    name: str
    policies: tuple[str, ...]
    mistakes: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def folder_of(settings: Settings, file: Path | None) -> Path | None:
    """The folder that the settings name, from the settings file on; None: they name none."""
    if not settings.custom_policies:
        return None
    return (file.parent if file is not None else Path()) / settings.custom_policies


@dataclass(slots=True)
class Following:
    """``more``: the users' policies that come from elsewhere, asked whenever files are taken in."""

    more: Callable[[], Iterable[Policy]] = tuple
    health: tuple[FileHealth, ...] = ()
    trouble: str = ""
    _seen: object = None
    _good: dict[str, tuple[Policy, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, folder: Path | None) -> bool:
        """Look at the folder, and take in what it holds if that is anything else than before. From any thread.

        Raises FolderError when the folder cannot be read and never could.
        """
        with self._lock:
            stamp = _stamp(folder)
            if stamp == self._seen:
                return False
            more = list(self.more())
            taken = {each.id: each.origin for each in more}
            loaded = Loaded() if folder is None else load_folder(folder, taken=taken)
            if loaded.trouble and self._seen is None:
                # to begin without them would archive what they have found
                raise FolderError(
                    f"{loaded.trouble}: make it readable, or take custom_policies out of the settings"
                )
            self._take(loaded, more)
            self._seen = stamp
            return True

    def of(self, policy_id: str) -> FileHealth | None:
        """The file with mistakes in it that a policy comes from; None: it is as its file says."""
        return next((each for each in self.health if policy_id in (*each.held, *each.unknown)), None)

    def _take(self, loaded: Loaded, more: Collection[Policy]) -> None:
        catalog, elsewhere = load()[0], {each.id for each in more}
        before, self._good = self._good, {}
        policies: list[Policy] = []
        health = []
        for each in loaded.files:
            self._good |= {built.spec.id: built.policies for built in each.built}
        if loaded.trouble:
            # what cannot be read goes on as it was
            self._good = before
        for each in loaded.files:
            held, strange = {}, {}
            for one in _missing(each, before):
                if one.id in self._good or one.id in held or one.id in elsewhere or BUILT_IN.named(one.id):
                    continue
                if one.id in before:
                    held[one.id] = before[one.id]
                elif made := tuple(_stand_ins(one, each, catalog)):
                    strange[one.id] = made
            self._good |= held
            policies += [policy for same in strange.values() for policy in same]
            health.append(
                FileHealth(
                    each.name,
                    tuple(built.spec.id for built in each.built),
                    tuple(mistake.told(each.name) for mistake in each.mistakes),
                    tuple(held),
                    tuple(strange),
                )
            )
        policies += [policy for same in self._good.values() for policy in same]
        take_in([*more, *policies])
        self.health, self.trouble = tuple(health), loaded.trouble
        for line in loaded.told():
            log.warning("a mistake in the users' policies", mistake=line)


FOLLOWING = Following()
"""What this process follows: policies are one for all of it."""


def _missing(file: ReadFile, before: dict[str, tuple[Policy, ...]]) -> Iterator[Broken]:
    """The policies of a file that cannot be used as it stands; of one that cannot be read all that it had."""
    if not file.readable:
        yield from (Broken(each) for each, same in before.items() if same[0].origin == file.name)
    yield from file.broken


def _stand_ins(broken: Broken, file: ReadFile, catalog: Catalog) -> Iterator[Policy]:
    """What stands for a policy that was never seen whole, on its types."""
    reason = next((each.told(file.name) for each in file.mistakes), "")

    def judge(**_: Any) -> Verdict:
        """Its file has a mistake: it cannot be known."""
        return unknown(f"the policy's file has a mistake: {reason}"[:300])

    for name in dict.fromkeys(broken.types):
        if name in catalog.types:
            yield Common(
                broken.id,
                catalog.types[name],
                Severity.MEDIUM,
                title=f"{broken.id}: its file has a mistake",
                why=f"It cannot be told what it judges: {reason}",
                fix=f"Mend {file.name}: liveaudit policies test tells what is wrong with it.",
                origin=file.name,
                version="its file has a mistake",
            ).policy(PolicyKind.CEL, judge, ())


def _stamp(folder: Path | None) -> object:
    """Another when something in the folder may be another."""
    if folder is None:
        return ()
    try:
        told = [(each.name, each.stat()) for each in names_in(folder)]
    except OSError as error:
        return (str(folder), error.errno)
    return (str(folder), [(name, one.st_mtime_ns, one.st_size, one.st_ino) for name, one in told])
