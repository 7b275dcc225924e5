"""Small things that formats share: JSON that harms no terminal, texts of a greatest length, times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

_BLOCK = 1 << 16
_encoder = msgspec.json.Encoder()


def as_json(value: Any) -> bytes:
    """JSON on one line, in ASCII: nothing in it that moves a cursor or turns the direction of a text."""
    made = _encoder.encode(value)
    if not made.isascii():
        made = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
    return made.replace(b"\x7f", b"\\u007f")


def laid_out(value: Any) -> str:
    """The same on many lines, for people. Moments are written as ISO 8601."""
    return json.dumps(json.loads(_encoder.encode(value)), ensure_ascii=True, indent=2).replace(
        "\x7f", "\\u007f"
    )


def cut(text: str, most: int, *, otherwise: str = "-") -> str:
    """A text of at most so many characters, an ellipsis at its end where it was cut; never a blank one."""
    if len(text) > most:
        text = text[: most - 1] + "…"
    return text if text.strip() else otherwise


def milliseconds(seconds: float) -> int:
    """Unix seconds as whole Unix milliseconds."""
    return round(seconds * 1000)


def gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger blocks: a write or a chunk for each finding would cost more than the finding."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
