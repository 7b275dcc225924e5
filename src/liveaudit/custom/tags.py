"""Policies that ask for a tag: that it is there, and which values it may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.common import Common, PolicyMistakeError
from liveaudit.custom.shape import TagsSpec
from liveaudit.custom.tagged import tagged_sections, tagged_types
from liveaudit.model import Verdict, failed, passed
from liveaudit.policies.policy import Policy, PolicyKind
from liveaudit.policies.tags import tags_of
from liveaudit.settings.mistakes import shown


def build(common: Common, spec: TagsSpec, catalog: Catalog) -> Policy:
    """A policy on one type. Raises PolicyMistakeError."""
    sections = tagged_sections(common.type)
    if not sections:
        raise PolicyMistakeError(
            ("tags",),
            f"the tags of {common.type.name} are not read; they are of {', '.join(tagged_types(catalog))}",
        )
    return common.policy(PolicyKind.TAGS, _judge(spec), sections)


def _judge(spec: TagsSpec) -> Callable[..., Verdict]:
    def same(text: str) -> str:
        return text.casefold() if spec.ignore_case else text

    allowed = frozenset(map(same, spec.values))

    def judge(**sections: Any) -> Verdict:
        """The tag is there, with a value that it may have."""
        tags = tags_of(sections)
        key = _written(spec.key, tags, same)
        if key is None:
            return failed(f"the tag {spec.key} is missing", tag=spec.key, tags=dict(sorted(tags.items())))
        value = tags[key]
        if allowed and same(value) not in allowed:
            return failed(
                f"the tag {key} is {shown(value)}, which is none of: {', '.join(spec.values)}",
                tag=key,
                value=value,
            )
        if not value and not allowed:
            return failed(f"the tag {key} has no value", tag=key, value=value)
        return passed(f"the tag {key} is {shown(value)}")

    return judge


def _written(key: str, tags: Mapping[str, str], same: Callable[[str], str]) -> str | None:
    """The key as it stands in the tags; as it was asked for, if it does."""
    if key in tags:
        return key
    return next((each for each in sorted(tags) if same(each) == same(key)), None)
