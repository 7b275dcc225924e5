"""JSON as text."""

from __future__ import annotations

import json
from typing import Any


def json_text(value: Any) -> str:
    """JSON with an indent of two, keys in the order given, ASCII only, a line end at the end."""
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def compact(value: Any) -> str:
    """JSON without white space, ASCII only."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
