"""KMS's policies by real calls in the lab."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def document(*principals: str) -> str:
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": each}, "Action": "kms:*", "Resource": "*"}
        for each in principals
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_a_key(live: Live) -> None:
    kms: Any = live.client("kms")
    own = f"arn:aws:iam::{live.account}:root"
    key = kms.create_key(Policy=document("*"))["KeyMetadata"]["KeyId"]
    live.opens("kms_cmk_rotation_enabled", key)
    live.opens("kms_key_not_publicly_accessible", key)
    live.opens("kms_key_policy_cross_account_access", key)
    kms.enable_key_rotation(KeyId=key)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(own))
    for policy in (
        "kms_cmk_rotation_enabled",
        "kms_key_not_publicly_accessible",
        "kms_key_policy_cross_account_access",
    ):
        live.resolves(policy, key)
    grant = kms.create_grant(
        KeyId=key, GranteePrincipal="arn:aws:iam::999999999999:role/r", Operations=["Decrypt"]
    )
    live.opens("kms_key_policy_cross_account_access", key)
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    live.resolves("kms_key_policy_cross_account_access", key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    live.opens("kms_cmk_not_deleted_unintentionally", key)
    kms.cancel_key_deletion(KeyId=key)
    live.resolves("kms_cmk_not_deleted_unintentionally", key)
