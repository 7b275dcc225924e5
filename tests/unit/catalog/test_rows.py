"""Every row of every service's table, held against botocore's own models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jmespath
import pytest
from botocore import xform_name
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import Session

from liveaudit.catalog.bulk import Bulk
from liveaudit.catalog.rows import Call, Listing, Section
from liveaudit.catalog.types import ResourceType
from liveaudit.policies.policy import Policy
from liveaudit.services import load

CATALOG, POLICIES = load()
_KNOWN = {"id", "name", "parent", "arn", "domain", "account", "region", "partition", "ids", "alias", "item"}


@lru_cache(maxsize=1)
def _session() -> Session:
    return Session()


@lru_cache(maxsize=64)
def _model(client: str) -> ServiceModel:
    return _session().get_service_model(client)


def _operation(call: Call) -> OperationModel:
    model = _model(call.client)
    assert call.operation in model.operation_names, f"{call.client} has no operation {call.operation}"
    return model.operation_model(call.operation)


def sample(shape: Shape | None, depth: int = 0) -> Any:
    """A value of a shape, every member filled, lists with one item."""
    if shape is None or depth > 12:
        return None
    if isinstance(shape, StructureShape):
        return {name: sample(member, depth + 1) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [sample(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        return {"key": sample(shape.value, depth + 1)}
    return {"integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True, "blob": b"a,b\n1,2\n"}.get(
        shape.type_name, "text"
    )


def _check_params(params: Mapping[str, Any], shape: Shape | None, where: str) -> None:
    assert isinstance(shape, StructureShape), f"{where} takes no parameters"
    for name, value in params.items():
        assert name in shape.members, f"{where}: no parameter {name}"
        member = shape.members[name]
        if isinstance(value, Mapping):
            _check_params(value, member, f"{where}.{name}")
        elif (
            isinstance(value, list)
            and isinstance(member, ListShape)
            and value
            and isinstance(value[0], Mapping)
        ):
            for each in value:
                _check_params(each, member.member, f"{where}.{name}[]")
        elif isinstance(value, list):
            assert isinstance(member, ListShape), f"{where}.{name} is no list"
    missing = set(shape.required_members) - set(params)
    assert not missing, f"{where}: required {missing} not given"


def _placeholders(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from re.findall(r"\{(\w+)", value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _placeholders(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _placeholders(each)


def _check_call(call: Call, where: str) -> OperationModel:
    operation = _operation(call)
    _check_params(call.params, operation.input_shape, f"{where} {call.operation}") if call.params else None
    assert set(_placeholders(call.params)) <= _KNOWN, f"{where}: unknown placeholder"
    assert bool(call.many) == ("ids" in set(_placeholders(call.params))), (
        f"{where}: many and {{ids}} go together"
    )
    return operation


def _search(path: str, value: Any, where: str) -> Any:
    # what is kept of a list depends on values, which a sample has not
    path = re.sub(r"\[\?[^\]]*\]", "[*]", path)
    found = value if path == "@" else jmespath.search(path, value)
    assert found is not None, f"{where}: {path!r} leads nowhere"
    return found


def _sections() -> list[tuple[ResourceType, Section]]:
    return [
        (each, section) for each in CATALOG for section in each.sections.values() if section.call is not None
    ]


def _id(value: object) -> str:
    return getattr(value, "name", None) or getattr(value, "id", None) or str(value)


@pytest.mark.parametrize(("resource_type", "section"), _sections(), ids=_id)
def test_section_exists_in_botocore(resource_type: ResourceType, section: Section) -> None:
    where = f"{resource_type.name}.{section.name}"
    assert section.call is not None
    operation = _check_call(section.call, where)
    value = sample(operation.output_shape)
    if section.items is not None:
        items = _search(section.items, value, where)
        assert isinstance(items, list), f"{where}: {section.items} is no list"
        assert section.item_id, f"{where}: items without item_id"
        value = _first_with(items, section.item_id, where)
    found = _search(section.value, value, where)
    if section.each is not None:
        assert isinstance(found, list), f"{where}: each needs a list"
        each = Call(section.call.client, section.each.operation, section.each.params)
        following = _check_call(each, where)
        _search(section.each.value, sample(following.output_shape), where)
        for path in re.findall(r"\{item\.([\w.]+)\}", str(section.each.params)):
            _search(path, found[0], where)
    if section.prepare is not None:
        _check_call(Call(section.call.client, section.prepare.operation), where)
    if isinstance(found, Mapping):
        assert section.omit <= found.keys(), f"{where}: omits what is not there"


def _first_with(items: list[Any], key: str, where: str) -> Any:
    for item in items:
        if isinstance(item, Mapping) and key in item:
            return item
    raise AssertionError(f"{where}: no {key} in the items")


@pytest.mark.parametrize(
    ("resource_type", "listing"), [(each, listing) for each in CATALOG for listing in each.listings], ids=_id
)
def test_listing_exists_in_botocore(resource_type: ResourceType, listing: Listing) -> None:
    where = f"{resource_type.name} listing"
    operations = [_check_call(call, where) for call in listing.calls]
    items = _search(listing.items, sample(operations[0].output_shape), where)
    if listing.each is not None:
        for path in re.findall(r"\{item\.([\w.]+)\}", str(listing.each.params)):
            _search(path, items[0], where)
        items = _search(listing.each.value, sample(operations[1].output_shape), where)
    item = _first_with(items, listing.item_id, where)
    if listing.region is not None:
        _search(listing.region, item, where)
    for name, path in listing.provides.items():
        assert name in resource_type.sections, f"{where} provides {name}, which is no section"
        _search(path, item, where)


def _bulks() -> list[Bulk]:
    return [bulk for service in CATALOG.services.values() for bulk in service.bulks]


@pytest.mark.parametrize("bulk", _bulks(), ids=_id)
def test_bulk_exists_in_botocore(bulk: Bulk) -> None:
    operation = _check_call(bulk.call, bulk.name)
    answer = sample(operation.output_shape)
    if bulk.token is not None:
        pages = _session().get_component("data_loader").load_service_model(bulk.call.client, "paginators-1")
        told = pages["pagination"][bulk.call.operation]
        assert bulk.token == (told["input_token"], told["output_token"])
        assert not bulk.call.pages, "pages are asked for one by one"
    for part in bulk.parts:
        where = f"{bulk.name} for {part.type.name}"
        assert part.type.client == bulk.call.client, where
        items = _search(part.items, answer, where)
        ids = _search(part.ids, items[0], where)
        assert isinstance(ids, str) or (isinstance(ids, list) and ids), f"{where}: no ids"
        for name, path in part.sections.items():
            assert part.type.sections[name].call is not None, f"{where}: {name} is not read at all"
            _search(path, items[0], where)


@pytest.mark.parametrize("resource_type", list(CATALOG), ids=_id)
def test_type_is_whole(resource_type: ResourceType) -> None:
    assert resource_type.root in resource_type.sections
    assert resource_type.sections[resource_type.root].call is not None, "a root is read by a call of its own"
    assert resource_type.listings or resource_type.always, "nobody would ever find it in a sweep"
    assert set(_placeholders(resource_type.arn)) <= {"partition", "account", "region", "id"}
    for alias in resource_type.aliases:
        if alias.call is None:
            assert alias.pattern is not None, "anything at all would be looked for in the store"
            continue
        operation = _check_call(alias.call, f"{resource_type.name} alias")
        items = _search(alias.items, sample(operation.output_shape), f"{resource_type.name} alias")
        assert alias.item_id in items[0]
        assert not alias.listed or alias.key in items[0], "by what would it be chosen?"


def _spelled(name: str) -> str:
    return re.sub(r"20\d{6}(v\d+)?$", "", name)


@pytest.mark.parametrize("service", list(CATALOG.services.values()), ids=_id)
def test_event_names_are_operations(service: Any) -> None:
    clients = {service.client, *(each.client for each in service.types.values())}
    operations = {name for client in clients for name in _model(client).operation_names}
    # another service's events are that service's operations
    changes = [one for each in service.types.values() for one in each.changes.values() if not one.source]
    names = {one.event for one in changes} | set(service.ignored)
    strange = {name for name in names if _spelled(name) not in operations} - service.own_spellings
    assert not strange, f"no operation and no spelling of CloudTrail's own: {sorted(strange)}"
    assert not {each for each in service.own_spellings if each in operations}, (
        "an operation needs no own spelling"
    )
    mapped = {name for each in service.types.values() for name in each.changes}
    assert not mapped & set(service.ignored), "mapped and ignored at once"


@pytest.mark.parametrize("policy", POLICIES.all(), ids=_id)
def test_policy_is_whole(policy: Policy) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", policy.id)
    assert policy.sections, "a policy without sections is never run"
    for text in (policy.title, policy.why, policy.fix):
        assert len(text) > 15, f"{policy.id}: {text!r} tells too little"
    assert policy.fix.rstrip().endswith((".", ")", "'", '"', "`")) or "aws " in policy.fix


def test_methods_exist() -> None:
    """What the caller makes of an operation's name is a method that botocore would make."""
    from liveaudit.aws.caller import method_name

    for _, section in _sections():
        assert section.call is not None
        assert method_name(section.call.operation) == xform_name(section.call.operation)
