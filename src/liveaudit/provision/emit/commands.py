"""The commands that do with the templates what ``setup apply`` does, in their order. Pure.

Source: AWS CLI command reference, ``cloudformation`` and ``events``.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.desired import Stack, StackSet
from liveaudit.provision.emit.names import spelled
from liveaudit.provision.grants import Grant
from liveaudit.provision.render.text import compact
from liveaudit.provision.stack_sets import PREFERENCES
from liveaudit.provision.steps import Where, rectangles


def make_set(wanted: StackSet, home: str, file: str) -> str:
    """Create a stack set, without stacks."""
    words = [*_set("create-stack-set", wanted, home), "--template-body", f"file://{file}"]
    if wanted.capabilities:
        words += ["--capabilities", *wanted.capabilities]
    if wanted.service_managed:
        words += ["--permission-model", "SERVICE_MANAGED"]
        words += ["--auto-deployment", "Enabled=true,RetainStacksOnAccountRemoval=false"]
    else:
        words += ["--administration-role-arn", wanted.administration_role]
        words += ["--execution-role-name", names.EXECUTION_ROLE]
    return shlex.join(words)


def make_stacks(wanted: StackSet, home: str) -> Iterator[str]:
    """Create its stacks, in as few operations as there are kinds of targets, each to be waited for."""
    for where in _places(wanted):
        words = _set("create-stack-instances", wanted, home)
        for name, value in where.params.items():
            words += [f"--{spelled(name, '-')}", *_words(value)]
        words += [
            "--operation-preferences",
            ",".join(f"{key}={value}" for key, value in PREFERENCES.items()),
        ]
        yield shlex.join(words)


def watch(wanted: StackSet, home: str) -> str:
    """See how far the latest operation is: the next one on the same stack set has to wait for it."""
    return shlex.join([*_set("list-stack-set-operations", wanted, home), "--max-items", "1"])


def grant(each: Grant, region: str) -> str:
    """Let a publisher, or the organization, put events on the receiver's bus of one region."""
    params = each.params
    words = ["aws", "events", "put-permission", "--region", region, "--event-bus-name", names.BUS]
    words += ["--action", params["Action"], "--principal", each.principal, "--statement-id", each.id]
    if condition := params.get("Condition"):
        words += ["--condition", json.dumps(condition)]
    return shlex.join(words)


def plain_stack(stack: Stack, file: str) -> str:
    """The stack of the management account in one region."""
    words = ["aws", "cloudformation", "deploy", "--region", stack.region, "--stack-name", stack.name]
    words += ["--template-file", file]
    if stack.capabilities:
        words += ["--capabilities", *stack.capabilities]
    return shlex.join(words)


def _set(command: str, wanted: StackSet, home: str) -> list[str]:
    words = ["aws", "cloudformation", command, "--region", home]
    for name, value in wanted.key.params.items():
        words += [f"--{spelled(name, '-')}", value]
    return words


def _places(wanted: StackSet) -> list[Where]:
    if not wanted.service_managed:
        return rectangles(wanted.targets)
    by_excluded: dict[Sequence[str], list[str]] = {}
    for region, excluded in wanted.excluded.items():
        by_excluded.setdefault(tuple(excluded), []).append(region)
    return [
        Where(tuple(regions), tuple(excluded), wanted.units, "DIFFERENCE" if excluded else "")
        for excluded, regions in by_excluded.items()
    ]


def _words(value: Any) -> list[str]:
    return [compact(value)] if isinstance(value, Mapping) else [str(each) for each in value]
