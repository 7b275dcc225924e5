"""The kinds of events that cannot be placed, and why."""

from __future__ import annotations

import importlib.resources
import tomllib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An event, by source and name, of which no resource can be told."""

    source: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outside:
    """Events of a service that has no table, though the plan of the policies names them."""

    source: str
    names: tuple[str, ...]
    reason: str


def _read() -> dict[str, Any]:
    file = importlib.resources.files(__package__) / "unplaced.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def unplaced() -> tuple[Unplaced, ...]:
    """The kinds of events of covered services that cannot be placed."""
    return tuple(Unplaced(**each) for each in _read().get("event", ()))


def outside() -> tuple[Outside, ...]:
    """The events that concern what is audited and come from services without a table."""
    return tuple(
        Outside(each["source"], tuple(each["names"]), each["reason"]) for each in _read().get("outside", ())
    )
