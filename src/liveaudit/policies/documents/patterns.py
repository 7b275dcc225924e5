"""Wildcard patterns of actions and ARNs: does one cover another, do two overlap.

``*`` stands for any text, ``?`` for one character (IAM User Guide, "IAM JSON policy elements: Action" and
"... Resource"). A pattern becomes a small automaton whose states are the bits of one integer, so that a
question costs one step a symbol and there is no backtracking, whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

ANY_TEXT: Final = 0
ANY_CHARACTER: Final = 1

_CACHED_LENGTH = 200
"""Longer patterns are compiled each time: a hostile document shall not fill the caches' memory."""


@dataclass(frozen=True, slots=True)
class _Glob:
    """A compiled pattern. Bit *n* of a state says: *n* single symbols have been consumed."""

    tokens: tuple[str | int, ...]
    masks: dict[str | int, int]
    question: int
    stars: int
    width: int
    wild: bool
    prefix: str
    suffix: str


def _compile(pattern: str) -> _Glob:
    tokens: list[str | int] = []
    masks: dict[str | int, int] = {}
    question = stars = width = 0
    position, end = 0, len(pattern)
    while position < end:
        character = pattern[position]
        if character not in "*?":
            tokens.append(character)
            masks[character] = masks.get(character, 0) | 1 << width
            width += 1
            position += 1
            continue
        # "*?", "?*" and "*?*" are one language: the star is put at the end of the run for reading,
        # and at every gap of the run for matching.
        first, starred = width, False
        while position < end and pattern[position] in "*?":
            if pattern[position] == "*":
                starred = True
            else:
                tokens.append(ANY_CHARACTER)
                question |= 1 << width
                width += 1
            position += 1
        if starred:
            tokens.append(ANY_TEXT)
            stars |= ((1 << (width - first + 1)) - 1) << first
    marks = [at for at in (pattern.find("*"), pattern.find("?")) if at >= 0]
    last = max(pattern.rfind("*"), pattern.rfind("?"))
    return _Glob(
        tokens=tuple(tokens),
        masks=masks,
        question=question,
        stars=stars,
        width=width,
        wild=bool(marks),
        prefix=pattern[: min(marks)] if marks else pattern,
        suffix=pattern[last + 1 :],
    )


_compile_cached = lru_cache(maxsize=4096)(_compile)


def _glob(pattern: str) -> _Glob:
    return _compile_cached(pattern) if len(pattern) <= _CACHED_LENGTH else _compile(pattern)


def is_wild(pattern: str) -> bool:
    """Whether the pattern has a wildcard at all."""
    return "*" in pattern or "?" in pattern


def _covers(wide: str, narrow: str) -> bool:
    glob = _glob(wide)
    if not (narrow.startswith(glob.prefix) and narrow.endswith(glob.suffix)):
        return False
    state, masks, question, stars = 1, glob.masks, glob.question, glob.stars
    for token in _glob(narrow).tokens:
        if token == ANY_TEXT:
            state &= stars
        elif token == ANY_CHARACTER:
            state = (state & question) << 1 | state & stars
        else:
            state = (state & (masks.get(token, 0) | question)) << 1 | state & stars
        if not state:
            return False
    return bool(state >> glob.width & 1)


