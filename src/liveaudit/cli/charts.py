"""Small bars for the terminal."""

from __future__ import annotations

import math
import sys

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int, *, plain: bool | None = None) -> str:
    """``share`` (0 to 1) of ``width`` columns; in ``#`` where the output takes no block characters, or if ``plain``."""
    share = min(1.0, max(0.0, share))
    if plain is None:
        plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    if plain:
        return "#" * round(share * width)
    whole, eighths = divmod(round(share * width * 8), 8)
    return "█" * whole + (_EIGHTHS[eighths] if eighths else "")


def log_share(value: float, least: float, most: float) -> float:
    """Where a value lies between two on a logarithmic scale, 0 to 1."""
    if value <= least:
        return 0.0
    return min(1.0, math.log(value / least) / math.log(most / least))
