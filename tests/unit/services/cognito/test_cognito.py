"""Cognito: its policies, and which user pool an event names."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import Relevance, match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.cognito.resources import user_pool
from tests.support.events import event, named
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
POOL = "eu-west-1_AbCdEfGhI"


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}, PASS),
        ({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}, FAIL),
        ({"UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}}, FAIL),
        ({"UserPoolTier": "LITE"}, FAIL),
        ({"UserPoolAddOns": 7}, UNKNOWN),
    ],
)
def test_threats(judged: Judged, given: Any, outcome: Outcome) -> None:
    odd = outcome is UNKNOWN
    policy = "cognito_user_pool_advanced_security_enabled"
    assert judged(policy, odd=odd, user_pool=given).outcome is outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"MfaConfiguration": "ON"}, PASS),
        ({"MfaConfiguration": "OPTIONAL"}, PASS),
        ({"MfaConfiguration": "OFF"}, FAIL),
        ({}, FAIL),
        ({"MfaConfiguration": "PERHAPS"}, UNKNOWN),
        ("x", UNKNOWN),
    ],
)
def test_a_second_factor(judged: Judged, given: Any, outcome: Outcome) -> None:
    odd = outcome is UNKNOWN
    assert judged("cognito_user_pool_mfa_enabled", odd=odd, user_pool=given).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "given", "outcome"),
    [
        ("cognito_user_pool_deletion_protection_enabled", {"DeletionProtection": "ACTIVE"}, PASS),
        ("cognito_user_pool_deletion_protection_enabled", {"DeletionProtection": "INACTIVE"}, FAIL),
        ("cognito_user_pool_deletion_protection_enabled", {}, FAIL),
        ("cognito_user_pool_deletion_protection_enabled", {"DeletionProtection": 7}, UNKNOWN),
        (
            "cognito_user_pool_self_registration_disabled",
            {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}},
            PASS,
        ),
        (
            "cognito_user_pool_self_registration_disabled",
            {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False}},
            FAIL,
        ),
        ("cognito_user_pool_self_registration_disabled", {}, FAIL),
        ("cognito_user_pool_self_registration_disabled", {"AdminCreateUserConfig": 7}, UNKNOWN),
    ],
)
def test_other_settings(judged: Judged, policy: str, given: Any, outcome: Outcome) -> None:
    assert judged(policy, odd=outcome is UNKNOWN, user_pool=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "sections"),
    [
        ("CreateUserPool", {"poolName": "shop"}, {"userPool": {"id": POOL}}, set()),
        ("UpdateUserPool", {"userPoolId": POOL}, {}, {"user_pool", "tags"}),
        ("SetUserPoolMfaConfig", {"userPoolId": POOL, "mfaConfiguration": "ON"}, {}, {"user_pool"}),
        ("DeleteUserPool", {"userPoolId": POOL}, {}, set()),
    ],
)
def test_the_event_names_its_pool(
    name: str, request_parameters: Any, response: Any, sections: set[str]
) -> None:
    found = match(CATALOG, event("cognito-idp", name, request_parameters, response))
    assert named(found) == {(user_pool.name, POOL, "eu-west-1", frozenset(sections))}


@pytest.mark.parametrize("name", ["InitiateAuth", "SignUp", "AdminCreateUser"])
def test_what_users_do_is_not_of_the_pool(name: str) -> None:
    given = event("cognito-idp", name, {"userPoolId": POOL})
    assert match(CATALOG, given).relevance is Relevance.IGNORED
