"""What is published of policies of one's own: the schema as the program has it, and a page whose examples are run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from liveaudit.custom.files import load_bytes
from liveaudit.custom.inline_tests import run
from liveaudit.custom.shape import PolicySpec, schema
from liveaudit.services import load

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "policies-of-your-own.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_published_schema_is_up_to_date() -> None:
    published = json.loads((DOCS / "policies.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(schema())), (
        "liveaudit policies schema > docs/policies.schema.json"
    )
    jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_of_the_page_are_valid_and_their_tests_pass(example: str) -> None:
    read = load_bytes(example.encode(), "page.yaml")
    assert [each.told("page.yaml") for each in read.mistakes] == []
    jsonschema.Draft202012Validator(schema()).validate(_typed(example))
    results = [result for built in read.built for result in run(built)]
    assert results
    assert [each.told("page.yaml") for each in results if each.wrong or each.skipped] == []


def _typed(example: str) -> dict[str, object]:
    """As an editor reads it, with times as they are written."""
    return dict(json.loads(json.dumps(yaml.safe_load(re.sub(r"now: (\S+)", r'now: "\1"', example)))))


def test_all_fields_and_names_are_told() -> None:
    for field in PolicySpec.__struct_fields__:
        assert f"`{field.rstrip('_')}`" in PAGE or field in ("lambda_", "config_rule"), field
    for type_name in re.findall(r"type: (AWS::\S+)", PAGE):
        assert type_name in load()[0].types
