"""In what a stack set differs from what it should be, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.desired import StackSet
from liveaudit.provision.observe import SetNow


def set_differences(wanted: StackSet, found: SetNow) -> list[str]:
    """What an update of the stack set would change; empty: nothing."""
    differences = template_differences(found.template or {}, wanted.template)
    if not wanted.service_managed:
        if found.administration_role != wanted.administration_role:
            differences.append(f"administration role: {found.administration_role or 'none'}")
        if found.execution_role != names.EXECUTION_ROLE:
            differences.append(f"execution role: {found.execution_role or 'none'}")
    elif not found.auto_deployment:
        differences.append("new accounts are not enrolled automatically")
    if any(found.parameters.get(key) != value for key, value in wanted.parameters.items()):
        differences.append("parameters differ")
    return differences


def template_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Which resources and which of their properties differ, then which other parts of the template."""
    if old == new:
        return []
    before, after = _mapping(old.get("Resources")), _mapping(new.get("Resources"))
    told = [f"{name} is new" for name in sorted(after.keys() - before.keys())]
    told += [f"{name} goes" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        if before[name] == after[name]:
            continue
        one, other = _properties(before[name]), _properties(after[name])
        keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
        told.append(f"{name}: {', '.join(keys) or 'type'} changes")
    others = sorted(key for key in (old.keys() | new.keys()) - {"Resources"} if old.get(key) != new.get(key))
    if others:
        told.append(f"template's {', '.join(others)} changes")
    return told


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _properties(resource: Any) -> Mapping[str, Any]:
    return _mapping(_mapping(resource).get("Properties"))
