"""AWS's names as others spell them. Pure."""

from __future__ import annotations

import re

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def spelled(name: str, between: str) -> str:
    """``MaxConcurrentPercentage`` as ``max-concurrent-percentage``, or with another sign between the words."""
    return _CAPITAL.sub(between, name).lower()
