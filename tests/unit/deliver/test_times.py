"""Hours of quiet and times of digests, in time zones and over the changes of clocks."""

from __future__ import annotations

import datetime as dt

import pytest

from liveaudit.deliver.sending import FIRST_PAUSE, LONGEST_PAUSE, pause_after
from liveaudit.deliver.times import next_digest, quiet, rate, seconds


def at(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


def told(seconds_since: float | None) -> str:
    return "" if seconds_since is None else dt.datetime.fromtimestamp(seconds_since, dt.UTC).isoformat()


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2027-01-15T12:00+00:00", ""),
        ("2027-01-15T21:30+00:00", "2027-01-16T06:00:00+00:00"),
        ("2027-01-15T03:00+00:00", "2027-01-15T06:00:00+00:00"),
        ("2027-01-15T06:00+00:00", ""),
        # the clocks go forward in this night
        ("2027-03-28T00:30+00:00", "2027-03-28T05:00:00+00:00"),
    ],
)
def test_quiet_over_midnight_in_a_zone(now: str, ends: str) -> None:
    nights = quiet("22:00-07:00", (), "Europe/Berlin", ("critical",))
    assert told(nights.until(at(now))) == ends


def test_quiet_days_and_nights_one_after_the_other() -> None:
    both = quiet("22:00-07:00", ("sat", "sun"), "UTC", ())
    # Friday evening until Monday morning
    assert told(both.until(at("2027-01-15T23:00+00:00"))) == "2027-01-18T07:00:00+00:00"
    assert both.until(at("2027-01-15T12:00+00:00")) is None


def test_quiet_in_the_middle_of_a_day() -> None:
    noon = quiet("12:00-13:00", (), "UTC", ())
    assert told(noon.until(at("2027-01-15T12:30+00:00"))) == "2027-01-15T13:00:00+00:00"
    assert noon.until(at("2027-01-15T13:00+00:00")) is None


def test_a_week_that_is_quiet_throughout_ends_all_the_same() -> None:
    never = quiet("", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "UTC", ())
    assert never.until(at("2027-01-15T12:00+00:00")) is not None


def test_digests_come_at_their_times() -> None:
    now = at("2027-01-15T09:00+00:00")
    assert told(next_digest("09:00", now)) == "2027-01-16T09:00:00+00:00"
    assert told(next_digest("09:30", now)) == "2027-01-15T09:30:00+00:00"
    assert told(next_digest("4h", now)) == "2027-01-15T12:00:00+00:00"


def test_periods_and_rates() -> None:
    assert [seconds(each) for each in ("0s", "10s", "2m", "24h", "7d", "never", "")] == [
        0,
        10,
        120,
        86_400,
        604_800,
        0,
        0,
    ]
    assert rate("30/h") == (30, 3600.0)
    assert rate("") is None


def test_pauses_grow_and_are_spread() -> None:
    pauses = [pause_after(failures, None, 1.0) for failures in range(40)]
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    assert pause_after(3, None, 0.0) == pauses[3] / 2
    assert pause_after(0, 90.0, 0.5) == 90.0
    assert pause_after(0, 1e9, 0.5) == 3600.0
