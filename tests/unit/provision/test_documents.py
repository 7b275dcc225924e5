"""The catalog's reads: only actions that exist."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import cfnlint

from liveaudit.provision.actions import actions_of
from liveaudit.services import load

CATALOG, _ = load()


@lru_cache(maxsize=1)
def action_table() -> dict[str, set[str]]:
    """Service prefix to its actions, lower case: the table that cfn-lint ships."""
    file = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
    given = json.loads(file.read_text(encoding="utf-8"))
    return {prefix: set(each["Actions"]) for prefix, each in given.items()}


def test_every_read_of_the_catalog_has_an_action_that_exists() -> None:
    for resource_type in CATALOG:
        for section in resource_type.sections.values():
            if section.call is None:
                continue
            for action in actions_of(section.call.client, section.call.operation):
                prefix, name = action.split(":")
                assert name.lower() in action_table()[prefix], f"{section.call.operation} needs {action}?"
