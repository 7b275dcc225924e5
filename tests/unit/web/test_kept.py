"""Figures that are kept: who comes first waits, the others do not, and no error is lost."""

from __future__ import annotations

import threading
import time
from itertools import count

import pytest

from liveaudit.web.kept import Kept


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def until(reached: object) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if callable(reached) and reached():
            return
        time.sleep(0.001)
    raise AssertionError("it never came")


def test_the_first_waits_and_what_is_fresh_is_not_reckoned_again() -> None:
    clock = Clock()
    kept = Kept(count(1).__next__, 2.0, clock)
    assert (kept.get(), kept.get()) == (1, 1)
    clock.now += 3.0
    assert kept.get() == 2, "it costs next to nothing, so it is not shown as it was"


def test_what_has_changed_is_reckoned_however_fresh_it_is() -> None:
    kept = Kept(count(1).__next__, 2.0, Clock())
    assert kept.get() == 1
    kept.outdate()
    assert (kept.get(), kept.get()) == (2, 2)


def test_what_is_dear_is_reckoned_more_seldom() -> None:
    reckoned: list[int] = []
    clock = Clock()

    def dear() -> int:
        reckoned.append(1)
        clock.now += 10.0
        return len(reckoned)

    kept = Kept(dear, 2.0, clock)
    kept.get()
    clock.now += 100.0
    kept.get()
    assert len(reckoned) == 1
    clock.now += 101.0
    assert kept.get() == 1, "nobody waits for what is dear"
    until(lambda: len(reckoned) == 2)
    until(lambda: kept.get() == 2)


def test_an_error_comes_to_who_asks_next_and_then_it_is_tried_again() -> None:
    clock = Clock()
    broken = threading.Event()

    def sometimes() -> str:
        if broken.is_set():
            raise OSError("away")
        return "there"

    kept = Kept(sometimes, 1.0, clock)
    assert kept.get() == "there"
    broken.set()
    clock.now += 2.0
    failures = 0
    deadline = time.monotonic() + 20
    while not failures and time.monotonic() < deadline:
        try:
            assert kept.get() == "there"
        except OSError:
            failures += 1
    assert failures == 1
    broken.clear()
    assert kept.get() == "there"


def test_an_error_of_the_first_comes_to_the_first() -> None:
    def never() -> str:
        raise OSError("away")

    kept = Kept(never, 1.0)
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            kept.get()
