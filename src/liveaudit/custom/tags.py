"""Policies that ask for a tag: that it is there, and which values it may have."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.cel_engine import ENGINE, Checked, EngineError
from liveaudit.custom.common import Common, PolicyMistakeError
from liveaudit.custom.shape import TagsSpec
from liveaudit.custom.tagged import tagged_sections, tagged_types, why_untagged
from liveaudit.model import Verdict, failed, passed, unknown
from liveaudit.policies.policy import Policy, PolicyKind
from liveaudit.policies.tags import tags_of
from liveaudit.settings.mistakes import shown


def build(common: Common, spec: TagsSpec, catalog: Catalog) -> Policy:
    """A policy on one type. Raises PolicyMistakeError."""
    sections = tagged_sections(common.type)
    if not sections:
        raise PolicyMistakeError(
            ("tags",),
            f"{why_untagged(common.type)}; tags are read of {', '.join(tagged_types(catalog))}",
        )
    pattern = _pattern(spec)
    return common.policy(PolicyKind.TAGS, TagJudge(spec, pattern), sections)


@dataclass(frozen=True, slots=True)
class TagJudge:
    """Judges. ``pattern``: asks of ``value`` whether it is like the pattern; None: there is none."""

    spec: TagsSpec
    pattern: Checked | None

    @property
    def judged(self) -> str:
        """In words."""
        wanted = f"one of: {', '.join(self.spec.values)}" if self.spec.values else "any value but none"
        if self.spec.pattern:
            wanted = f"a value that is like {self.spec.pattern}"
        return f"The tag {self.spec.key} is there, with {wanted}."

    @property
    def definition(self) -> str:
        """As the file has it."""
        told = {name: each for name, each in msgspec.structs.asdict(self.spec).items() if each}
        return "\n".join(f"{name}: {json.dumps(each, ensure_ascii=False)}" for name, each in told.items())

    def _same(self, text: str) -> str:
        return text.casefold() if self.spec.ignore_case else text

    def __call__(self, **sections: Any) -> Verdict:
        """The verdict on one resource."""
        spec, tags = self.spec, tags_of(sections)
        key = _written(spec.key, tags, self._same)
        if key is None:
            return failed(f"the tag {spec.key} is missing", tag=spec.key, tags=dict(sorted(tags.items())))
        value = tags[key]
        if self.pattern is not None:
            return self._like(self.pattern, key, value)
        allowed = {self._same(each) for each in spec.values}
        if allowed and self._same(value) not in allowed:
            listed = ", ".join(spec.values)
            return failed(
                f"the tag {key} is {shown(value)}, which is none of: {listed}", tag=key, value=value
            )
        if not value and not allowed:
            return failed(f"the tag {key} has no value", tag=key, value=value)
        return passed(f"the tag {key} is {shown(value)}")

    def _like(self, pattern: Checked, key: str, value: str) -> Verdict:
        try:
            (found,) = ENGINE.evaluate([pattern], [], {"value": value}, _never).conditions
        except EngineError as error:
            return unknown(f"the pattern was not tried: {error}")
        if found.error:
            return unknown(f"the pattern was not tried: {found.error}")
        if found.value is True:
            return passed(f"the tag {key} is {shown(value)}")
        told = f"the tag {key} is {shown(value)}, which is not like {self.spec.pattern}"
        return failed(told, tag=key, value=value)


def _pattern(spec: TagsSpec) -> Checked | None:
    """The pattern, tried once. Raises PolicyMistakeError."""
    if not spec.pattern:
        return None
    if spec.values:
        raise PolicyMistakeError(("tags", "pattern"), "is there beside values: one of the two is enough")
    flag = "(?i)" if spec.ignore_case else ""
    # RE2, which no value can keep busy
    text = f"value.matches({json.dumps(f'^{flag}(?:{spec.pattern})$')})"
    path = ("tags", "pattern")
    try:
        checked = ENGINE.check(text, ["value"])
        if not isinstance(checked, Checked):
            raise PolicyMistakeError(path, f"no pattern: {checked[0].text}")
        (tried,) = ENGINE.evaluate([checked], [], {"value": ""}, _never).conditions
    except EngineError as error:
        raise PolicyMistakeError(path, f"cannot be tried: {error}") from error
    if tried.error:
        raise PolicyMistakeError(path, f"no pattern: {tried.error}")
    return checked


def _never(_when: dt.datetime, _age: dt.timedelta) -> bool:
    return False


def _written(key: str, tags: Mapping[str, str], same: Callable[[str], str]) -> str | None:
    """The key as it stands in the tags; as it was asked for, if it does."""
    if key in tags:
        return key
    return next((each for each in sorted(tags) if same(each) == same(key)), None)
