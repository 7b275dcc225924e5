"""Files of policies read, checked and built. What is wrong with one policy, or one file, stops none of the others."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.building import Built, build_all
from liveaudit.custom.kinds import KINDS
from liveaudit.custom.located import Located
from liveaudit.custom.shape import FileSpec, PolicySpec
from liveaudit.policies.policy import Policy, PolicyKind
from liveaudit.services import load
from liveaudit.settings.document import Node, read
from liveaudit.settings.fit import Fitting, shape_of
from liveaudit.settings.mistakes import Mistake, Place

ENDINGS = (".yaml", ".yml")
MOST_FILES = 1000


@dataclass(frozen=True, slots=True)
class Broken:
    """A policy that cannot be built, as far as it can be told which one it is. ``mistakes``: what is wrong with it."""

    id: str
    types: tuple[str, ...] = ()
    kind: PolicyKind = PolicyKind.CEL
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file comes to. ``name``: as it is told; ``readable``: whether it could be told at all what stands in it;
    ``others``: its policies that were not built from a text."""

    name: str
    built: tuple[Built, ...] = ()
    broken: tuple[Broken, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    readable: bool = True
    others: tuple[Policy, ...] = ()

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Those that can be used."""
        return (*self.others, *(policy for each in self.built for policy in each.policies))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder comes to. ``trouble``: why it cannot be read itself; empty: it can."""

    files: tuple[ReadFile, ...] = ()
    trouble: str = ""

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All that can be used."""
        return tuple(policy for each in self.files for policy in each.policies)

    @property
    def mistakes(self) -> tuple[tuple[str, Mistake], ...]:
        """Every mistake with its file."""
        return tuple((each.name, mistake) for each in self.files for mistake in each.mistakes)

    def told(self) -> list[str]:
        """Every mistake in a line: file, line, column, field, what is wrong."""
        return [self.trouble] * bool(self.trouble) + [each.told(where) for where, each in self.mistakes]


def names_in(folder: Path) -> list[Path]:
    """The files of policies in a folder, in their order; hidden ones are none. Raises OSError."""
    return sorted(
        each
        for each in folder.iterdir()
        if each.suffix in ENDINGS and not each.name.startswith(".") and each.is_file()
    )


def load_folder(
    folder: Path, catalog: Catalog | None = None, taken: Mapping[str, str] | None = None
) -> Loaded:
    """All policies of a folder, of those files that end in .yaml or .yml. ``taken``: ids that stand elsewhere, and where."""
    try:
        paths = names_in(folder)
    except OSError as error:
        return Loaded(trouble=f"{folder}: cannot be read: {os.strerror(error.errno or 0)}")
    if len(paths) > MOST_FILES:
        return Loaded(trouble=f"{folder}: holds {len(paths)} files, {MOST_FILES} are allowed")
    ids = dict(taken or {})
    return Loaded(tuple(load_file(each, catalog, ids) for each in paths))


def load_file(path: Path, catalog: Catalog | None = None, taken: dict[str, str] | None = None) -> ReadFile:
    """The policies of one file. ``taken``: ids that stand elsewhere, and where; those of this file are added."""
    try:
        data = path.read_bytes()
    except OSError as error:
        text = f"cannot be read: {os.strerror(error.errno or 0)}"
        return ReadFile(path.name, mistakes=(Mistake((), text),), readable=False)
    return load_bytes(data, path.name, catalog, taken, path.parent)


def load_bytes(
    data: bytes,
    name: str,
    catalog: Catalog | None = None,
    taken: dict[str, str] | None = None,
    folder: Path | None = None,
) -> ReadFile:
    """As :func:`load_file`, of a file's content. ``folder``: where it stands."""
    node, mistakes = read(data)
    if node is None and not mistakes:
        mistakes = [Mistake((), "is empty: a mapping is expected, with policies")]
    if node is None:
        broken = tuple(replace(each, mistakes=tuple(mistakes)) for each in _salvaged(data))
        return ReadFile(name, (), broken, tuple(mistakes), readable=False)
    return _Reading(name, data, catalog or load()[0], {} if taken is None else taken, folder).read(node)


@dataclass(slots=True)
class _Reading:
    """One pass over a file."""

    name: str
    data: bytes
    catalog: Catalog
    taken: dict[str, str]
    folder: Path | None

    def read(self, node: Node) -> ReadFile:
        fitting = Fitting()
        data = fitting.struct(node, shape_of(FileSpec)) or {}
        located = Located(self.data.decode("utf-8-sig"), fitting)
        # a test that is wrong leaves its policy as it is
        wrong = {
            each.path[1] for each in fitting.mistakes if len(each.path) > 1 and "tests" not in each.path[2:3]
        }
        kept = fitting.kept.get(("policies",), range(len(data.get("policies", ()))))
        built: list[Built] = []
        broken: dict[int, Broken] = {}
        for number, given in zip(kept, data.get("policies", ()), strict=True):
            if number in wrong:
                continue
            spec = msgspec.convert(given, PolicySpec)
            made, mistakes = build_all(spec, given, self.name, self.catalog, self.taken, self.folder)
            for error in mistakes:
                located.add(("policies", number), error)
            if made is None:
                wrong.add(number)
            else:
                self.taken[spec.id] = self.name
                tests = [("policies", number, "tests", each) for each in range(len(spec.tests))]
                built.append(replace(made, tested_at=tuple(map(fitting.place, tests))))
        for number, each in _items(node):
            if number in wrong:
                own = (one for one in fitting.mistakes if one.path[:2] == ("policies", number))
                broken[number] = replace(_as_told(each), mistakes=tuple(own))
        found = sorted(fitting.mistakes, key=lambda each: (each.place is None, each.place or Place(0, 0)))
        return ReadFile(
            self.name, tuple(built), tuple(each for each in broken.values() if each.id), tuple(found)
        )


def _items(node: Node) -> list[tuple[int, Node]]:
    lists = [value for key, value in node.fields if key.text == "policies"]
    return list(enumerate(lists[0].items)) if lists else []


def _as_told(node: Node) -> Broken:
    """What a policy with mistakes says of its id and types."""
    said = {key.text: value for key, value in node.fields}
    types = [
        each.text for name in ("type", "types") if name in said for each in (said[name], *said[name].items)
    ]
    kind = next((kind for name, kind in KINDS.items() if name in said), PolicyKind.CEL)
    return Broken(said["id"].text if "id" in said else "", tuple(each for each in types if each), kind)


_FIELD = re.compile(rb"^[ \t]*(?:-[ \t]+)?(id|type)[ \t]*:[ \t]*[\"']?([A-Za-z0-9_:]{3,130})", re.MULTILINE)


def _salvaged(data: bytes) -> tuple[Broken, ...]:
    """The policies that seem to stand in a file that is no YAML: lines that look like an id, and the type behind it."""
    found: dict[str, tuple[str, ...]] = {}
    last = ""
    for name, value in _FIELD.findall(data):
        text = value.decode("ascii")
        if name == b"id":
            last = text
            found.setdefault(text, ())
        elif last:
            found[last] = (*found[last], text)
    return tuple(Broken(each, types) for each, types in found.items())
