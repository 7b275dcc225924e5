"""Comparisons: only true differences, whatever the size."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from liveaudit.store.history import Side
from liveaudit.story.diff import LONGEST_LINE, MOST_LINES, compare

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)


def told(before: Any, after: Any, silent: frozenset[str] = frozenset()) -> list[str]:
    return [
        each.mark + each.text for each in compare(Side("value", before), Side("value", after), silent).lines
    ]


def test_a_change_with_what_stands_around_it() -> None:
    before = {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5, "F": 6}
    assert told(before, {**before, "F": 7}) == [
        "…3 lines unchanged",
        '   "C": 3,',
        '   "D": 4,',
        '   "E": 5,',
        '-  "F": 6',
        '+  "F": 7',
        " }",
    ]


def test_what_moved_in_a_list_is_no_difference() -> None:
    diff = compare(Side("value", [{"P": 1}, {"P": 2}]), Side("value", [{"P": 2}, {"P": 1}, {"P": 3}]))
    assert (diff.removed, diff.added) == (0, 3), "the new one's lines"


def test_documents_that_are_texts_are_opened_and_silent_keys_left_out() -> None:
    lines = told(
        {"Policy": '{"Effect":"Deny","Sid":"x"}', "Used": 1},
        {"Policy": '{"Sid":"x", "Effect":"Allow"}', "Used": 2},
        frozenset({"Used"}),
    )
    assert [each for each in lines if each[0] in "+-"] == [
        '-    "Effect": "Deny",',
        '+    "Effect": "Allow",',
    ]


def test_a_side_without_a_value_has_no_lines() -> None:
    diff = compare(Side("absent"), Side("value", {"A": 1}))
    assert (diff.removed, diff.added) == (0, 3)
    assert compare(Side("value", {"A": 1}), Side("gone")).removed == 3


def test_what_was_not_kept_is_said() -> None:
    diff = compare(Side("value", None, kept=False), Side("value", [1]))
    assert diff.note == "what it was before is too long to be kept"


def test_megabytes_give_bounded_lines() -> None:
    diff = compare(Side("value", ["a" * 5_000_000]), Side("value", list(range(50_000))))
    assert len(diff.lines) == MOST_LINES + 1
    assert max(len(each.text) for each in diff.lines) < LONGEST_LINE + 50
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert "nested" in compare(Side("value", deep), Side("value", [])).note


@given(VALUES, VALUES)
def test_both_sides_can_be_read_off_the_lines(before: Any, after: Any) -> None:
    lines = compare(Side("value", before), Side("value", after)).lines
    kinds = {each.kind for each in lines}
    assert ("removed" in kinds or "added" in kinds) or kinds <= {"same", "skipped"}
    assert all(each.text == "" or "\n" not in each.text for each in lines)
