"""Histograms of latencies: what a quantile says holds, they add up, and old hours go."""

from __future__ import annotations

import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.store import latencies
from liveaudit.store.database import Database
from liveaudit.store.latencies import BOUNDS, HOPS, HOUR, LONGEST, Histogram, Latencies
from tests.support.stores import Stores


def histogram(*values: float) -> Histogram:
    made = Histogram()
    for each in values:
        made.add(each)
    return made


@given(st.lists(st.floats(min_value=0.0, max_value=80_000.0), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    found = histogram(*values).quantile(share)
    assert found is not None
    true = sorted(values)[math.ceil(share * len(values)) - 1]
    assert found.least <= true <= found.most
    assert found.least <= found.at <= found.most


def test_bounds_are_as_far_apart_as_is_told() -> None:
    assert all(BOUNDS[n + 1] / BOUNDS[n] == pytest.approx(2**0.5) for n in range(len(BOUNDS) - 1))
    assert BOUNDS[0] == 0.001
    assert BOUNDS[-1] < LONGEST < BOUNDS[-1] * 2**0.5


def test_what_cannot_be_is_bounded() -> None:
    found = histogram(-5.0, math.inf, math.nan, 1e12)
    assert found.seen == {0: 1, len(BOUNDS): 3}
    assert found.total == 3 * LONGEST
    assert Histogram().quantile(0.5) is None
    with pytest.raises(KeyError):
        Latencies().add("no-hop", 1.0)


@given(st.lists(st.floats(0, 1e5)), st.lists(st.floats(0, 1e5)))
def test_two_histograms_are_one_of_both(one: list[float], other: list[float]) -> None:
    merged = histogram(*one)
    merged.merge(histogram(*other))
    assert merged.seen == histogram(*one, *other).seen
    assert merged.total == pytest.approx(histogram(*one, *other).total)


def measured(hop: str, *values: float) -> Latencies:
    return Latencies({hop: histogram(*values)})


def test_processes_add_up_by_the_hour(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        now = 500_000 * HOUR + 100.0
        for values in ((0.1, 0.1, 3.0), (3.0, 50.0)):
            database.write_now(partial(latencies.add, measured=measured("made-stored", *values), now=now))
        database.write_now(lambda c: latencies.add(c, measured("sent-received", 0.2), now))
        database.write_now(lambda c: latencies.add(c, Latencies(), now))
        found = database.read_now(lambda c: latencies.read(c, since=now))
        expected = histogram(0.1, 0.1, 3.0, 3.0, 50.0)
        assert [hop for hop, _ in found] == ["sent-received", "made-stored"]
        assert found.by_hop["made-stored"].seen == expected.seen
        assert found.by_hop["made-stored"].total == pytest.approx(expected.total)
        later = now + HOUR
        database.write_now(lambda c: latencies.add(c, measured("made-stored", 7.0), later))
        assert database.read_now(lambda c: latencies.read(c, since=later)).by_hop["made-stored"].count == 1
        assert database.read_now(lambda c: latencies.read(c, since=now)).by_hop["made-stored"].count == 6
        by_hour = database.read_now(
            lambda c: latencies.read_by_hour(c, "made-stored", [500_000, 500_001, 500_002])
        )
        assert {hour: each.count for hour, each in by_hour.items()} == {500_000: 5, 500_001: 1}
    finally:
        database.close()


def test_old_hours_are_dropped(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        now = 500_000.0 * HOUR
        database.write_now(lambda c: latencies.add(c, measured("bus-sent", 1.0), now))
        later = now + (latencies.KEPT_HOURS + 1) * HOUR
        database.write_now(lambda c: latencies.add(c, measured("bus-sent", 1.0), later))
        assert database.read_now(lambda c: latencies.read(c, since=0.0)).by_hop["bus-sent"].count == 1
    finally:
        database.close()


def test_every_hop_has_a_name_that_fits() -> None:
    assert all(len(hop) <= 32 and text for hop, text in HOPS.items())
