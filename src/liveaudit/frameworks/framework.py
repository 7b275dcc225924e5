"""What a framework and a control are, and the files they stand in."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
def _in_files() -> Mapping[str, Framework]:
    files = importlib.resources.files(__package__) / "data"
    read = [
        read_framework(file.read_text(encoding="utf-8"), f"frameworks/data/{file.name}")
        for file in files.iterdir()
        if file.name.endswith(".toml")
    ]
    return {each.name: each for each in sorted(read, key=lambda each: each.name.lower())}


Served = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Of each policy, by its id, the controls that it judges, by framework name."""


@dataclass(slots=True)
class _Taken:
    """The frameworks with the users' own policies in them, and whom they name. Both are replaced as a whole."""

    frameworks: Mapping[str, Framework] | None = None
    served: Served | None = None


_TAKEN = _Taken()


def load_frameworks() -> Mapping[str, Framework]:
    """Every framework, by its name."""
    taken = _TAKEN.frameworks
    return _in_files() if taken is None else taken


def controls_by_policy() -> Served:
    """Of each policy the controls that it judges, by framework name."""
    taken = _TAKEN.served
    return _served_in_files() if taken is None else taken


def take_in(served: Served) -> None:
    """Have the users' own policies serve these controls, in the place of all that was taken in before.

    Raises FrameworkError for a framework or control that there is not; nothing has changed then.
    """
    if not served:
        _TAKEN.frameworks = _TAKEN.served = None
        return
    frameworks = dict(_in_files())
    for policy, by_framework in served.items():
        for name, ids in by_framework.items():
            frameworks[name] = _with_policy(frameworks, policy, name, ids)
    _TAKEN.frameworks, _TAKEN.served = frameworks, _served(frameworks)


def _with_policy(
    frameworks: Mapping[str, Framework], policy: str, name: str, ids: tuple[str, ...]
) -> Framework:
    framework = frameworks.get(name)
    if framework is None:
        raise FrameworkError(f"{policy}: {name!r} is no framework; there are: {', '.join(frameworks)}")
    controls = dict(framework.controls)
    for each in ids:
        if each not in controls:
            raise FrameworkError(f"{policy}: {name} has no control {each!r}")
        if policy not in controls[each].policies:
            controls[each] = replace(controls[each], policies=(*controls[each].policies, policy))
    return replace(framework, controls=controls)


@lru_cache(maxsize=1)
def _served_in_files() -> Served:
    return _served(_in_files())


def _served(frameworks: Mapping[str, Framework]) -> Served:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for framework in frameworks.values():
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
