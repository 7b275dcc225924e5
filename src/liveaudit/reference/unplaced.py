"""The kinds of recorded events that cannot be placed, and why."""

from __future__ import annotations

import importlib.resources
import tomllib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An event, by source and name, of which no resource can be told."""

    source: str
    name: str
    reason: str


def unplaced() -> tuple[Unplaced, ...]:
    """The list, by source and name."""
    file = importlib.resources.files(__package__) / "unplaced.toml"
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(Unplaced(**each) for each in read.get("event", ()))
