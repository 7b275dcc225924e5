"""What is the same configuration, and how two are put side by side."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.same import aligned, opened, same, surely_differ

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([{"Key": "x"}, {"Key": "y"}], [{"Key": "y"}, {"Key": "x"}]),
        ({"in": [[2, 1], [3]]}, {"in": [[3], [1, 2]]}),
        ({"Policy": '{"Statement": ["a", "b"]}'}, {"Policy": '{ "Statement":["b","a"] }'}),
    ],
)
def test_order_and_writing_are_no_change(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 1, 2], [1, 2, 2]),
        ({"a": None}, {}),
        (["a"], "a"),
        (True, 1),
        ({"Policy": '{"Statement": ["a"]}'}, {"Policy": '{"Statement": ["b"]}'}),
        ("{no document", "{ no document"),
    ],
)
def test_what_differs_is_a_change(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_what_changes_by_itself_does_not_count() -> None:
    one, other = {"Keys": [{"Id": "k", "LastUsed": 1}]}, {"Keys": [{"Id": "k", "LastUsed": 2}]}
    assert not same(one, other)
    assert same(one, other, {"LastUsed"})


def test_documents_nested_beyond_reason_are_texts() -> None:
    deep = "[" * 100_000
    assert opened({"Policy": deep}) == {"Policy": deep}
    assert not same({"Policy": deep}, {"Policy": deep + "["})


@given(VALUES, VALUES)
def test_aligning_loses_and_adds_nothing(before: Any, after: Any) -> None:
    assert same(aligned(before, after), after)


@given(st.lists(VALUES, max_size=6), st.randoms(use_true_random=False))
def test_what_was_only_reordered_comes_back_as_it_was(before: list[Any], random: Any) -> None:
    after = list(before)
    random.shuffle(after)
    assert json.dumps(aligned(before, after)) == json.dumps(before)


def test_a_change_in_a_list_stays_where_it_was() -> None:
    before = [{"Port": 22, "From": "10.0.0.0/8"}, {"Port": 443, "From": "0.0.0.0/0"}]
    after = [{"Port": 443, "From": "0.0.0.0/0"}, {"Port": 22, "From": "0.0.0.0/0"}, {"Port": 80}]
    assert aligned(before, after) == [
        {"Port": 22, "From": "0.0.0.0/0"},
        {"Port": 443, "From": "0.0.0.0/0"},
        {"Port": 80},
    ]


@given(VALUES, VALUES)
def test_what_surely_differs_is_not_the_same(one: Any, other: Any) -> None:
    texts = [json.dumps(each, separators=(",", ":"), ensure_ascii=False) for each in (one, other)]
    assert not (surely_differ(*texts) and same(one, other))


def test_a_document_in_it_tells_nothing_by_its_length() -> None:
    assert not surely_differ('{"Policy":"{ }"}', '{"Policy":"{}"}')
    assert surely_differ('{"a":1}', '{"a":10}')
