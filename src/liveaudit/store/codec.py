"""JSON in text columns, and digests of section values."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")


def storable(text: str) -> str:
    """Text that every database takes: without NUL, and with ``?`` for what is no character (lone surrogates)."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it: times in ISO 8601, bytes as text, sets as sorted lists, no lone surrogates."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {plain(str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    return value


def dump(value: Any) -> str:
    """JSON text, keys in order: equal values give equal texts. Never holds NUL itself, only its escape."""
    return _encoder.encode(plain(value)).decode()


def load(text: str | None) -> Any:
    """What :func:`dump` wrote, or None."""
    return None if text is None else msgspec.json.decode(text)


def digest(text: str) -> str:
    """A short name for a text: equal texts, equal digests."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
