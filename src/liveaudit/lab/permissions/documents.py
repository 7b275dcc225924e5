"""A policy document, read once: statements with what they are about and what they ask. Pure.

Source: IAM User Guide, "IAM JSON policy element reference", "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from liveaudit.lab.permissions import conditions, principals
from liveaudit.lab.permissions.conditions import Condition, UnclearError, as_list
from liveaudit.lab.permissions.patterns import variables_in

_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_WITH_VARIABLES = "2012-10-17"
_VERSIONS = (None, "2008-10-17", _WITH_VARIABLES)


class Effect(StrEnum):
    """What a statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Actions:
    """An Action or NotAction element: the plain names for looking up, the patterns for trying; all in lower case."""

    names: frozenset[str]
    patterns: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Resources:
    """A Resource or NotResource element."""

    patterns: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. An element that is None was not given, or is not understood: ``unclear`` then says what."""

    effect: Effect
    sid: str = ""
    number: int = 0
    """Which statement of its document, from 0."""
    principal: principals.Element | None = None
    not_principal: principals.Element | None = None
    actions: Actions | None = None
    resources: Resources | None = None
    conditions: tuple[Condition, ...] = ()
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The statements of a document, and why it was not understood as a whole, if it was not."""

    statements: tuple[Statement, ...] = ()
    problem: str = ""
    keys: frozenset[str] = field(default_factory=frozenset)
    """The condition keys that it asks about, in conditions and variables, in lower case."""


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Document:
    """The document in ``text``. Never fails: what is not understood allows nothing."""
    try:
        given = json.loads(text)
    except ValueError:
        return Document(problem="it is no JSON")
    if not isinstance(given, Mapping):
        return Document(problem="it is no object")
    if given.get("Version") not in _VERSIONS:
        return Document(problem=f"its version {given.get('Version')} is not known")
    variables: frozenset[str] = frozenset()
    if "${" in text:
        if given.get("Version") != _WITH_VARIABLES:
            given = json.loads(text.replace("${", "${$}{"))  # older documents have no variables
        else:
            variables = variables_in(text)
    statements = tuple(
        found
        for number, one in enumerate(as_list(given.get("Statement")))
        if isinstance(one, Mapping) and (found := _statement(one, number)) is not None
    )
    asked = {each.key for one in statements for each in one.conditions}
    return Document(statements, keys=variables | asked)


def _statement(given: Mapping[str, Any], number: int) -> Statement | None:
    try:
        effect = Effect(given.get("Effect", ""))
    except ValueError:
        return None  # IAM takes no such statement
    parts: dict[str, Any] = {}
    problems: list[str] = []
    readers: dict[str, Callable[[], Any]] = {
        "principal": lambda: principals.parse(given["Principal"]) if "Principal" in given else None,
        "not_principal": lambda: principals.parse(given["NotPrincipal"]) if "NotPrincipal" in given else None,
        "actions": lambda: _actions(given),
        "resources": lambda: _resources(given),
        "conditions": lambda: conditions.parse(given.get("Condition")),
    }
    for name, read in readers.items():
        try:
            parts[name] = read()
        except UnclearError as error:
            problems.append(str(error))
    if unknown := set(given) - _ELEMENTS:
        problems.append(f"the element {min(unknown)} is not known")
    if "NotPrincipal" in given and effect is Effect.ALLOW:
        problems.append("NotPrincipal with Allow")
    if "NotPrincipal" in given and "Principal" in given:
        problems.append("both Principal and NotPrincipal")
    return Statement(
        effect,
        sid=str(given.get("Sid", "")),
        number=number,
        unclear="; ".join(problems),
        **parts,
    )


def _one_of(given: Mapping[str, Any], name: str, negation: str) -> tuple[list[str], bool] | None:
    if name in given and negation in given:
        raise UnclearError(f"both {name} and {negation}")
    negated = negation in given
    if not negated and name not in given:
        return None
    texts = as_list(given[negation if negated else name])
    if not texts or not all(isinstance(text, str) for text in texts):
        raise UnclearError(f"{name} is neither text nor a list of texts")
    return texts, negated


def _actions(given: Mapping[str, Any]) -> Actions:
    found = _one_of(given, "Action", "NotAction")
    if found is None:
        raise UnclearError("no Action")
    texts, negated = found
    lowered = [text.lower() for text in texts]
    wild = tuple(text for text in lowered if "*" in text or "?" in text)
    return Actions(frozenset(lowered) - set(wild), wild, negated)


def _resources(given: Mapping[str, Any]) -> Resources | None:
    found = _one_of(given, "Resource", "NotResource")
    return None if found is None else Resources(tuple(found[0]), found[1])
