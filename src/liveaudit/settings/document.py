"""YAML as it stands in a file: a tree of nodes that know their place. Nothing is converted, nothing is executed.

YAML's own guesses (numbers, dates, yes and no) are kept as they were written, so that an account's id without quotes
can be told for what it is. Size, depth and what aliases multiply are limited.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import yaml

from liveaudit.settings.mistakes import Mistake, Path, Place, SettingsError, shown

MAX_BYTES = 1 << 20
MAX_DEPTH = 20
MAX_NODES = 200_000
"""With everything that aliases repeat."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()
_PREFIX = "tag:yaml.org,2002:"


class Kind(StrEnum):
    """What a node is, in words for the reader."""

    TEXT = "text"
    FLAG = "yes or no"
    NOTHING = "nothing"
    NUMBER = "a number"
    DATE = "a date"
    OTHER = "something else"
    LIST = "a list"
    MAPPING = "a mapping"


_SCALARS = {
    "str": Kind.TEXT,
    "bool": Kind.FLAG,
    "null": Kind.NOTHING,
    "int": Kind.NUMBER,
    "float": Kind.NUMBER,
    "timestamp": Kind.DATE,
}
_FLAGS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(slots=True)
class Node:
    """A value with its place. ``text``: a scalar as it was written. ``fields``: key and value, as often as written."""

    kind: Kind
    place: Place | None = None
    text: str = ""
    items: list[Node] = field(default_factory=list)
    fields: list[tuple[Node, Node]] = field(default_factory=list)
    size: int = 1

    @property
    def flag(self) -> bool:
        """The truth value of a FLAG."""
        return _FLAGS[self.text.lower()]


class _RefusedError(Exception):
    """What is found while reading; becomes a mistake."""

    def __init__(self, text: str, place: Place | None = None) -> None:
        super().__init__(text)
        self.place = place


def read(data: bytes) -> tuple[Node | None, list[Mistake]]:
    """The tree of a file's content, or None and why there is none."""
    try:
        return _build(yaml.parse(_decoded(data), Loader=_LOADER)), []
    except _RefusedError as error:
        return None, [Mistake((), str(error), error.place)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        text = ", ".join(each for each in (error.context, error.problem) if each)
        return None, [Mistake((), f"no YAML: {text}", _place(mark) if mark else None)]
    except yaml.reader.ReaderError as error:
        return None, [Mistake((), f"no YAML: {error.reason}")]


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _RefusedError(
            f"the file has {len(data)} bytes, {MAX_BYTES} are allowed: let an organization bring the accounts"
        )
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _RefusedError("is not UTF-8", _place_of(data[: error.start].decode("utf-8"))) from error
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found:
        raise _RefusedError(
            f"no YAML: the character {shown(found.group())} may not stand here, write it as an escape in quotes",
            _place_of(text[: found.start()]),
        )
    return text


def _place_of(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _build(events: Iterator[Any]) -> Node | None:
    """The tree, made without recursion."""
    root: Node | None = None
    anchors: dict[str, Node] = {}
    open_nodes: list[tuple[Node, list[Node]]] = []
    for event in events:
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done, parts = open_nodes.pop()
            _fill(done, parts)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise _RefusedError(
                    f"nothing is anchored as &{event.anchor} before", _place(event.start_mark)
                )
            done = anchors[event.anchor]
            if any(done is each for each, _ in open_nodes):
                raise _RefusedError(f"*{event.anchor} stands inside of itself", _place(event.start_mark))
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            done = _node(event)
            if event.anchor:
                anchors[event.anchor] = done
            if not isinstance(event, yaml.ScalarEvent):
                if len(open_nodes) >= MAX_DEPTH:
                    raise _RefusedError(f"nested deeper than {MAX_DEPTH}", done.place)
                open_nodes.append((done, []))
                continue
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _RefusedError("a second document begins here; one is expected", _place(event.start_mark))
        else:
            continue
        if open_nodes:
            open_nodes[-1][1].append(done)
        else:
            root = done
    return root


def _fill(node: Node, parts: list[Node]) -> None:
    if node.kind == Kind.LIST:
        node.items = parts
    else:
        node.fields = list(zip(parts[::2], parts[1::2], strict=True))
    node.size += sum(each.size for each in parts)
    if node.size > MAX_NODES:
        raise _RefusedError(f"more than {MAX_NODES} values, counting what aliases repeat", node.place)


def _plain_tag(text: str) -> str:
    """What YAML takes a scalar without quotes for."""
    return str(_RESOLVER.resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]  # untyped in yaml's stubs


def _node(event: Any) -> Node:
    place = _place(event.start_mark)
    if isinstance(event, yaml.ScalarEvent):
        tag = event.tag
        if tag is None or tag == "!":
            plain = event.implicit[0] and tag is None
            tag = _plain_tag(event.value) if plain else f"{_PREFIX}str"
        kind = _SCALARS.get(tag.removeprefix(_PREFIX), Kind.OTHER)
        if event.tag is not None and (kind == Kind.OTHER or not tag.startswith(_PREFIX)):
            raise _RefusedError(f"the tag {shown(event.tag)} is not supported: write the plain value", place)
        if kind == Kind.FLAG and event.value.lower() not in _FLAGS:
            raise _RefusedError(f"{shown(event.value)} is neither true nor false", place)
        return Node(kind, place, event.value)
    kind = Kind.MAPPING if isinstance(event, yaml.MappingStartEvent) else Kind.LIST
    if event.tag not in (None, "!", f"{_PREFIX}{'map' if kind == Kind.MAPPING else 'seq'}"):
        raise _RefusedError(f"the tag {shown(event.tag)} is not supported: write the plain value", place)
    return Node(kind, place)


def from_plain(value: Any, path: Path = ()) -> Node:
    """The tree of data that is in memory already. Raises SettingsError when it is nested too deep."""
    if len(path) > MAX_DEPTH:
        raise SettingsError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return Node(Kind.TEXT, text=value)
    if value is None:
        return Node(Kind.NOTHING)
    if isinstance(value, bool):
        return Node(Kind.FLAG, text="true" if value else "false")
    if isinstance(value, Mapping):
        pairs = [(from_plain(key, (*path, 0)), from_plain(each, (*path, 0))) for key, each in value.items()]
        return Node(Kind.MAPPING, fields=pairs)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return Node(Kind.LIST, items=[from_plain(each, (*path, 0)) for each in value])
    if isinstance(value, int | float):
        return Node(
            Kind.NUMBER, text=repr(value) if isinstance(value, float) or abs(value) < 10**30 else "a long one"
        )
    return Node(Kind.OTHER, text=type(value).__name__)
