"""The policies of KMS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import ACCOUNT, Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
PARTNER, STRANGER = "222222222222", "999999999999"
ROTATION = "kms_cmk_rotation_enabled"
PUBLIC = "kms_key_not_publicly_accessible"
FOREIGN = "kms_key_policy_cross_account_access"
ON, OFF = {"KeyRotationEnabled": True, "RotationPeriodInDays": 365}, {"KeyRotationEnabled": False}


def a_key(**more: Any) -> dict[str, Any]:
    return {
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Origin": "AWS_KMS",
        "KeyState": "Enabled",
        "Enabled": True,
    } | more


OF_AWS = a_key(KeyManager="AWS")


def a_policy(principal: Any, condition: Any = None, action: str = "kms:Decrypt") -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def root_of(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


@pytest.mark.parametrize(
    ("key", "rotation", "outcome", "reason"),
    [
        (a_key(), ON, PASS, "on"),
        (a_key(), OFF, FAIL, "off"),
        (a_key(), {}, FAIL, "off"),
        (OF_AWS, ON, NONE, "AWS manages"),
        (a_key(KeySpec="RSA_4096"), None, NONE, "symmetric"),
        (a_key(KeySpec="HMAC_256"), None, NONE, "symmetric"),
        (a_key(Origin="EXTERNAL"), OFF, NONE, "EXTERNAL"),
        (a_key(Origin="AWS_CLOUDHSM"), None, NONE, "AWS_CLOUDHSM"),
        (a_key(KeyState="Disabled", Enabled=False), OFF, NONE, "Disabled"),
        (a_key(KeyState="PendingDeletion", Enabled=False), OFF, NONE, "PendingDeletion"),
        (a_key(), None, UNKNOWN, "rotation status"),
    ],
)
def test_rotation(judged: Judged, key: Any, rotation: Any, outcome: Outcome, reason: str) -> None:
    verdict = judged(ROTATION, key=key, rotation=rotation)
    assert verdict.outcome is outcome
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        (a_key(), PASS),
        (a_key(KeyState="Disabled"), PASS),
        (a_key(KeyState="PendingDeletion"), FAIL),
        (a_key(KeyState="PendingReplicaDeletion"), FAIL),
        (OF_AWS, NONE),
    ],
)
def test_deletion(judged: Judged, key: Any, outcome: Outcome) -> None:
    assert judged("kms_cmk_not_deleted_unintentionally", key=key).outcome is outcome


@pytest.mark.parametrize(
    ("principal", "condition", "outcome"),
    [
        ("*", None, FAIL),
        ({"AWS": ["*"]}, None, FAIL),
        ({"AWS": root_of(ACCOUNT)}, None, PASS),
        ("*", {"StringEquals": {"kms:CallerAccount": ACCOUNT}}, PASS),
        ("*", {"StringEquals": {"kms:CallerAccount": [ACCOUNT, PARTNER]}}, PASS),
        ("*", {"StringLike": {"kms:CallerAccount": "*"}}, FAIL),
        # bound to a service, but to whosoever asks it to
        ("*", {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, FAIL),
        (
            {"AWS": "*"},
            {
                "StringEquals": {
                    "kms:CallerAccount": ACCOUNT,
                    "kms:ViaService": "ec2.eu-west-1.amazonaws.com",
                }
            },
            PASS,
        ),
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, PASS),
        ("*", {"Bool": {"kms:GrantIsForAWSResource": "true"}}, FAIL),
        ("*", {"StringEquals": {"kms:EncryptionContext:app": "orders"}}, FAIL),
    ],
)
def test_public(judged: Judged, principal: Any, condition: Any, outcome: Outcome) -> None:
    verdict = judged(PUBLIC, key=a_key(), policy_document=a_policy(principal, condition))
    assert verdict.outcome is outcome


def test_a_key_of_aws_is_not_judged_on_its_policy(judged: Judged) -> None:
    anybody = a_policy("*")
    assert judged(PUBLIC, key=OF_AWS, policy_document=anybody).outcome is NONE
    assert judged(FOREIGN, key=OF_AWS, policy_document=anybody, grants=[]).outcome is NONE


def a_grant(principal: str, **more: Any) -> dict[str, Any]:
    return {"GrantId": "g1", "GranteePrincipal": principal, "Operations": ["Decrypt"]} | more


@pytest.mark.parametrize(
    ("principal", "grants", "outcome"),
    [
        (root_of(ACCOUNT), [], PASS),
        (root_of(PARTNER), [], PASS),
        (root_of(STRANGER), [], FAIL),
        (f"arn:aws:iam::{STRANGER}:role/backup", [], FAIL),
        (root_of(ACCOUNT), [a_grant(f"arn:aws:iam::{ACCOUNT}:role/app")], PASS),
        (root_of(ACCOUNT), [a_grant(f"arn:aws:iam::{PARTNER}:role/app")], PASS),
        (root_of(ACCOUNT), [a_grant(f"arn:aws:iam::{STRANGER}:role/app")], FAIL),
        (root_of(ACCOUNT), [a_grant(f"arn:aws:sts::{STRANGER}:assumed-role/app/s")], FAIL),
        (root_of(ACCOUNT), [a_grant("rds.eu-west-1.amazonaws.com")], PASS),
        (root_of(ACCOUNT), [{"GrantId": "g1", "GranteeServicePrincipal": "s3.amazonaws.com"}], PASS),
        # a role that was deleted leaves its id, which nobody can get again
        (root_of(ACCOUNT), [a_grant("AROAEXAMPLEEXAMPLE123")], PASS),
        (root_of(ACCOUNT), [a_grant("something new")], UNKNOWN),
        (root_of(STRANGER), [a_grant("something new")], FAIL),
    ],
)
def test_foreign_accounts(judged: Judged, principal: str, grants: Any, outcome: Outcome) -> None:
    verdict = judged(
        FOREIGN,
        trusted=[PARTNER],
        key=a_key(),
        policy_document=a_policy({"AWS": principal}),
        grants=grants,
    )
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("grants", "outcome"),
    [
        ([], PASS),
        ([a_grant(f"arn:aws:iam::{PARTNER}:role/app")], PASS),
        ([a_grant(f"arn:aws:iam::{STRANGER}:role/app")], FAIL),
        ([a_grant("something new")], UNKNOWN),
    ],
)
def test_grants_alone(judged: Judged, grants: Any, outcome: Outcome) -> None:
    policy = "kms_grant_allows_external_principal"
    assert judged(policy, trusted=[PARTNER], key=a_key(), grants=grants).outcome is outcome
    assert judged(policy, key=OF_AWS, grants=grants).outcome is NONE


@pytest.mark.parametrize(
    ("policy", "key", "outcome"),
    [
        ("kms_cmk_not_multi_region", a_key(MultiRegion=False), PASS),
        ("kms_cmk_not_multi_region", a_key(MultiRegion=True), FAIL),
        ("kms_cmk_not_multi_region", a_key(MultiRegion=True, KeyManager="AWS"), NONE),
        ("kms_cmk_are_used", a_key(), PASS),
        ("kms_cmk_are_used", a_key(KeyState="Disabled"), FAIL),
        ("kms_cmk_are_used", a_key(KeyState="PendingDeletion"), NONE),
        ("kms_cmk_are_used", OF_AWS, NONE),
    ],
)
def test_what_else_is_told_of_a_key(judged: Judged, policy: str, key: Any, outcome: Outcome) -> None:
    assert judged(policy, key=key).outcome is outcome


@pytest.mark.parametrize("key", [{}, {"KeyManager": "SOMEBODY"}, {"KeyManager": 7}])
@pytest.mark.parametrize("policy", [ROTATION, PUBLIC, FOREIGN, "kms_cmk_not_deleted_unintentionally"])
def test_a_key_of_unknown_manager_is_unknown(judged: Judged, policy: str, key: Any) -> None:
    assert judged(policy, odd=True, key=key).outcome is UNKNOWN


def test_a_policy_that_is_no_document_is_unknown(judged: Judged) -> None:
    assert judged(PUBLIC, odd=True, key=a_key(), policy_document="{").outcome is UNKNOWN
