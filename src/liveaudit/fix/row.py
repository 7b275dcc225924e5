"""What a fix is: a typed row that makes the calls which mend one finding, and those that undo them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jmespath

from liveaudit.catalog.paths import fill
from liveaudit.model import LiveauditError, Resource


class UnfixableError(LiveauditError):
    """This finding cannot be mended by calls; the text says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of AWS's API. ``client``: botocore's name of the service."""

    client: str
    operation: str
    params: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"client": self.client, "operation": self.operation, "params": dict(self.params)}


def call_of(plain: Mapping[str, Any]) -> Call:
    """A call from what :meth:`Call.plain` gave."""
    return Call(str(plain["client"]), str(plain["operation"]), dict(plain["params"]))


@dataclass(frozen=True, slots=True)
class Step:
    """One call, and the one that brings back what was before it. ``why_no_undo``: why there is none."""

    call: Call
    undo: Call | None = None
    why_no_undo: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "call": self.call.plain(),
            "undo": self.undo and self.undo.plain(),
            "why_no_undo": self.why_no_undo,
        }


def step_of(plain: Mapping[str, Any]) -> Step:
    """A step from what :meth:`Step.plain` gave."""
    undo = plain["undo"]
    return Step(call_of(plain["call"]), undo and call_of(undo), str(plain["why_no_undo"]))


@dataclass(frozen=True, slots=True)
class Given:
    """What a fix is made from. ``sections``: as they are stored, None for what is not configured.

    ``placeholders``: of the catalog's templates; ``evidence``: the finding's; ``values``: the policy's parameters, as set.
    """

    resource: Resource
    arn: str
    sections: Mapping[str, Any]
    placeholders: Mapping[str, str]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def at(self, path: str) -> Any:
        """What stands in the sections at a JMESPath, whose first name is the section's; None: nothing."""
        return _compiled(path).search(dict(self.sections))

    def filled(self, template: Any) -> Any:
        """A template with the resource's names put in."""
        return fill(template, self.placeholders)


@lru_cache(maxsize=512)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)


@dataclass(frozen=True, slots=True)
class Put:
    """In a row's parameters: the value that mends it. The undo puts what stood at ``was``, or ``absent`` where nothing did.

    ``back``: what the undo puts in any case. With none of the three a value is needed at ``was``.
    """

    value: Any
    was: str = ""
    absent: Any = None
    back: Any = None


Make = Callable[[Given], Sequence[Step]]


@dataclass(frozen=True, slots=True)
class Fix:
    """How findings of these policies on this resource type are mended.

    ``operations``: every call it may make, as (client, operation), those of the undo among them: so much its role may do.
    ``sections``: those that the calls are made from and that the undo brings back. ``does``: in a sentence. ``beware``:
    what may break.
    """

    policies: tuple[str, ...]
    type: str
    make: Make
    operations: frozenset[tuple[str, str]]
    sections: frozenset[str]
    does: str
    beware: str = ""


def setting(
    policies: Sequence[str],
    type_name: str,
    client: str,
    operation: str,
    params: Mapping[str, Any],
    *,
    does: str,
    sections: Sequence[str],
    beware: str = "",
    undo: str = "",
    why_no_undo: str = "",
    unless: Mapping[str, str] | None = None,
) -> Fix:
    """A fix by one call. ``params``: a template with a :class:`Put` wherever something is set.

    ``undo``: the operation that takes it back, where it is another one; it gets the same parameters without what is put.
    ``unless``: paths that tell, when something stands there, why it cannot be mended so.
    """

    def make(given: Given) -> Sequence[Step]:
        for path, reason in (unless or {}).items():
            if given.at(path):
                raise UnfixableError(reason)
        call = Call(client, operation, _new(given.filled(params)))
        if why_no_undo:
            return (Step(call, None, why_no_undo),)
        back = _without_puts(params) if undo else _old(params, given)
        return (Step(call, Call(client, undo or operation, given.filled(back))),)

    operations = {(client, operation)} | ({(client, undo)} if undo else set())
    return Fix(tuple(policies), type_name, make, frozenset(operations), frozenset(sections), does, beware)


def _new(template: Any) -> Any:
    return _mapped(template, lambda put: put.value)


def _old(template: Any, given: Given) -> Any:
    def before(put: Put) -> Any:
        if put.back is not None:
            return put.back
        found = given.at(put.was)
        if found is None:
            found = put.absent
        if found is None:
            raise UnfixableError(
                f"what stood at {put.was} is not stored, so that it could not be undone: wait for the next sweep, then try again"
            )
        return found

    return _mapped(template, before)


def _without_puts(template: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in template.items() if not isinstance(value, Put)}


def _mapped(template: Any, value_of: Callable[[Put], Any]) -> Any:
    if isinstance(template, Put):
        return value_of(template)
    if isinstance(template, Mapping):
        return {key: _mapped(each, value_of) for key, each in template.items()}
    if isinstance(template, list | tuple):
        return [_mapped(each, value_of) for each in template]
    return template
