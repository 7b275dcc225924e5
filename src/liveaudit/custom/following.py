"""The users' policies followed while a process runs: what changes in their folder is taken in at once.

A policy whose file has a mistake goes on as it was before. One that was never seen whole is UNKNOWN on each of its
resources, with the mistake as the reason, so that what stands of it stays.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.building import wrong_controls
from liveaudit.custom.common import Common
from liveaudit.custom.config_rules import files_below
from liveaudit.custom.files import Broken, Loaded, ReadFile, load_folder, names_in
from liveaudit.custom.python import PythonPolicies, read_folder, read_installed
from liveaudit.custom.taking_in import take_in
from liveaudit.model import LiveauditError, Severity, Verdict, unknown
from liveaudit.policies.policy import BUILT_IN, Policy
from liveaudit.services import load
from liveaudit.settings import Settings
from liveaudit.settings.mistakes import Mistake

_Same = tuple[Policy, ...]


class FolderError(LiveauditError):
    """The folder of users' policies cannot be read."""


@dataclass(frozen=True, slots=True)
class FileHealth:
    """How a file fares. ``held``: policies that go on as they were before; ``unknown``: those never seen whole; both with
    what is wrong with them.
    """

    name: str
    policies: tuple[str, ...]
    mistakes: tuple[str, ...] = ()
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def folder_of(settings: Settings, file: Path | None) -> Path | None:
    """The folder that the settings name, from the settings file on; None: they name none."""
    if not settings.custom_policies:
        return None
    return (file.parent if file is not None else Path()) / settings.custom_policies


@dataclass(slots=True)
class Following:
    """``health``: how the files fare; ``trouble``: why the folder cannot be read, empty if it can."""

    health: tuple[FileHealth, ...] = ()
    trouble: str = ""
    _seen: object = None
    _good: Mapping[str, _Same] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, folder: Path | None) -> bool:
        """Look at the folder, and take in what it holds if that is anything else than before. From any thread.

        Raises FolderError when the folder cannot be read and never could.
        """
        with self._lock:
            stamp = _stamp(folder)
            if stamp == self._seen:
                return False
            python = _checked(_read_python(folder))
            taken = {policy.id: each.name for each in python for policy in each.policies}
            loaded = Loaded() if folder is None else load_folder(folder, taken=taken)
            if loaded.trouble and self._seen is None:
                # to begin without them would archive what they have found
                raise FolderError(
                    f"{loaded.trouble}: make it readable, or take custom_policies out of the settings"
                )
            self._take([*python, *loaded.files], keep_all=bool(loaded.trouble))
            self._seen, self.trouble = stamp, loaded.trouble
            return True

    def forget(self) -> None:
        """As if nothing had been followed yet; what is taken in stays until the next step."""
        with self._lock:
            self.health, self.trouble, self._seen, self._good = (), "", None, {}

    def of(self, policy_id: str) -> FileHealth | None:
        """The file with mistakes in it that a policy comes from; None: it is as its file says."""
        return next((each for each in self.health if policy_id in (*each.held, *each.unknown)), None)

    def wrong_with(self, policy_id: str) -> list[str]:
        """What is wrong with the file of a policy, and what that means for it; nothing of one that is as its file says."""
        found = self.of(policy_id)
        if found is None:
            return []
        until = "it judges as it did before" if policy_id in found.held else "it is UNKNOWN on every resource"
        own = found.held.get(policy_id) or found.unknown.get(policy_id)
        return [*(own or found.mistakes), f"until that is mended, {until}"]

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """All that is wrong, each with the file that it is wrong with."""
        found = [(each.name, line) for each in self.health for line in each.mistakes]
        return (*(("custom_policies", each) for each in [self.trouble] if each), *found)

    def told(self) -> list[str]:
        """All that is wrong, one a line."""
        return [line for _, line in self.mistakes()]

    def _take(self, files: list[ReadFile], *, keep_all: bool) -> None:
        catalog = load()[0]
        before = self._good
        good: dict[str, _Same] = dict(before) if keep_all else {}
        for each in files:
            good |= _by_id(each.policies)
        stand_ins: list[Policy] = []
        health = []
        for each in files:
            held: dict[str, _Same] = {}
            strange: dict[str, _Same] = {}
            wrong: dict[str, tuple[str, ...]] = {}
            for one in _missing(each, before):
                if one.id in good or BUILT_IN.named(one.id):
                    continue
                wrong[one.id] = tuple(mistake.told(each.name) for mistake in one.mistakes or each.mistakes)
                if one.id in before:
                    held[one.id] = before[one.id]
                elif made := tuple(_stand_ins(one, each, catalog)):
                    strange[one.id] = made
            good |= held
            stand_ins += [policy for same in strange.values() for policy in same]
            health.append(
                FileHealth(
                    each.name,
                    tuple(_by_id(each.policies)),
                    tuple(mistake.told(each.name) for mistake in each.mistakes),
                    {name: wrong[name] for name in held},
                    {name: wrong[name] for name in strange},
                )
            )
        known = {(each.type, each.id) for same in good.values() for each in same}
        stand_ins = [each for each in stand_ins if (each.type, each.id) not in known]
        take_in([*stand_ins, *(policy for same in good.values() for policy in same)])
        self._good, self.health = good, tuple(health)


