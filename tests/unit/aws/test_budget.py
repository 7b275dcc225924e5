"""The bucket of calls: never more than it holds, events before sweeps, slower after throttling and then faster again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.aws.budget import RECOVERY, Ask, Bucket, Given, Lane, Limit, full, rate_at, settle, wait_for
from liveaudit.aws.rates import EMULATOR, OTHERS, RATES, limit_of
from liveaudit.services import load

LIMIT = Limit(10, 20, 40, "made up")
START = 1_800_000_000.0


@dataclass
class Account:
    """A bucket and its clock."""

    bucket: Bucket
    now: float = START

    def ask(self, after: float = 0.0, *, throttled: bool = False, **wanted: int) -> Given:
        """What is given after so many seconds."""
        self.now += after
        ask = Ask(**wanted, throttled=throttled)
        self.bucket, given_ = settle(LIMIT, self.bucket, self.now, ask)
        return given_


def account() -> Account:
    return Account(full(LIMIT, START))


def test_a_burst_then_the_rate() -> None:
    one = account()
    assert one.ask(events=100).events == LIMIT.burst
    assert one.ask(events=100).events == 0
    assert one.ask(after=1, events=100).events == 10
    assert one.ask(after=1000, events=100).events == LIMIT.burst


def test_sweeps_leave_a_reserve_and_come_last() -> None:
    one = account()
    assert one.ask(sweeps=100).sweeps == LIMIT.burst - LIMIT.reserve
    assert one.ask(sweeps=1).sweeps == 0
    found = one.ask(events=5, sweeps=5)
    assert (found.events, found.sweeps) == (5, 0)
    assert one.ask(after=1, events=50, sweeps=50).sweeps == 0


def test_spending_on_credit_is_owed() -> None:
    one = account()
    assert one.ask(spent=50).left == -10
    assert one.ask(after=1, events=1).events == 0
    assert one.ask(after=0.5, events=5).events == 5
    assert one.ask(spent=-3).left == pytest.approx(3, abs=0.5)


def test_throttling_slows_and_the_rate_comes_back() -> None:
    one = account()
    assert one.ask(throttled=True).rate == pytest.approx(7)
    assert one.ask(after=0.5, throttled=True).rate == pytest.approx(7, abs=0.1)
    assert one.bucket.throttles == 1
    assert one.ask(after=1, throttled=True).rate == pytest.approx(5, abs=0.2)
    for _ in range(100):
        one.ask(after=2, throttled=True)
    assert one.bucket.rate >= LIMIT.least
    slow = one.ask().rate
    assert slow < one.ask(after=30).rate < one.ask(after=30).rate <= LIMIT.most
    assert one.ask(after=RECOVERY).rate == LIMIT.most


def test_how_long_to_wait() -> None:
    one = account()
    found = one.ask(events=40)
    assert wait_for(LIMIT, found, Lane.EVENTS) == pytest.approx(0.1)
    assert wait_for(LIMIT, found, Lane.SWEEPS) == pytest.approx(2.1)
    assert one.ask(after=wait_for(LIMIT, found, Lane.EVENTS) + 0.001, events=1).events == 1


steps = st.lists(
    st.tuples(st.floats(-1, 30), st.integers(0, 60), st.integers(0, 60), st.integers(0, 15), st.booleans()),
    max_size=40,
)


@given(steps)
def test_never_more_than_the_bucket_holds_in_any_window(
    history: list[tuple[float, int, int, int, bool]],
) -> None:
    one = account()
    taken: list[tuple[float, int]] = []
    on_credit = 0
    for after, events, sweeps, spent, throttled in history:
        credit = min(spent, max(0, int(one.bucket.tokens)))
        on_credit = max(on_credit, credit)
        before = one.bucket
        found = one.ask(after=after, events=events, sweeps=sweeps, spent=credit, throttled=throttled)
        taken.append((one.bucket.at, found.events + found.sweeps + credit))
        if found.sweeps:
            assert found.events == events
            assert one.bucket.tokens >= LIMIT.reserve
        assert LIMIT.least <= rate_at(LIMIT, one.bucket, one.now) <= LIMIT.most
        assert one.bucket.at >= before.at
    for first in range(len(taken)):
        total = 0
        for at, number in taken[first:]:
            total += number
            assert total <= LIMIT.burst + LIMIT.most * (at - taken[first][0]) + on_credit + 1e-6


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 100)), max_size=60))
def test_sweeps_keep_no_event_from_the_reserve(history: list[tuple[float, int]]) -> None:
    one = account()
    for after, sweeps in history:
        one.ask(after=after, sweeps=sweeps)
    assert one.ask(events=int(LIMIT.reserve)).events == LIMIT.reserve


def test_every_service_that_is_called_has_a_rate() -> None:
    catalog, _ = load()
    called = {section.call.client for each in catalog for section in each.sections.values() if section.call}
    called |= {listing.call.client for each in catalog for listing in each.listings}
    assert called <= RATES.keys()


@pytest.mark.parametrize("limit", [*RATES.values(), OTHERS, EMULATOR])
def test_rates_make_sense(limit: Limit) -> None:
    assert 0 < limit.least <= limit.rate <= limit.most
    assert 1 <= limit.credit <= limit.reserve < limit.burst
    assert limit.source


def test_what_is_no_aws_has_no_limit_of_aws() -> None:
    assert limit_of("iam") == RATES["iam"]
    assert limit_of("neptune-graph") == OTHERS
    assert limit_of("iam", emulated=True) == EMULATOR


def test_the_documentation_tells_these_rates() -> None:
    page = (Path(__file__).parents[3] / "docs" / "budgets.md").read_text(encoding="utf-8")
    told = [line for line in page.splitlines() if line.startswith("| ")][1:]
    known = {name: limit for name, limit in RATES.items() if limit is not OTHERS}
    rows = [*((f"`{name}`", limit) for name, limit in known.items()), ("others", OTHERS)]
    assert told == [
        f"| {name} | {limit.rate:g} | {limit.most:g} | {limit.burst} | {limit.source} |"
        for name, limit in rows
    ]
