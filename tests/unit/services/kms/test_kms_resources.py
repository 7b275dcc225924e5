"""KMS's table: which key an event names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import match
from liveaudit.services import load
from liveaudit.services.kms.resources import key
from tests.support.events import event, named, unplaced

CATALOG, _ = load()
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
REPLICA = "mrk-1234abcd12ab34cd56ef1234567890ab"
ARN = f"arn:aws:kms:eu-west-1:111122223333:key/{KEY}"
ALIAS = "arn:aws:kms:eu-west-1:111122223333:alias/app"


@pytest.mark.parametrize(
    ("name", "request_parameters", "sections"),
    [
        ("PutKeyPolicy", {"keyId": KEY, "policyName": "default"}, {"policy_document"}),
        ("PutKeyPolicy", {"keyId": ARN}, {"policy_document"}),
        ("EnableKeyRotation", {"keyId": KEY}, {"rotation"}),
        ("ScheduleKeyDeletion", {"keyId": ARN, "pendingWindowInDays": 7}, {"key", "rotation"}),
        ("CreateGrant", {"keyId": ARN, "granteePrincipal": "arn:aws:iam::1:role/r"}, {"grants"}),
        ("CreateAlias", {"aliasName": "alias/app", "targetKeyId": KEY}, {"aliases"}),
        ("TagResource", {"keyId": KEY}, {"tags"}),
    ],
)
def test_the_event_names_its_key(name: str, request_parameters: dict[str, Any], sections: set[str]) -> None:
    found = match(CATALOG, event("kms", name, request_parameters))
    assert named(found) == {(key.name, KEY, "eu-west-1", frozenset(sections))}


def test_a_new_key_is_in_the_answer() -> None:
    found = match(CATALOG, event("kms", "CreateKey", {}, {"keyMetadata": {"keyId": REPLICA, "arn": "x"}}))
    assert named(found) == {(key.name, REPLICA, "eu-west-1", frozenset())}


@pytest.mark.parametrize("name", ["DeleteAlias", "RetireGrant", "DeleteKey"])
def test_an_event_without_a_key_id_tells_it_in_its_resources(name: str) -> None:
    given = replace(
        event("kms", name, {"aliasName": "alias/app", "grantToken": "t"}),
        resources=({"ARN": ALIAS, "accountId": "111122223333"}, {"ARN": ARN, "accountId": "111122223333"}),
    )
    (target,) = match(CATALOG, given).targets
    assert target.resource.id == KEY
    assert not target.alias


@pytest.mark.parametrize("alias", ["alias/app", ALIAS])
def test_an_alias_is_looked_up(alias: str) -> None:
    (target,) = match(CATALOG, event("kms", "CreateGrant", {"keyId": alias})).targets
    assert target.alias
    assert target.resource.id == f"?AliasName={alias}"


def test_a_grant_on_another_accounts_key_is_that_accounts() -> None:
    arn = ARN.replace("111122223333", "222222222222").replace("eu-west-1", "us-east-1")
    (target,) = match(CATALOG, event("kms", "CreateGrant", {"keyId": arn})).targets
    assert (target.resource.account, target.resource.region) == ("222222222222", "us-east-1")


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "kms") == []


def test_grants_are_told_in_one_order_and_without_their_context() -> None:
    grants = [
        {"GrantId": "b", "Operations": ["Decrypt"], "Constraints": {"EncryptionContextEquals": {"a": "b"}}},
        {"GrantId": "a", "GranteePrincipal": "arn:aws:iam::111122223333:role/r", "CreationDate": "x"},
    ]
    told = section_value(key.sections["grants"], grants)
    assert told == section_value(key.sections["grants"], grants[::-1])
    assert told == [
        {"GrantId": "a", "GranteePrincipal": "arn:aws:iam::111122223333:role/r"},
        {"GrantId": "b", "Operations": ["Decrypt"]},
    ]
