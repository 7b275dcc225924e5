"""The time as policies see it: what is asked of it tells when it is answered otherwise."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from liveaudit.policies.clock import Now

AT = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def test_the_first_of_what_turns() -> None:
    now = Now(AT)
    assert now.otherwise_at is None
    assert now.older_than(AT - 3 * DAY, 2 * DAY)
    assert now.otherwise_at is None, "what is old stays old"
    assert not now.older_than(AT - 2 * DAY, 2 * DAY), "not yet older"
    assert not now.is_past(AT + DAY)
    assert now.otherwise_at == AT + dt.timedelta(milliseconds=1)


@given(
    st.timedeltas(min_value=-3 * DAY, max_value=3 * DAY), st.timedeltas(min_value=0 * DAY, max_value=3 * DAY)
)
def test_it_turns_then_and_not_before(ago: dt.timedelta, age: dt.timedelta) -> None:
    now = Now(AT)
    if now.older_than(AT - ago, age):
        assert now.otherwise_at is None
        return
    turns = now.otherwise_at
    assert turns is not None
    assert Now(turns).older_than(AT - ago, age)
    assert not Now(turns - dt.timedelta(milliseconds=1)).older_than(AT - ago, age)
