"""Policies that judge by an expression in CEL."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.types import ResourceType
from liveaudit.custom.cel_engine import ENGINE, Answer, Checked, EngineError, Value, Wrong
from liveaudit.custom.common import Common, PolicyMistakeError
from liveaudit.custom.shape import CelSpec
from liveaudit.custom.tagged import tagged_sections, tagged_types, why_untagged
from liveaudit.model import Resource, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.policy import Policy, PolicyKind
from liveaudit.policies.tags import tags_of
from liveaudit.settings.mistakes import Place, nearest

RESOURCE, TAGS, PARAMS, OLDER_THAN = "resource", "tags", "params", "older_than"
_OURS = (RESOURCE, TAGS, PARAMS, OLDER_THAN)
"""Names that stand for the same in every expression; a section of such a name does not."""
_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_PARAMETER = re.compile(r"\bparams\s*\.\s*([A-Za-z_]\w*)")
_LONGEST_VALUE = 300
_LARGEST_EVIDENCE = 4000


def build(common: Common, spec: CelSpec, catalog: Catalog) -> Policy:
    """A policy on one type. Raises PolicyMistakeError."""
    conditions = [
        _condition(common, ("cel", name), text)
        for name, text in (("when", spec.when), ("expression", spec.expression))
        if text
    ]
    message = _message(common, spec)
    uses = {name for each in (*conditions, *message.holes) for name in each.uses}
    sections = uses & common.type.sections.keys() - set(_OURS)
    if TAGS in uses:
        sections |= _for_tags(common.type, catalog)
    judge = CelJudge(
        tuple(conditions),
        message,
        frozenset(uses),
        _definition(spec),
        tuple(each.name for each in common.takes),
    )
    wants = {RESOURCE} | ({"now"} if OLDER_THAN in uses else set())
    return common.policy(PolicyKind.CEL, judge, sections, wants=wants)


@dataclass(frozen=True, slots=True)
class Message:
    """A text with holes, in which values stand: one text more than holes."""

    texts: tuple[str, ...]
    holes: tuple[Checked, ...]

    def filled(self, values: Sequence[Value]) -> str:
        """The text with these values; one that there is not is told as such."""
        told = [_told(each.value) if not each.error else "(not known)" for each in values]
        told += ["(not known)"] * (len(self.holes) - len(told))
        return "".join(part for pair in zip(self.texts, [*told, ""], strict=True) for part in pair)


@dataclass(frozen=True, slots=True)
class CelJudge:
    """Judges. ``uses``: the names that stand in the expressions; ``takes``: the policy's parameters."""

    conditions: tuple[Checked, ...]
    message: Message
    uses: frozenset[str]
    definition: str
    takes: tuple[str, ...]
    judged: str = "An expression in CEL that has to be true."

    def __call__(self, **given: Any) -> Verdict:
        """The verdict on one resource."""
        sections = {name: each for name, each in given.items() if name not in (RESOURCE, "now", *self.takes)}
        data = {name: each for name, each in sections.items() if name in self.uses and name not in _OURS}
        if RESOURCE in self.uses:
            data[RESOURCE] = _resource(given[RESOURCE])
        if TAGS in self.uses:
            data[TAGS] = tags_of(sections)
        if PARAMS in self.uses:
            data[PARAMS] = {name: given[name] for name in self.takes}
        now = given.get("now")
        try:
            answer = ENGINE.evaluate(
                self.conditions,
                self.message.holes,
                data,
                now.older_than if now is not None else lambda _when, _age: False,
            )
        except EngineError as error:
            return unknown(f"the expression was not evaluated: {error}")
        return self._verdict(answer, data)

    def _verdict(self, answer: Answer, data: Mapping[str, Any]) -> Verdict:
        for expression, value in zip(self.conditions, answer.conditions, strict=False):
            if value.error:
                return unknown(_why(value.error, data)[:500])
            if not isinstance(value.value, bool):
                return unknown(
                    f"{expression.text[:100]} gives {_told(value.value)}, where true or false is needed"
                )
        if len(answer.conditions) < len(self.conditions):
            return not_applicable("the policy's condition (when) is false")
        if answer.conditions[-1].value is True:
            return passed()
        values = {
            hole.text.strip(): value.value
            for hole, value in zip(self.message.holes, answer.texts, strict=False)
            if not value.error
        }
        return failed(self.message.filled(answer.texts)[:1000], **(_small(values) or _small(dict(data))))


