"""Terraform's configuration language: blocks, attributes and expressions as text.

Source: "HCL Native Syntax Specification" (hashicorp/hcl, hclsyntax/spec.md); the layout is that of ``terraform fmt``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TRAVERSAL = re.compile(r'[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*|\[(?:\d+|"[A-Za-z0-9_-]+")\])*')
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: ``aws_iam_role.audit.arn``. Raises ValueError for anything but a plain path."""

    path: str

    def __post_init__(self) -> None:
        if not _TRAVERSAL.fullmatch(self.path):
            raise ValueError(f"{self.path!r} is no reference")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one of Terraform's functions: ``Call("jsonencode", document)``."""

    function: str
    argument: Value

    def __post_init__(self) -> None:
        _checked(self.function)


@dataclass(frozen=True, slots=True)
class Joined:
    """A text with references in it: ``Joined(("arn:aws:iam::", Ref("local.account"), ":root"))``."""

    parts: tuple[str | Ref, ...]


Value: TypeAlias = "str | int | bool | Ref | Call | Joined | Sequence[Value] | Mapping[str, Value] | None"


@dataclass(frozen=True, slots=True)
class Block:
    """A block: ``Block("resource", ("aws_iam_role", "audit"), {"name": "x"})``, its blocks after its attributes."""

    type: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, Value] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


def hcl(blocks: Iterable[Block], *, comment: str = "") -> str:
    """The text of a ``.tf`` file. ``comment`` stands above it. Raises ValueError for names that are no identifiers."""
    parts = ["\n".join(f"# {line}".rstrip() for line in _visible(comment).split("\n"))] if comment else []
    parts += ["\n".join(_block(each, "")) for each in blocks]
    return "\n\n".join(parts) + "\n"


def identifier(text: str) -> str:
    """A name for a block made of any text: lower case letters, digits and underscores."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"_{name}"


def quoted(text: str) -> str:
    """A text as a literal: nothing in it is an interpolation, a directive or the end of it."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    escaped = "".join(_SHORT.get(each) or (each if " " <= each <= "~" else _unicode(each)) for each in text)
    return escaped.replace("${", "$${").replace("%{", "%%{")


def _unicode(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character) == "Cs":
        # half a character, which no UTF-8 holds
        code = 0xFFFD
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _visible(text: str) -> str:
    return "".join(each if " " <= each <= "~" or each == "\n" else _unicode(each) for each in text)


def _checked(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is no identifier")
    return name


def _block(block: Block, indent: str) -> list[str]:
    labels = "".join(f' "{_checked(label)}"' for label in block.labels)
    head = f"{indent}{_checked(block.type)}{labels} {{"
    inner = indent + _INDENT
    lines = _aligned(
        [(_checked(name), _value(value, inner)) for name, value in block.attributes.items()], inner
    )
    for each in block.blocks:
        lines += [*([""] if lines else []), *_block(each, inner)]
    return [head, *lines, f"{indent}}}"] if lines else [head + "}"]


def _aligned(pairs: Sequence[tuple[str, str]], indent: str) -> list[str]:
    """Attributes with their equals signs in one column, as far as no value of several lines comes between."""
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f"{indent}{name.ljust(width)} = {value}" for name, value in run)
        run.clear()

    for name, value in pairs:
        if "\n" in value:
            flush()
            lines.append(f"{indent}{name} = {value}")
        else:
            run.append((name, value))
    flush()
    return lines


def _value(value: Value, indent: str) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quoted(value)
        case Ref():
            return value.path
        case Call():
            return f"{value.function}({_value(value.argument, indent)})"
        case Joined():
            return _joined(value)
        case Mapping():
            return _mapping(value, indent)
        case _:
            return _sequence(value, indent)


def _joined(value: Joined) -> str:
    """Literals are put together before they are escaped, and none may end in what escapes the reference behind it."""
    text, literal = "", ""
    for each in value.parts:
        if isinstance(each, str):
            literal += each
            continue
        written = _escaped(literal)
        if written.endswith(("$", "%")):
            written = written[:-1] + _unicode(written[-1])
        text += f"{written}${{{each.path}}}"
        literal = ""
    return f'"{text}{_escaped(literal)}"'


def _mapping(value: Mapping[str, Value], indent: str) -> str:
    if not value:
        return "{}"
    inner = indent + _INDENT
    pairs = [(quoted(name), _value(each, inner)) for name, each in value.items()]
    return "\n".join(["{", *_aligned(pairs, inner), f"{indent}}}"])


def _sequence(value: Sequence[Value], indent: str) -> str:
    if not value:
        return "[]"
    inner = indent + _INDENT
    items = [_value(each, inner) for each in value]
    if len(items) == 1 and "\n" not in items[0]:
        return f"[{items[0]}]"
    return "\n".join(["[", *(f"{inner}{each}," for each in items), f"{indent}]"])
