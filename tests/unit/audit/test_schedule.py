"""When accounts are swept: each once in a period, spread over it, everywhere at the same time."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.audit.schedule import Schedule

DAY = 86400.0
NOW = 1_800_000_000.0
ACCOUNTS = [f"{number:012}" for number in range(1000)]


def test_accounts_are_spread_over_the_period() -> None:
    schedule = Schedule(DAY)
    hours = [int(schedule.offset(each) // 3600) for each in ACCOUNTS]
    counts = [hours.count(hour) for hour in range(24)]
    assert sum(counts) == len(ACCOUNTS)
    assert min(counts) > 15, "of 1,000 accounts about 42 an hour"
    assert max(counts) < 90


def test_every_worker_comes_to_the_same_time() -> None:
    assert Schedule(DAY).offset("111111111111") == Schedule(DAY).offset("111111111111")
    assert Schedule(DAY).offset("111111111111") != Schedule(DAY).offset("222222222222")


def test_who_was_never_asked_for_is_due_at_once() -> None:
    assert Schedule(DAY).is_due("111111111111", None, NOW)


@pytest.mark.parametrize("asked_at", [None, 0.0, NOW])
def test_never_is_never(asked_at: float | None) -> None:
    schedule = Schedule(0.0)
    assert not schedule.is_due("111111111111", asked_at, NOW)
    assert schedule.before("111111111111", NOW) == -math.inf


@given(
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    every=st.sampled_from([1800.0, DAY, 7 * DAY]),
    begun=st.floats(0, 2 * 7 * DAY),
)
def test_once_in_a_period_and_never_twice_in_half_of_one(account: str, every: float, begun: float) -> None:
    schedule = Schedule(every)
    asked_at = NOW + begun
    times = []
    now = asked_at
    for _ in range(200):
        now += every / 40
        if schedule.is_due(account, asked_at, now):
            times.append(now - asked_at)
            asked_at = now
    assert 4 <= len(times) <= 6
    assert all(every / 2 < each <= every * 1.5 + every / 20 for each in times)
    assert all(abs(each - every) < every / 10 for each in times[2:]), "from then on at its own time"