_covers_cached = lru_cache(maxsize=16384)(_covers)


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that ``narrow`` matches is matched by ``wide``. Both are patterns; a text is one too.

    True is certain. For a few patterns with ``?`` beside ``*`` a covering one may be missed.
    """
    if wide in ("*", narrow):
        return True
    if "*" not in wide and "?" not in wide:
        return False
    if len(wide) + len(narrow) <= _CACHED_LENGTH:
        return _covers_cached(wide, narrow)
    return _covers(wide, narrow)


def _overlaps(one: str, other: str) -> bool:
    left, right = _glob(one), _glob(other)
    if not left.wild and not right.wild:
        return one == other
    shared = min(len(left.prefix), len(right.prefix))
    if left.prefix[:shared] != right.prefix[:shared]:
        return False
    shared = min(len(left.suffix), len(right.suffix))
    if shared and left.suffix[-shared:] != right.suffix[-shared:]:
        return False
    state, masks, question, stars = 1, left.masks, left.question, left.stars
    symbols = (1 << left.width) - 1
    full = symbols << 1 | 1
    for token in right.tokens:
        if token == ANY_TEXT:
            state = full ^ ((state & -state) - 1)
        elif token == ANY_CHARACTER:
            state = (state & symbols) << 1 | state & stars
        else:
            state = (state & (masks.get(token, 0) | question)) << 1 | state & stars
        if not state:
            return False
    return bool(state >> left.width & 1)


_overlaps_cached = lru_cache(maxsize=16384)(_overlaps)


def overlaps(one: str, other: str) -> bool:
    """Whether some text is matched by both patterns. Exact."""
    if one in ("*", other) or other == "*":
        return True
    if len(one) + len(other) <= _CACHED_LENGTH:
        return _overlaps_cached(one, other)
    return _overlaps(one, other)


class PatternSet:
    """Many patterns asked at once: their automatons side by side in one integer, each on its own bits.

    Worth its making when there are many questions; then thousands of patterns cost about what ten do singly.
    """

    __slots__ = ("_accepts", "_ends", "_masks", "_question", "_smear", "_stars", "_starts", "_symbols")

    def __init__(self, patterns: Sequence[str]) -> None:
        self._masks: dict[str | int, int] = {}
        self._question = self._stars = self._starts = self._ends = self._symbols = 0
        self._accepts: dict[int, int] = {}
        """From the bit position of an automaton's last state to the pattern's index."""
        at = longest = 0
        extents: list[tuple[int, int]] = []
        for index, pattern in enumerate(patterns):
            glob = _glob(pattern)
            for character, mask in glob.masks.items():
                self._masks[character] = self._masks.get(character, 0) | mask << at
            self._question |= glob.question << at
            self._stars |= glob.stars << at
            self._symbols |= ((1 << glob.width) - 1) << at
            self._starts |= 1 << at
            self._ends |= 1 << at + glob.width
            self._accepts[at + glob.width] = index
            extents.append((at, glob.width))
            longest = max(longest, glob.width)
            at += glob.width + 1
        self._smear: list[tuple[int, int]] = []
        shift = 1
        while shift <= longest:
            keep = 0
            for start, width in extents:
                if width >= shift:
                    keep |= ((1 << width - shift + 1) - 1) << start + shift
            self._smear.append((shift, keep))
            shift *= 2

    def covering(self, narrow: str) -> set[int]:
        """The indexes of the patterns that cover ``narrow``."""
        state, masks, question, stars = self._starts, self._masks, self._question, self._stars
        for token in _glob(narrow).tokens:
            if token == ANY_TEXT:
                state &= stars
            elif token == ANY_CHARACTER:
                state = (state & question) << 1 | state & stars
            else:
                state = (state & (masks.get(token, 0) | question)) << 1 | state & stars
            if not state:
                break
        return self._accepted(state)

    def overlapping(self, other: str) -> set[int]:
        """The indexes of the patterns that overlap ``other``."""
        state, masks, question, stars = self._starts, self._masks, self._question, self._stars
        for token in _glob(other).tokens:
            if token == ANY_TEXT:
                for shift, keep in self._smear:
                    state |= state << shift & keep
            elif token == ANY_CHARACTER:
                state = (state & self._symbols) << 1 | state & stars
            else:
                state = (state & (masks.get(token, 0) | question)) << 1 | state & stars
            if not state:
                break
        return self._accepted(state)

    def _accepted(self, state: int) -> set[int]:
        state &= self._ends
        if not state:
            return set()
        bits = bin(state)
        last = len(bits) - 1
        found = set()
        position = bits.find("1", 2)
        while position > 0:
            found.add(self._accepts[last - position])
            position = bits.find("1", position + 1)
        return found
