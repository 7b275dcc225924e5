"""What AWS would answer a rule that asks for itself, from the sections that are stored. Pure.

A section whose value is its operation's answer, or a part of it that is not changed, answers that very call: a rule that asks
``GetBucketAcl`` of the bucket that it judges gets what was read of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.paths import fill
from liveaudit.catalog.rows import Section
from liveaudit.model import Resource

_PLAIN = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")


def known_answers(
    catalog: Catalog, resource: Resource, sections: Mapping[str, Any]
) -> Sequence[dict[str, Any]]:
    """The calls that the sections answer: client, operation and parameters, with the answer or the code of its error."""
    return list(_answers(catalog, resource, sections))


def _answers(catalog: Catalog, resource: Resource, sections: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    rows = catalog.types[resource.type].sections
    for name, value in sorted(sections.items()):
        row = rows[name]
        if row.call is None or not _is_whole(row):
            continue
        given = {**catalog.placeholders(resource), "ids": [resource.id]}
        told = {
            "client": row.call.client,
            "operation": row.call.operation,
            "params": fill(row.call.params, given),
        }
        if value is None and row.absent:
            yield {**told, "error": sorted(row.absent)[0].partition(":")[0]}
        elif value is not None:
            yield {**told, "answer": _answer(row, value)}
        elif row.value != "@":
            yield {**told, "answer": {}}


def _is_whole(row: Section) -> bool:
    """Whether the value is a part of the answer as it was, at a path that leads back."""
    changed = row.each is not None or row.shape is not None or bool(row.omit)
    paths = [each for each in (row.value, row.items) if each not in (None, "@")]
    return not changed and all(_PLAIN.fullmatch(each or "") for each in paths)


def _answer(row: Section, value: Any) -> dict[str, Any]:
    if row.value != "@":
        value = _at(row.value, value)
    if row.items is not None:
        value = _at(row.items, [value])
    return dict(value)


def _at(path: str, value: Any) -> dict[str, Any]:
    for step in reversed(path.split(".")):
        value = {step: value}
    found: dict[str, Any] = value
    return found
