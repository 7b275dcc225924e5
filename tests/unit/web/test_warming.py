"""The dear figures are there before anybody asks."""

from __future__ import annotations

from dataclasses import replace

from liveaudit.web.console import Console
from liveaudit.web.warming import Warming


def test_figures_are_reckoned_at_the_beginning(console: Console) -> None:
    warming = Warming(console)
    warming._thread.join(60)
    assert {"overview", "health matrix", "system", "tallies"} <= console.shared.keys()
    warming.end()


def test_an_error_ends_nothing(console: Console) -> None:
    def broken() -> float:
        raise OSError("no clock")

    warming = Warming(replace(console, clock=broken))
    warming._thread.join(60)
    assert {"overview", "health matrix", "system", "tallies"} <= console.shared.keys()
    warming.end()
