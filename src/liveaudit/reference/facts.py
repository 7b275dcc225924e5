"""All that is known of a policy, gathered from where it stands."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.rows import Section
from liveaudit.catalog.types import ResourceType
from liveaudit.frameworks.framework import controls_by_policy
from liveaudit.policies.defined import Defined
from liveaudit.policies.policy import Judge, Policy
from liveaudit.policies.remedies import Remedies


@dataclass(frozen=True, slots=True)
class Read:
    """A section that a policy reads: of which type, by which calls, changed by which events.

    A section that is another resource's is followed to where it is read: ``of`` names that type.
    """

    section: str
    of: str
    calls: tuple[str, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """A policy as it stands on each of its types, with its texts, its reads, its remedies and its controls.

    ``judged``: what its function says of itself; ``module``, ``code``: where that stands, and how it judges; ``given``:
    what the names in it stand for that come from outside.
    """

    policy: Policy
    types: tuple[str, ...]
    judged: str
    module: str
    code: str
    given: Mapping[str, str]
    reads: tuple[Read, ...]
    events: tuple[str, ...]
    timed: bool
    remedies: Remedies | None
    frameworks: Mapping[str, tuple[str, ...]]

    @property
    def calls(self) -> tuple[str, ...]:
        """The API calls that its sections take, as ``s3:GetBucketAcl``."""
        return tuple(sorted({call for read in self.reads for call in read.calls}))

    def plain(self) -> dict[str, Any]:
        """The same as plain data, for JSON."""
        first = self.policy
        return {
            "id": first.id,
            "service": first.service,
            "type": first.type,
            "types": list(self.types),
            "severity": first.severity.value,
            "title": first.title,
            "why": first.why,
            "fix": first.fix,
            "judged": self.judged,
            "remedies": self.remedies.plain() if self.remedies else {},
            "frameworks": {name: list(controls) for name, controls in self.frameworks.items()},
            "sections": sorted({read.section for read in self.reads}),
            "events": list(self.events),
            "calls": list(self.calls),
            "timed": self.timed,
            "kind": first.kind.value,
            "origin": first.origin,
            "definition": self.code if first.origin else "",
            "parameters": [
                {
                    "name": each.name,
                    "title": each.title,
                    "takes": each.takes,
                    "default": list(each.default) if isinstance(each.default, tuple) else each.default,
                }
                for each in self.policy.takes
            ],
        }


def by_id(policies: Iterable[Policy]) -> dict[str, list[Policy]]:
    """The policies together by their id."""
    found: dict[str, list[Policy]] = {}
    for policy in policies:
        found.setdefault(policy.id, []).append(policy)
    return found


def gather(same: Sequence[Policy], catalog: Catalog, remedies: Mapping[str, Remedies]) -> PolicyFacts:
    """All that is known of a policy, given as it stands on each of its types."""
    first = same[0]
    reads: dict[tuple[str, str], Read] = {}
    events: set[str] = set()
    for policy in same:
        resource_type = catalog.types[policy.type]
        for name in sorted(policy.sections | {resource_type.root}):
            read = _read(name, resource_type, catalog)
            events |= set(read.events)
            if name in policy.sections:
                reads[read.of, name] = read
    judge = inspect.unwrap(first.judge)
    defined = judge if isinstance(judge, Defined) else None
    code = source_of(judge) if defined is None else defined.definition
    return PolicyFacts(
        policy=first,
        types=tuple(policy.type for policy in same),
        judged=inspect.cleandoc(judge.__doc__ or "") if defined is None else defined.judged,
        module=first.origin or judge.__module__,
        code=code,
        given=given_to(judge, code) if defined is None else {},
        reads=tuple(reads.values()),
        events=tuple(sorted(events)),
        timed=any(policy.timed for policy in same),
        remedies=remedies.get(first.id),
        frameworks=controls_by_policy().get(first.id, {}),
    )


def _read(name: str, resource_type: ResourceType, catalog: Catalog) -> Read:
    section, own = resource_type.sections[name], resource_type
    while (other := section.reference) is not None:
        own = catalog.types[other.type]
        section = own.sections[other.section]
    events = {
        event
        for event, change in own.changes.items()
        if not change.sections or change.sections & {section.name, own.root}
    }
    return Read(name, own.name, calls_of(section), tuple(sorted(events)))


def calls_of(section: Section) -> tuple[str, ...]:
    """The API calls that read a section, as ``s3:GetBucketAcl``; none for another resource's."""
    if section.call is None:
        return ()
    operations = [section.call.operation]
    operations += [more.operation for more in (section.each, section.prepare) if more is not None]
    return tuple(f"{section.call.client}:{operation}" for operation in operations)


def source_of(judge: Judge) -> str:
    """The code of a policy's function, without its decorators and its docstring."""
    text = textwrap.dedent(inspect.getsource(judge))
    lines = text.splitlines()
    function = ast.parse(text).body[0]
    if not isinstance(function, ast.FunctionDef):
        return text.rstrip()
    begin = function.body[0].lineno - 1
    head = lines[function.lineno - 1 : begin]
    if ast.get_docstring(function) is not None and len(function.body) > 1:
        begin = function.body[0].end_lineno or begin
    return "\n".join([*head, *lines[begin:]]).rstrip()


def given_to(judge: Judge, code: str) -> dict[str, str]:
    """What the names stand for that a function has from where it was made: of one that many policies share."""
    found = {}
    for name, value in inspect.getclosurevars(judge).nonlocals.items():
        if _is_plain(value):
            found[name] = repr(value)
        elif is_dataclass(value):
            for each in fields(value):
                used, part = f"{name}.{each.name}", getattr(value, each.name)
                if used in code and _is_plain(part):
                    found[used] = repr(part)
        elif inspect.isfunction(value) and value.__name__ != "<lambda>":
            found[name] = f"{value.__module__}.{value.__qualname__}"
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_plain(each) for each in value)
    return value is None or isinstance(value, str | int | float)
