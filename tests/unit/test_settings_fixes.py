"""Fixes in the settings: off by themselves, and rules only with a role, whole policy ids and a scope."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.provision.known import everything_known
from liveaudit.settings import FixSettings, SettingsError, parse

GOOD: dict[str, Any] = {
    "receiver": "111111111111",
    "accounts": [{"id": "111111111111"}],
    "regions": ["us-east-1"],
}
RULE: dict[str, Any] = {"policies": ["kms_cmk_rotation_enabled"], "accounts": ["111111111111"]}


def fixes(**given: Any) -> FixSettings:
    return parse({**GOOD, "fixes": {"role": "fixer", **given}}, known=everything_known()).fixes


def test_nothing_is_run_and_no_rule_runs_unless_that_is_said() -> None:
    assert parse(GOOD).fixes == FixSettings(role="", rules=())
    (rule,) = fixes(rules=[RULE]).rules
    assert rule.dry_run


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"role": "MVC_for_AWS_role"}, "fixes.role: MVC_for_AWS_role is the role that audits"),
        ({"role": "a b"}, "fixes.role: 'a b' is not a role's name"),
        ({"role": "", "rules": [RULE]}, "fixes.role"),
        ({"per_hour": 0}, "fixes.per_hour: 0 is too little: 1 is the least"),
        ({"per_hour": "many"}, "fixes.per_hour: 'many' is text: a whole number is expected"),
        ({"rules": [{"accounts": ["111111111111"]}]}, "fixes.rules[0].policies: is missing"),
        ({"rules": [{**RULE, "policies": []}]}, "fixes.rules[0].policies: is empty"),
        ({"rules": [{**RULE, "policies": ["s3_*"]}]}, "fixes.rules[0].policies[0]: 's3_*' is a pattern"),
        (
            {"rules": [{**RULE, "policies": ["kms_cmk_are_used"]}]},
            "fixes.rules[0].policies[0]: 'kms_cmk_are_used' has no fix",
        ),
        ({"rules": [{"policies": RULE["policies"]}]}, "fixes.rules[0]: would mend everywhere"),
        (
            {"rules": [{"policies": RULE["policies"], "resources": ["*"]}]},
            "fixes.rules[0]: would mend everywhere",
        ),
        ({"rules": [{**RULE, "dry_run": "no"}]}, "fixes.rules[0].dry_run: 'no' is text: true or false"),
    ],
)
def test_mistakes_are_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=r"fixes") as raised:
        fixes(**given)
    assert words in str(raised.value)


def test_rules_without_a_role_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"fixes\.rules: need a role"):
        parse({**GOOD, "fixes": {"rules": [RULE]}})
