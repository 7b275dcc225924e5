"""How changes show, held against botocore's models: the paths lead somewhere, in the event and in the section."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from liveaudit.audit.answers import search, texts_at
from liveaudit.catalog.changes import Showing
from liveaudit.catalog.rows import Section
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Shows
from tests.unit.catalog.test_rows import CATALOG, _model, _operation, sample

ROWS = [
    (each, event, section, showing) for each in CATALOG for (event, section), showing in each.showings.items()
]


def _names(shape: Shape | None, depth: int = 0) -> Iterator[str]:
    """Every name that a member has in a shape, as the API or as the wire calls it."""
    if depth > 8:
        return
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield name
            yield str(member.serialization.get("name", name))
            yield str(member.serialization.get("locationName", name))
            yield from _names(member, depth + 1)
    elif isinstance(shape, ListShape):
        yield str(shape.member.serialization.get("name", ""))
        yield from _names(shape.member, depth + 1)
    elif isinstance(shape, MapShape):
        yield from _names(shape.value, depth + 1)


def _value(section: Section) -> object:
    assert section.call is not None
    value = sample(_operation(section.call).output_shape)
    if section.items is not None:
        (value,) = search(section.items, value)
    found = search(section.value, value)
    if section.each is not None and section.each.into is None:
        model = _model(section.call.client).operation_model(section.each.operation)
        found = [search(section.each.value, sample(model.output_shape))]
    return found


@pytest.mark.parametrize(
    ("resource_type", "event", "section", "showing"), ROWS, ids=lambda each: getattr(each, "name", None) or ""
)
def test_paths_lead_somewhere(
    resource_type: ResourceType, event: str, section: str, showing: Showing
) -> None:
    change = resource_type.changes[event]
    assert not change.sections or section in change.sections
    assert bool(showing.pairs) == (showing.shows in (Shows.HOLDS, Shows.LACKS))
    value = _value(resource_type.sections[section])
    operations = {
        name: client
        for client in (resource_type.client, CATALOG.services[resource_type.service].client)
        for name in _model(client).operation_names
    }
    for path, where in showing.pairs.items():
        # the keys of a map, here and in the event, are what the service makes them
        is_map = isinstance(value, dict) and value.keys() == {"key"}
        found = {where: "text"} if is_map else value
        assert texts_at(where, found), f"{where} leads nowhere in {section}"
        if path.startswith("="):
            continue
        assert path.split(".")[0] in ("requestParameters", "responseElements")
        if event not in operations:
            continue
        model = _model(operations[event]).operation_model(event)
        shape = model.input_shape if path.startswith("request") else model.output_shape
        leaf = re.sub(r"\[\]$", "", path.split(".")[-2 if is_map else -1]).lower()
        assert leaf in {each.lower() for each in _names(shape)}, f"{event} has no {leaf}"


def test_what_lasts_is_a_row_with_a_sensible_time() -> None:
    lasting = [change for each in CATALOG for change in each.changes.values() if change.lasts]
    assert lasting
    for change in lasting:
        assert 120 < change.lasts <= 900
