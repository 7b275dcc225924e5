"""Templates: valid CloudFormation. The catalog's reads: only actions that exist."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from cfnlint.api import lint_all

from liveaudit.provision.actions import actions_of
from liveaudit.provision.templates import PATTERN_LIMIT, event_pattern, publisher_template, receiver_template
from liveaudit.services import load

CATALOG, _ = load()
RECEIVER = "111111111111"


@lru_cache(maxsize=1)
def action_table() -> dict[str, set[str]]:
    """Service prefix to its actions, lower case: the table that cfn-lint ships."""
    file = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
    given = json.loads(file.read_text(encoding="utf-8"))
    return {prefix: set(each["Actions"]) for prefix, each in given.items()}


@pytest.mark.parametrize("template", [receiver_template(CATALOG), publisher_template(CATALOG, RECEIVER)])
def test_templates_pass_cfn_lint(template: dict[str, Any]) -> None:
    found = lint_all(json.dumps(template))
    assert [str(each) for each in found if not each.rule.id.startswith("I")] == [], "errors and warnings"


def test_every_read_of_the_catalog_has_an_action_that_exists() -> None:
    for resource_type in CATALOG:
        for section in resource_type.sections.values():
            if section.call is None:
                continue
            for action in actions_of(section.call.client, section.call.operation):
                prefix, name = action.split(":")
                assert name.lower() in action_table()[prefix], f"{section.call.operation} needs {action}?"


def test_the_pattern_fits_and_subscribes_to_what_the_catalog_knows() -> None:
    pattern = event_pattern(CATALOG)
    assert len(json.dumps(pattern, separators=(",", ":"))) <= PATTERN_LIMIT
    assert set(pattern["source"]) == {"aws.s3", "aws.ec2", "aws.iam"}
    noise = set(pattern["detail"]["eventName"][0]["anything-but"])
    mapped = {event for resource_type in CATALOG for event in resource_type.changes}
    assert noise
    assert not noise & mapped
