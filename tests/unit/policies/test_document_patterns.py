"""Wildcard patterns against each other, by example and against a plain enumeration."""

from __future__ import annotations

import itertools
import re

import pytest

from liveaudit.policies.documents.patterns import PatternSet, covers, overlaps

ALPHABET = "ab*?"


@pytest.mark.parametrize(
    ("one", "other", "covered", "shared"),
    [
        ("*", "s3:Get*", True, True),
        ("s3:*", "s3:Get*", True, True),
        ("s3:Get*", "s3:*", False, True),
        ("s3:PutObjectA*", "s3:Put*", False, True),
        ("s3:*Object", "s3:Put*", False, True),
        ("s3:*Object", "s3:PutObject", True, True),
        ("s3:*Object", "s3:PutObjectAcl", False, False),
        ("s3:Get*", "s3:Put*", False, False),
        ("*:*", "*", False, True),
        ("?*", "*?", True, True),
        ("*?", "?*", True, True),
        ("??", "?*", False, True),
        ("*", "", True, True),
        ("", "", True, True),
        ("", "a", False, False),
        ("?", "", False, False),
        ("a*b*c", "aXbYc", True, True),
        ("a*b*c", "acb", False, False),
        ("*ab*", "*ba*", False, True),
        ("a?", "?b", False, True),
        ("a?", "b?", False, False),
        ("a" * 300 + "*", "a" * 301, True, True),
    ],
)
def test_examples(one: str, other: str, covered: bool, shared: bool) -> None:
    assert covers(one, other) == covered
    assert overlaps(one, other) == shared == overlaps(other, one)


def _texts_of(pattern: str, texts: list[str]) -> set[str]:
    expression = re.compile("".join({"*": ".*", "?": "."}.get(c, c) for c in pattern))
    return {text for text in texts if expression.fullmatch(text)}


def test_all_short_patterns() -> None:
    """A third letter stands for all that no pattern names; seven letters are enough for patterns of three symbols."""
    texts = ["".join(t) for n in range(7) for t in itertools.product("abc", repeat=n)]
    patterns = ["".join(t) for n in range(4) for t in itertools.product(ALPHABET, repeat=n)]
    language = {pattern: _texts_of(pattern, texts) for pattern in patterns}
    for one, other in itertools.product(patterns, repeat=2):
        assert overlaps(one, other) == bool(language[one] & language[other]), (one, other)
        assert covers(one, other) == (language[other] <= language[one]), (one, other)


def test_many_patterns_at_once_say_what_each_says() -> None:
    patterns = ["".join(t) for n in range(4) for t in itertools.product(ALPHABET, repeat=n)]
    together = PatternSet(patterns)
    for other in patterns:
        assert together.covering(other) == {n for n, p in enumerate(patterns) if covers(p, other)}
        assert together.overlapping(other) == {n for n, p in enumerate(patterns) if overlaps(p, other)}