def _condition(common: Common, path: tuple[str, ...], text: str) -> Checked:
    checked = _checked(common, path, text)
    if checked.gives not in ("BOOL", "DYN"):
        raise PolicyMistakeError(path, f"gives {checked.gives}, where true or false is needed")
    return checked


def _checked(common: Common, path: tuple[str, ...], text: str, at: Place | None = None) -> Checked:
    """An expression, which begins at that place of the field's text. Raises PolicyMistakeError."""
    begin = at or Place(1, 1)
    try:
        found = ENGINE.check(text, [*_OURS, *(each for each in common.type.sections if each not in _OURS)])
    except EngineError as error:
        raise PolicyMistakeError(path, f"cannot be checked: {error}", begin) from error
    if not isinstance(found, Checked):
        first = found[0]
        place = Place(
            begin.line + first.line - 1, first.column + (begin.column - 1 if first.line == 1 else 0)
        )
        raise PolicyMistakeError(path, _helped(first, common.type), place)
    takes = [each.name for each in common.takes]
    for match in _PARAMETER.finditer(_LITERAL.sub(lambda literal: " " * len(literal[0]), text)):
        if match[1] not in takes:
            line = text.count("\n", 0, match.start(1))
            column = match.start(1) - (text.rfind("\n", 0, match.start(1)) + 1) + 1
            place = Place(begin.line + line, column + (begin.column - 1 if line == 0 else 0))
            told = nearest(match[1], takes) or f"; there are {', '.join(takes) or 'none'}"
            raise PolicyMistakeError(path, f"{match[1]} is no parameter of the policy{told}", place)
    return found


def _helped(wrong: Wrong, resource_type: ResourceType) -> str:
    """A mistake with what may be meant."""
    undeclared = re.match(r"undeclared reference to '([^'.]+)", wrong.text)
    if undeclared is None:
        return f"no CEL: {wrong.text}"
    names = [*_OURS, *sorted(resource_type.sections)]
    near = nearest(undeclared[1], names)
    told = near or f"; there are {', '.join(names)}, and CEL's own functions"
    return f"{undeclared[1]!r} is nothing that there is{told}"


def _message(common: Common, spec: CelSpec) -> Message:
    texts, holes, at = [], [], 0
    message = spec.message or f"what it asks for is not so: {spec.expression.strip()[:200]}"
    if not spec.message:
        return Message((message,), ())
    for hole in _HOLE.finditer(message):
        texts.append(message[at : hole.start()])
        line = message.count("\n", 0, hole.start(1))
        column = hole.start(1) - (message.rfind("\n", 0, hole.start(1)) + 1) + 1
        holes.append(_checked(common, ("cel", "message"), hole[1], Place(line + 1, column)))
        at = hole.end()
    return Message((*texts, message[at:].rstrip("\n")), tuple(holes))


def _for_tags(resource_type: ResourceType, catalog: Catalog) -> frozenset[str]:
    sections = tagged_sections(resource_type)
    if not sections:
        raise PolicyMistakeError(
            ("cel", "expression"),
            f"{why_untagged(resource_type)}; tags are read of {', '.join(tagged_types(catalog))}",
        )
    return sections


def _resource(resource: Resource) -> dict[str, str]:
    return {
        "partition": resource.partition,
        "account": resource.account,
        "region": resource.region,
        "type": resource.type,
        "id": resource.id,
    }


def _why(error: str, data: Mapping[str, Any]) -> str:
    """Why an expression has no value, in words that tell what to do."""
    absent = sorted(name for name, each in data.items() if each is None)
    if absent and ("null_type" in error or "SELECT" in error):
        listed = ", ".join(absent)
        return f"the expression asks for a field of what is not configured ({listed}): ask for {absent[0]} != null first; {error}"
    if "Key not found" in error:
        return f"the expression asks for a field that is not there: ask for it with has() or .?; {error}"
    return f"the expression has no value: {error}"


def _told(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."


def _small(values: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence, of a size that is worth keeping with a finding."""
    fits = {
        name: each for name, each in values.items() if len(json.dumps(each, default=str)) <= _LARGEST_EVIDENCE
    }
    return fits if len(json.dumps(fits, default=str)) <= 4 * _LARGEST_EVIDENCE else {}


def _definition(spec: CelSpec) -> str:
    parts = [
        f"{name}: {text.strip()}"
        for name, text in (("when", spec.when), ("expression", spec.expression), ("message", spec.message))
        if text
    ]
    return "\n".join(parts)
