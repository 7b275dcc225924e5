"""When is told: hours of quiet, and times of digests. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_MOST_STEPS = 20
"""Pieces of quiet one after the other that are looked at: a week has fourteen."""


def seconds(period: str) -> float:
    """A period, as ``10s`` or ``24h``, in seconds; ``never`` and nothing are 0."""
    return 0.0 if period in ("", "never") else int(period[:-1]) * _UNITS[period[-1]]


def rate(given: str) -> tuple[int, float] | None:
    """So many in so many seconds, of ``30/h``; None: no limit."""
    number, slash, unit = given.partition("/")
    return (int(number), _UNITS[unit]) if slash else None


@dataclass(frozen=True, slots=True)
class Quiet:
    """When nobody is to be told. ``begins``, ``ends``: of every day; the same twice: not at all."""

    begins: dt.time
    ends: dt.time
    days: frozenset[int]
    zone: ZoneInfo
    but: frozenset[str]

    def until(self, at: float) -> float | None:
        """When the quiet is over that is at this time (Unix seconds); None: it is not quiet."""
        end = None
        here = dt.datetime.fromtimestamp(at, self.zone)
        for _ in range(_MOST_STEPS):
            following = self._end(here)
            if following is None:
                break
            here = end = following
        return None if end is None else end.timestamp()

    def _end(self, here: dt.datetime) -> dt.datetime | None:
        if here.weekday() in self.days:
            return _at(here.date() + dt.timedelta(days=1), dt.time(), self.zone)
        now = here.time()
        if self.begins < self.ends:
            return _at(here.date(), self.ends, self.zone) if self.begins <= now < self.ends else None
        if self.begins == self.ends:
            return None
        if now >= self.begins:
            return _at(here.date() + dt.timedelta(days=1), self.ends, self.zone)
        return _at(here.date(), self.ends, self.zone) if now < self.ends else None


def quiet(hours: str, days: tuple[str, ...], zone: str, but: tuple[str, ...]) -> Quiet:
    """Quiet as the settings say it."""
    begins, _, ends = (hours or "00:00-00:00").partition("-")
    return Quiet(
        dt.time.fromisoformat(begins),
        dt.time.fromisoformat(ends),
        frozenset(DAYS.index(each) for each in days),
        ZoneInfo(zone),
        frozenset(but),
    )


def next_digest(digest: str, at: float) -> float:
    """The first time after ``at`` for what the settings say: a period, or a time of every day (UTC)."""
    if ":" not in digest:
        every = seconds(digest)
        return (at // every + 1) * every
    here = dt.datetime.fromtimestamp(at, dt.UTC)
    today = _at(here.date(), dt.time.fromisoformat(digest), dt.UTC)
    return (today if today > here else today + dt.timedelta(days=1)).timestamp()


def _at(day: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, time, zone)
