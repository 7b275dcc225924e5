"""The words of a text, as they are kept and searched: the same on every database, so that both find the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 64
MOST_WORDS = 200
"""Words that are kept of one finding."""
MOST_ASKED = 8
"""Words of a question that count."""
_WORD = re.compile(r"[^\W_]+")


def words(*texts: str) -> list[str]:
    """The words in order, each once: letters and digits, without case and accents."""
    found: dict[str, None] = {}
    for text in texts:
        plain = text if text.isascii() else _plain(text)
        for each in _WORD.findall(plain.casefold()):
            found.setdefault(each[:LONGEST_WORD])
    return list(found)


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(each for each in parts if not unicodedata.combining(each))


def kept(texts: Iterable[str]) -> str:
    """What is kept of texts: their words, a blank between two."""
    return " ".join(words(*texts)[:MOST_WORDS])


def asked(question: str) -> list[str]:
    """The words that a question asks for. Each may be the beginning of a word."""
    return words(question)[:MOST_ASKED]