FOLLOWING = Following()
"""What this process follows: policies are one for all of it."""


def _by_id(policies: tuple[Policy, ...]) -> dict[str, _Same]:
    found: dict[str, _Same] = {}
    for each in policies:
        found[each.id] = (*found.get(each.id, ()), each)
    return found


def _read_python(folder: Path | None) -> list[PythonPolicies]:
    installed = read_installed()
    return [installed, read_folder(folder)] if folder is not None and folder.is_dir() else [installed]


def python_files(folder: Path) -> list[ReadFile]:
    """The policies in Python of a folder, by file."""
    return _checked([read_folder(folder)])


def _checked(read: list[PythonPolicies]) -> list[ReadFile]:
    """By where they come from, without those that cannot stand beside the others."""
    policies: dict[str, list[Policy]] = {}
    mistakes: dict[str, list[Mistake]] = {}
    seen: set[tuple[str, str]] = set()
    for each in (policy for one in read for policy in one.policies):
        wrong = [str(error) for error in wrong_controls(dict(each.controls))]
        if (each.type, each.id) in seen or BUILT_IN.named(each.id):
            wrong.append("there is a policy of this id already")
        seen.add((each.type, each.id))
        if wrong:
            told = (Mistake((each.id,), text) for text in wrong)
            mistakes.setdefault(each.origin, []).extend(told)
        else:
            policies.setdefault(each.origin, []).append(each)
    for one in read:
        for origin, mistake in one.mistakes:
            mistakes.setdefault(origin, []).append(mistake)
    return [
        ReadFile(
            origin,
            others=tuple(policies.get(origin, ())),
            mistakes=tuple(mistakes.get(origin, ())),
            readable=origin not in mistakes,
        )
        for origin in sorted({*policies, *mistakes})
    ]


def _missing(file: ReadFile, before: Mapping[str, _Same]) -> Iterator[Broken]:
    """The policies of a file that cannot be used as it stands; of one that cannot be read all that it had."""
    if not file.readable:
        yield from (Broken(each) for each, same in before.items() if same[0].origin == file.name)
    yield from file.broken


@dataclass(frozen=True, slots=True)
class StandIn:
    """Judges in the place of a policy that was never seen whole. ``reason``: the mistake."""

    reason: str
    judged: str = "Not at all: every resource is UNKNOWN."
    definition: str = ""

    def __call__(self, **_: Any) -> Verdict:
        """It cannot be known."""
        return unknown(f"the policy's file has a mistake: {self.reason}"[:300])


def _stand_ins(broken: Broken, file: ReadFile, catalog: Catalog) -> Iterator[Policy]:
    """What stands for a policy that was never seen whole, on its types."""
    reason = next((each.told(file.name) for each in broken.mistakes or file.mistakes), "")
    for name in dict.fromkeys(broken.types):
        if name in catalog.types:
            yield Common(
                broken.id,
                catalog.types[name],
                Severity.MEDIUM,
                title=f"{broken.id}: its file has a mistake",
                why="What it judges cannot be told until that is mended.",
                fix=f"Mend {file.name}: liveaudit policies test tells what is wrong with it.",
                origin=file.name,
                version="its file has a mistake",
            ).policy(broken.kind, StandIn(reason), ())


def _stamp(folder: Path | None) -> object:
    """Another when something in the folder may be another."""
    if folder is None:
        return ()
    try:
        told = [(str(each), each.stat()) for each in (*names_in(folder), *files_below(folder))]
    except OSError as error:
        return (str(folder), error.errno)
    return (str(folder), [(name, one.st_mtime_ns, one.st_size, one.st_ino) for name, one in told])
