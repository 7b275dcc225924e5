"""Policies built from what a file says of them, once its shape is right: everything that is wrong with one, told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import UNSET

from liveaudit import __version__
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.types import ResourceType
from liveaudit.custom.common import Common, PolicyMistakeError
from liveaudit.custom.kinds import BUILDERS
from liveaudit.custom.parameters import parameter
from liveaudit.custom.shape import PolicySpec
from liveaudit.frameworks.framework import load_frameworks
from liveaudit.model import Severity
from liveaudit.policies.parameters import Parameter
from liveaudit.policies.policy import BUILT_IN, Policy
from liveaudit.settings.mistakes import Place, nearest, shown

_TEXTS = frozenset({"title", "why", "fix", "frameworks", "tests"})
"""Fields that no verdict depends on."""


@dataclass(frozen=True, slots=True)
class Built:
    """A policy as its file has it, and on each of its types. ``tested_at``: where its tests stand."""

    spec: PolicySpec
    policies: tuple[Policy, ...]
    tested_at: tuple[Place | None, ...] = ()


def build_all(
    spec: PolicySpec,
    given: Mapping[str, Any],
    origin: str,
    catalog: Catalog,
    taken: Mapping[str, str],
    folder: Path | None = None,
) -> tuple[Built | None, list[PolicyMistakeError]]:
    """The policy, or None and everything that is wrong. ``given``: as plain data; ``taken``: ids that others have; ``folder``:
    where its file stands."""
    mistakes = [*_of_the_id(spec, taken), *wrong_controls(spec.frameworks)]
    types: list[ResourceType] = []
    for path, name in _type_names(spec, mistakes):
        if name in catalog.types:
            types.append(catalog.types[name])
        else:
            near = nearest(
                name, [each for each in catalog.types if each.startswith(name.rpartition("::")[0])]
            )
            mistakes.append(PolicyMistakeError(path, f"{shown(name)} is no type that is covered{near}"))
    takes: list[Parameter] = []
    for name, said in spec.parameters.items():
        try:
            takes.append(parameter(name, said))
        except PolicyMistakeError as error:
            mistakes.append(error)
    kinds = [each for each in BUILDERS if getattr(spec, _attribute(each)) is not UNSET]
    if len(kinds) != 1:
        there = f"{' and '.join(kinds)} are there, one" if kinds else "one"
        mistakes.append(
            PolicyMistakeError((), f"by what does it judge? {there} of {', '.join(BUILDERS)} is needed")
        )
    if mistakes:
        return None, mistakes
    version = _version(given)
    policies = []
    for each in types:
        common = Common(
            spec.id,
            each,
            Severity(spec.severity),
            spec.title,
            spec.why,
            spec.fix,
            origin,
            version,
            spec.ids,
            tuple(takes),
            tuple(spec.frameworks.items()),
            folder,
        )
        try:
            policies.append(BUILDERS[kinds[0]](common, getattr(spec, _attribute(kinds[0])), catalog))
        except PolicyMistakeError as error:
            # the same on its other types
            return None, [error]
    return Built(spec, tuple(policies)), list(_of_tests(spec, types))


def _attribute(name: str) -> str:
    return "lambda_" if name == "lambda" else name


def _of_the_id(spec: PolicySpec, taken: Mapping[str, str]) -> Iterator[PolicyMistakeError]:
    if BUILT_IN.named(spec.id):
        yield PolicyMistakeError(("id",), f"{spec.id} is a built-in policy: begin it with a name of your own")
    if spec.id in taken:
        yield PolicyMistakeError(("id",), f"{spec.id} is there already, in {taken[spec.id]}")


def _type_names(
    spec: PolicySpec, mistakes: list[PolicyMistakeError]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if spec.type is UNSET and spec.types is UNSET:
        mistakes.append(PolicyMistakeError((), "type is missing: the resource type that it judges, or types"))
    if spec.type is not UNSET and spec.types is not UNSET:
        mistakes.append(PolicyMistakeError(("types",), "is there beside type: one of the two is enough"))
    if spec.type is not UNSET:
        yield ("type",), spec.type
    elif spec.types is not UNSET:
        yield from ((("types", number), each) for number, each in enumerate(spec.types))


def wrong_controls(served: Mapping[str, tuple[str, ...]]) -> Iterator[PolicyMistakeError]:
    """The frameworks and controls that there are not, of those that a policy is said to serve."""
    there = load_frameworks()
    for name, controls in served.items():
        if name not in there:
            told = nearest(name, there) or f"; there are {', '.join(there)}"
            yield PolicyMistakeError(("frameworks", name), f"is no framework that is known{told}")
            continue
        for number, each in enumerate(controls):
            if each not in there[name].controls:
                near = nearest(each, there[name].controls)
                yield PolicyMistakeError(
                    ("frameworks", name, number), f"{name} has no control {shown(each)}{near}"
                )


def _of_tests(spec: PolicySpec, types: list[ResourceType]) -> Iterator[PolicyMistakeError]:
    """Tests that could never run. A policy does not need them to judge, so that it is used all the same."""
    by_name = {each.name: each for each in types}
    for number, test in enumerate(spec.tests):
        if test.type is not UNSET and test.type not in by_name:
            yield PolicyMistakeError(
                ("tests", number, "type"), f"is none of the policy's: {', '.join(by_name)}"
            )
            continue
        resource_type = types[0] if test.type is UNSET else by_name[test.type]
        for name in test.sections:
            if name not in resource_type.sections:
                near = nearest(name, resource_type.sections)
                yield PolicyMistakeError(
                    ("tests", number, "sections", name), f"is no section of {resource_type.name}{near}"
                )
        takes = set(spec.parameters)
        for name in test.parameters:
            if name not in takes:
                yield PolicyMistakeError(
                    ("tests", number, "parameters", name), "is no parameter of the policy"
                )


def _version(given: Mapping[str, Any]) -> str:
    """Another when the policy may judge otherwise."""
    told = {name: each for name, each in given.items() if name not in _TEXTS}
    text = json.dumps([__version__, told], sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
