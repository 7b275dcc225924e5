"""Templates and role documents: valid CloudFormation, and only actions that exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from cfnlint.api import lint_all

from liveaudit.provision import names
from liveaudit.provision.actions import actions_of, read_actions
from liveaudit.provision.roles import account_roles, receiver_roles
from liveaudit.provision.templates import PATTERN_LIMIT, event_pattern, publisher_template, receiver_template
from liveaudit.services import load

CATALOG, POLICIES = load()
RECEIVER, PUBLISHER = "111111111111", "222222222222"


@lru_cache(maxsize=1)
def action_table() -> dict[str, set[str]]:
    """Service prefix to its actions, lower case: the table that cfn-lint ships."""
    file = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
    given = json.loads(file.read_text(encoding="utf-8"))
    return {prefix: set(each["Actions"]) for prefix, each in given.items()}


def actions(document: Any) -> Iterator[str]:
    for statement in document["Statement"]:
        given = statement["Action"]
        yield from [given] if isinstance(given, str) else given


@pytest.mark.parametrize("template", [receiver_template(CATALOG), publisher_template(CATALOG, RECEIVER)])
def test_templates_pass_cfn_lint(template: dict[str, Any]) -> None:
    found = lint_all(json.dumps(template))
    assert [str(each) for each in found if not each.rule.id.startswith("I")] == [], "errors and warnings"


def test_every_action_exists() -> None:
    roles = account_roles(
        "aws", PUBLISHER, receiver=RECEIVER, external_id="x", read_actions=read_actions(CATALOG, POLICIES)
    ) + receiver_roles("aws", RECEIVER)
    named = {action for role in roles for action in (*actions(role.permissions), *actions(role.trust))}
    strange = {each for each in named if each.split(":")[1].lower() not in action_table()[each.split(":")[0]]}
    assert strange == set()


def test_every_read_of_the_catalog_has_an_action_that_exists() -> None:
    for resource_type in CATALOG:
        for section in resource_type.sections.values():
            if section.call is None:
                continue
            for action in actions_of(section.call.client, section.call.operation):
                prefix, name = action.split(":")
                assert name.lower() in action_table()[prefix], f"{section.call.operation} needs {action}?"


def test_nothing_is_read_that_changes_something() -> None:
    for action in read_actions(CATALOG, POLICIES):
        name = action.split(":")[1]
        assert name.startswith(("Get", "List", "Describe", "Generate")), action


def test_the_pattern_fits_and_subscribes_to_what_the_catalog_knows() -> None:
    pattern = event_pattern(CATALOG)
    assert len(json.dumps(pattern, separators=(",", ":"))) <= PATTERN_LIMIT
    assert set(pattern["source"]) == {"aws.s3", "aws.ec2", "aws.iam"}
    noise = set(pattern["detail"]["eventName"][0]["anything-but"])
    mapped = {event for resource_type in CATALOG for event in resource_type.changes}
    assert noise
    assert not noise & mapped


def test_every_role_is_closed_to_strangers() -> None:
    roles = account_roles(
        "aws", PUBLISHER, receiver=RECEIVER, external_id="x", read_actions=["s3:GetBucketAcl"]
    )
    for role in [*roles, *receiver_roles("aws", RECEIVER)]:
        for statement in role.trust["Statement"]:
            assert statement["Principal"] != "*"
            service = "Service" in statement["Principal"]
            assert not service or "aws:SourceAccount" in statement["Condition"]["StringEquals"]
    audit = next(role for role in roles if role.name == names.AUDIT_ROLE)
    assert audit.trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "x"}}
