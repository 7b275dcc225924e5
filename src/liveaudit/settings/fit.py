"""Nodes held against the shape: every field of a wrong kind, unknown, missing, twice. All of them, not the first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from liveaudit.settings.document import Kind, Node
from liveaudit.settings.mistakes import Mistake, Path, Place, nearest, shown

_MISSING = object()
_AS_WRITTEN = (Kind.NUMBER, Kind.DATE, Kind.FLAG)
"""What stands for a name as it is written, where any names may stand."""


@lru_cache(maxsize=8)
def shape_of(struct: type[msgspec.Struct]) -> inspect.StructType:
    """What fields a struct has. Raises TypeError for what is none."""
    shape = inspect.type_info(struct)
    if not isinstance(shape, inspect.StructType):
        raise TypeError(f"{struct} is no struct")
    return shape


@dataclass(slots=True)
class Fitting:
    """One pass over a tree. ``places``: where every field stands; ``mistakes``: what was found.

    ``kept``: of a list with something wrong in it, the numbers of the items that were good.
    """

    places: dict[Path, Place] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    kept: dict[Path, list[int]] = field(default_factory=dict)

    def place(self, path: Path) -> Place | None:
        """Where a field stands, or the nearest thing around it that was written."""
        return next(
            (
                self.places[path[:length]]
                for length in range(len(path), -1, -1)
                if path[:length] in self.places
            ),
            None,
        )

    def written(self, path: Path) -> Path:
        """The path in the file of what has this path in the data, from which wrong items are left out."""
        found: Path = ()
        for step in path:
            found = (*found, self.kept[found][step] if isinstance(step, int) and found in self.kept else step)
        return found

    def struct(self, node: Node, wanted: inspect.StructType, path: Path = ()) -> dict[str, Any] | None:
        """Plain data of a mapping, without what is wrong; None when it cannot stand for the struct at all."""
        self._note(path, node)
        names = [each.encode_name for each in wanted.fields]
        if node.kind != Kind.MAPPING:
            self._wrong(path, node, f"{_told(node)}: a mapping is expected, with {_listed(names)}")
            return None
        given = self._fields(node, names, path)
        data: dict[str, Any] = {}
        complete = True
        for each in wanted.fields:
            here = (*path, each.encode_name)
            if each.encode_name not in given:
                if each.required:
                    self._wrong(here, node, f"is missing: {_help(each.type)}")
                    complete = False
                continue
            value = self._value(given[each.encode_name], each.type, here)
            if value is not _MISSING:
                data[each.encode_name] = value
            elif each.required:
                complete = False
        return data if complete or not path else None

    def _fields(
        self, node: Node, names: Sequence[str], path: Path, *, any_kind: bool = False
    ) -> dict[str, Node]:
        given: dict[str, Node] = {}
        for key, value in node.fields:
            here = (*path, key.text)
            if key.text == "<<":
                self._wrong(path, key, "merge keys (<<) are not supported: write the fields out")
            elif key.kind != Kind.TEXT and not (any_kind and key.kind in _AS_WRITTEN):
                self._wrong(path, key, f"{_told(key)}, where a field's name is expected: {_listed(names)}")
            elif key.text in given:
                first = given[key.text].place
                self._wrong(here, key, "is there twice" + (f", first in line {first.line}" if first else ""))
            elif key.text not in names:
                self._wrong(here, key, f"no such field{nearest(key.text, names)}; there are {_listed(names)}")
            else:
                given[key.text] = value
        return given

    def _value(self, node: Node, given: inspect.Type, path: Path) -> Any:
        self._note(path, node)
        wanted = _bare(given)
        if isinstance(wanted, inspect.StructType):
            data = self.struct(node, wanted, path)
            return _MISSING if data is None else data
        if isinstance(wanted, inspect.UnionType):
            return self._free(node, path) if _is_free(wanted) else self._either(node, wanted, path)
        if isinstance(wanted, inspect.VarTupleType):
            return self._list(node, wanted, path)
        if isinstance(wanted, inspect.LiteralType):
            return self._one_of(node, [str(each) for each in wanted.values], path)
        if isinstance(wanted, inspect.StrType):
            return self._text(node, wanted, _extra(given), path)
        if isinstance(wanted, inspect.IntType):
            return self._whole_number(node, wanted, path)
        if isinstance(wanted, inspect.DictType):
            return self._mapping(node, wanted.value_type, path)
        if isinstance(wanted, inspect.AnyType):
            return self._anything(node, path)
        if node.kind == Kind.FLAG:
            return node.flag
        return self._wrong(path, node, f"{_told(node)}: true or false is expected")

    def _either(self, node: Node, wanted: inspect.UnionType, path: Path) -> Any:
        """A word or a list: what the node is decides."""
        types = [_bare(each) for each in wanted.types]
        words = [
            str(value) for each in types if isinstance(each, inspect.LiteralType) for value in each.values
        ]
        if node.kind == Kind.LIST:
            return next(
                self._list(node, each, path) for each in types if isinstance(each, inspect.VarTupleType)
            )
        if node.kind == Kind.TEXT and node.text in words:
            return node.text
        hint = (
            f": write [{node.text}]" if node.kind == Kind.TEXT and re.fullmatch(r"[\w-]+", node.text) else ""
        )
        return self._wrong(path, node, f"{_told(node)}: {_listed(words, 'or')} or a list is expected{hint}")

    def _list(self, node: Node, wanted: inspect.VarTupleType, path: Path) -> Any:
        if node.kind != Kind.LIST:
            return self._wrong(path, node, f"{_told(node)}: a list is expected, as [..., ...]")
        if len(node.items) < (wanted.min_length or 0):
            return self._wrong(path, node, "is empty: at least one is needed")
        values: list[Any] = []
        kept: list[int] = []
        seen: dict[str, int] = {}
        for number, item in enumerate(node.items):
            here = (*path, number)
            value = self._value(item, wanted.item_type, here)
            if value is _MISSING:
                continue
            if isinstance(value, str) and value in seen:
                self._wrong(here, item, f"{shown(value)} is there twice, first as [{seen[value]}]")
                continue
            if isinstance(value, str):
                seen[value] = number
            values.append(value)
            kept.append(number)
        if len(kept) < len(node.items):
            self.kept[path] = kept
        return values if len(values) >= (wanted.min_length or 0) else _MISSING

    def _mapping(self, node: Node, wanted: inspect.Type, path: Path) -> Any:
        """Any names, each with a value of one type; of one that may be several, numbers or lists."""
        if node.kind != Kind.MAPPING:
            return self._wrong(
                path, node, f"{_told(node)}: a mapping is expected, with a value for each name"
            )
        data = {}
        for name, given in self._fields(node, [each.text for each, _ in node.fields], path).items():
            here = (*path, name)
            value = self._value(given, wanted, here)
            if value is not _MISSING:
                data[name] = value
        return data

    def _anything(self, node: Node, path: Path) -> Any:
        """Whatever it is, as YAML means it; a date is the text that it is written as."""
        self._note(path, node)
        if node.kind == Kind.LIST:
            return [self._anything(each, (*path, number)) for number, each in enumerate(node.items)]
        if node.kind == Kind.MAPPING:
            names = [each.text for each, _ in node.fields]
            given = self._fields(node, names, path, any_kind=True)
            return {name: self._anything(each, (*path, name)) for name, each in given.items()}
        if node.kind == Kind.FLAG:
            return node.flag
        if node.kind == Kind.NOTHING:
            return None
        if _is_whole(node):
            return int(node.text)
        if node.kind == Kind.NUMBER and re.fullmatch(r"-?[0-9]{1,15}[.][0-9]{1,15}", node.text):
            return float(node.text)
        if node.kind == Kind.NUMBER:
            self._wrong(
                path, node, f"{shown(node.text)} is a number to YAML, but not in plain digits: quote it"
            )
        return node.text

    def _free(self, node: Node, path: Path, *, inside: bool = False) -> Any:
        self._note(path, node)
        if _is_whole(node):
            return int(node.text)
        if node.kind == Kind.TEXT and inside:
            return node.text
        if node.kind == Kind.LIST and not inside:
            values = [
                self._free(each, (*path, number), inside=True) for number, each in enumerate(node.items)
            ]
            return [each for each in values if each is not _MISSING]
        expected = "a whole number or a text" if inside else "a whole number or a list"
        return self._wrong(path, node, f"{_told(node)}: {expected} is expected")

    def _whole_number(self, node: Node, wanted: inspect.IntType, path: Path) -> Any:
        if not _is_whole(node):
            return self._wrong(path, node, f"{_told(node)}: a whole number is expected")
        number = int(node.text)
        if wanted.ge is not None and number < wanted.ge:
            return self._wrong(path, node, f"{number} is too little: {wanted.ge} is the least")
        if wanted.le is not None and number > wanted.le:
            return self._wrong(path, node, f"{number} is too much: {wanted.le} is the most")
        return number

    def _one_of(self, node: Node, words: Sequence[str], path: Path) -> Any:
        if node.kind == Kind.TEXT and node.text in words:
            return node.text
        hint = nearest(node.text, words) if node.kind == Kind.TEXT else ""
        return self._wrong(path, node, f"{_told(node)}: {_listed(words, 'or')} is expected{hint}")

    def _text(self, node: Node, wanted: inspect.StrType, extra: Mapping[str, Any], path: Path) -> Any:
        expected = extra.get("expected", "text")
        as_written = node.kind == Kind.DATE and extra.get("date")
        if node.kind in (Kind.NUMBER, Kind.DATE, Kind.FLAG) and not as_written:
            return self._wrong(
                path, node, f'{node.text} is {node.kind} to YAML, not text: quote it: "{node.text}"'
            )
        if node.kind != Kind.TEXT and not as_written:
            return self._wrong(path, node, f"{_told(node)}: {expected} is expected")
        if wanted.pattern and not re.fullmatch(wanted.pattern, node.text):
            value = "" if extra.get("secret") else f"{shown(node.text)} "
            return self._wrong(path, node, f"{value}is not {expected}")
        return node.text

    def _note(self, path: Path, node: Node) -> None:
        if node.place is not None:
            self.places[path] = node.place

    def _wrong(self, path: Path, node: Node, text: str) -> Any:
        self.mistakes.append(Mistake(path, text, node.place))
        return _MISSING


def _bare(wanted: inspect.Type) -> inspect.Type:
    while isinstance(wanted, inspect.Metadata):
        wanted = wanted.type
    return wanted


def _extra(wanted: inspect.Type) -> Mapping[str, Any]:
    """What is noted of a type besides its schema; the outermost says it last."""
    found: dict[str, Any] = {}
    while isinstance(wanted, inspect.Metadata):
        found = {**(wanted.extra or {}), **found}
        wanted = wanted.type
    return found


def _is_free(wanted: inspect.UnionType) -> bool:
    """Whether it is a number or a list of anything, in which no words are told."""
    return any(isinstance(each, inspect.IntType) for each in wanted.types)


def _is_whole(node: Node) -> bool:
    return node.kind == Kind.NUMBER and re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", node.text) is not None


def _told(node: Node) -> str:
    return f"{shown(node.text)} is text" if node.kind == Kind.TEXT else f"is {node.kind}"


def _listed(names: Sequence[str], last: str = "and") -> str:
    return ", ".join(names[:-1]) + (f" {last} " if len(names) > 1 else "") + names[-1]


def _help(wanted: inspect.Type) -> str:
    described = wanted.extra_json_schema if isinstance(wanted, inspect.Metadata) else None
    text = str((described or {}).get("description", "it is needed")).rstrip(".")
    return text[0].lower() + text[1:]
