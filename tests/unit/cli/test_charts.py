"""Bars."""

from __future__ import annotations

import pytest

from liveaudit.cli.charts import bar, log_share


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, ""), (1.0, "████"), (2.0, "████"), (-1.0, ""), (0.5, "██"), (0.53125, "██▏")]
)
def test_bars(share: float, drawn: str) -> None:
    assert bar(share, 4, plain=False) == drawn


def test_bars_without_block_characters() -> None:
    assert bar(0.5, 4, plain=True) == "##"


def test_shares_on_a_logarithmic_scale() -> None:
    assert [round(log_share(each, 0.001, 1000), 3) for each in (0.0, 0.001, 1.0, 1000, 1e9)] == [
        0.0,
        0.0,
        0.5,
        1.0,
        1.0,
    ]
