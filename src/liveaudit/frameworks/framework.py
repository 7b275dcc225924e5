"""What a framework and a control are, and the files they stand in."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from liveaudit.model import LiveauditError

PLANNED = "planned.toml"


class FrameworkError(LiveauditError):
    """A file of a framework is not as it should be; its text says where and what."""


class Kind(StrEnum):
    """How the framework itself says that a control is assessed. ``MANUAL``: by people."""

    AUTOMATED = "automated"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that a framework asks for. ``policies`` judge it, as far as they are built; ``level`` is CIS's."""

    id: str
    title: str
    kind: Kind
    policies: tuple[str, ...] = ()
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework and its controls, by their ids, in its own order. ``source``: where the numbers come from."""

    name: str
    title: str
    source: str
    controls: Mapping[str, Control]


def read_framework(text: str, where: str) -> Framework:
    """A framework from a TOML text. ``where``: the file's name, for errors. Raises FrameworkError."""
    try:
        read = tomllib.loads(text)
        return Framework(
            name=read["name"],
            title=read["title"],
            source=read["source"],
            controls={each: _control(each, table, where) for each, table in read["controls"].items()},
        )
    except tomllib.TOMLDecodeError as error:
        raise FrameworkError(f"{where}: {error}") from error
    except KeyError as error:
        raise FrameworkError(f"{where}: has no {error.args[0]}") from error


def _control(control_id: str, table: Mapping[str, Any], where: str) -> Control:
    if strange := sorted(table.keys() - {"title", "kind", "level", "policies"}):
        raise FrameworkError(f"{where}: {control_id}: {strange[0]} is nothing that a control has")
    try:
        kind = Kind(table["kind"])
    except (KeyError, ValueError) as error:
        raise FrameworkError(f"{where}: {control_id}: kind is one of: {', '.join(Kind)}") from error
    policies = tuple(table.get("policies", ()))
    if len(set(policies)) != len(policies):
        raise FrameworkError(f"{where}: {control_id}: a policy stands twice")
    return Control(control_id, table["title"], kind, policies, table.get("level"))


@lru_cache(maxsize=1)
def load_frameworks() -> Mapping[str, Framework]:
    """Every framework, by its name."""
    files = importlib.resources.files(__package__) / "data"
    read = [
        read_framework(file.read_text(encoding="utf-8"), f"frameworks/data/{file.name}")
        for file in files.iterdir()
        if file.name.endswith(".toml")
    ]
    return {each.name: each for each in sorted(read, key=lambda each: each.name.lower())}


@lru_cache(maxsize=1)
def controls_by_policy() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Of each policy the controls that it judges, by framework name."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for framework in load_frameworks().values():
        for control in framework.controls.values():
            for policy in control.policies:
                of_policy = found.setdefault(policy, {})
                of_policy[framework.name] = (*of_policy.get(framework.name, ()), control.id)
    return found


@lru_cache(maxsize=1)
def planned_policies() -> Mapping[str, tuple[str, ...]]:
    """The ids of the policies that are planned, built or not, by their group."""
    file = importlib.resources.files(__package__) / PLANNED
    groups = tomllib.loads(file.read_text(encoding="utf-8"))["groups"]
    return {group: tuple(ids) for group, ids in groups.items()}
