"""``liveaudit lab``."""

from __future__ import annotations


def lab() -> None:
    """Not there yet."""
    raise NotImplementedError
