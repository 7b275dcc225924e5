"""The published JSON schema and the page on settings: as the program has it, and as it behaves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from liveaudit.provision import names
from liveaudit.settings import Settings, SettingsError, parse, schema
from tests.unit.cli.test_docs import BLOCK

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "settings.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(each) for each in BLOCK.findall(PAGE)]
VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_published_schema_is_up_to_date() -> None:
    published = json.loads((DOCS / "settings.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(schema())), (
        "liveaudit settings schema > docs/settings.schema.json"
    )
    jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_page_are_valid(example: dict[str, Any]) -> None:
    assert parse(example).receiver == "111111111111"
    VALIDATOR.validate(example)


def changes() -> Iterator[tuple[str, dict[str, Any]]]:
    """The documented example with one thing wrong in it."""
    example = EXAMPLES[1]
    for field in example:
        for wrong in (None, 7, "no such thing!", [7], [["a"]], {"a": "b"}, ["a", "a"], True):
            yield f"{field}: {wrong!r}", example | {field: wrong}
    for field in ("receiver", "regions"):
        yield f"no {field}", {key: value for key, value in example.items() if key != field}
    yield "an unknown field", example | {"colour": "blue"}
    yield "a region twice", example | {"regions": ["us-east-1", "us-east-1"]}
    account: dict[str, Any]
    for account in ({"nam": "x"}, {"id": "12"}, {"id": 111111111111}, {"publisher": "yes"}, {"regions": []}):
        yield f"account {account}", example | {"accounts": [{"id": "222222222222"} | account]}
    organization: dict[str, Any]
    for organization in (
        {"units": []},
        {"units": "ou-ab12-11111111"},
        {"id": "ou"},
        {"exclude": ["o"]},
        {"x": "y"},
    ):
        yield f"organization {organization}", example | {"organization": organization}


@pytest.mark.parametrize("given", [pytest.param(given, id=name) for name, given in changes()])
def test_schema_and_program_refuse_the_same(given: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(given)
    with pytest.raises(SettingsError):
        parse(given)


def named(struct: str, before: str = "") -> Iterator[str]:
    """Every field there is, as the page names it."""
    for name, field in schema()["$defs"][struct]["properties"].items():
        yield before + name
        inner = field.get("items", field).get("$ref", "")
        if inner:
            yield from named(inner.rpartition("/")[2], f"{before}{name}{'[]' if 'items' in field else ''}.")


def test_every_field_is_told_and_no_other() -> None:
    told = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
    assert told == list(named("Settings"))


def test_every_field_has_help_for_editors() -> None:
    for struct in schema()["$defs"].values():
        for name, field in struct["properties"].items():
            assert field["description"].endswith("."), name


def test_defaults_are_those_of_the_set_up_and_of_the_page() -> None:
    settings: Settings = parse({"receiver": "1" * 12, "accounts": [{"id": "1" * 12}], "regions": "all"})
    assert (settings.audit_role, settings.queue) == (names.AUDIT_ROLE, names.QUEUE)
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE, re.MULTILINE))
    assert told == {name: getattr(settings, name) for name in told}
    assert {"queue", "store", "audit_role", "delivery", "rollout", "publishers", "services"} == told.keys()
