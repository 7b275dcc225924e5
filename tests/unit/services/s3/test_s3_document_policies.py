"""The S3 policies on a bucket's policy document, which GetBucketPolicy gives as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.model import Outcome, Verdict
from liveaudit.policies.policy import BUILT_IN

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
PUBLIC, WRITE = "s3_bucket_public_access", "s3_bucket_policy_public_write_access"
FOREIGN, TLS = "s3_bucket_cross_account_access", "s3_bucket_secure_transport_policy"
ARN = "arn:aws:s3:::data"
OWNER_ONLY = {
    "Owner": {"ID": "0f0f"},
    "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "0f0f"}, "Permission": "FULL_CONTROL"}],
}
PUBLIC_ACL = {
    "Owner": {"ID": "0f0f"},
    "Grants": [
        {
            "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
            "Permission": "READ",
        }
    ],
}

Judged = Callable[..., Verdict]


def allow(principal: Any, action: Any, **more: Any) -> dict[str, Any]:
    return {
        "Sid": "Let",
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": f"{ARN}/*",
        **more,
    }


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def deny_http(**more: Any) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [ARN, f"{ARN}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        **more,
    }


READ_ALL = allow("*", "s3:GetObject")
WRITE_ALL = allow("*", "s3:PutObjectA*")
NAMED = allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "s3:*")
ONE_NETWORK = allow("*", "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})
BLOCK = {"RestrictPublicBuckets": True}
HALF = {"BlockPublicPolicy": True, "BlockPublicAcls": True}


@pytest.mark.parametrize(
    ("text", "own", "account", "public", "write"),
    [
        (None, None, None, PASS, PASS),
        (document(NAMED), None, None, PASS, PASS),
        (document(READ_ALL), None, None, FAIL, PASS),
        (document(WRITE_ALL), None, None, FAIL, FAIL),
        (document(allow({"AWS": ["*"]}, ["s3:Delete*"])), None, None, FAIL, FAIL),
        (document(allow({"AWS": "*"}, "*")), None, None, FAIL, FAIL),
        (document(NAMED, WRITE_ALL), HALF, HALF, FAIL, FAIL),
        (document(WRITE_ALL), BLOCK, None, PASS, PASS),
        (document(WRITE_ALL), HALF, BLOCK, PASS, PASS),
        (document(ONE_NETWORK), None, None, PASS, PASS),
        ("{", None, None, UNKNOWN, UNKNOWN),
        ("[]", None, None, UNKNOWN, UNKNOWN),
        ({"Statement": []}, None, None, UNKNOWN, UNKNOWN),
        (document({"Effect": "Maybe"}), None, None, UNKNOWN, UNKNOWN),
        (document(NAMED), "on", None, UNKNOWN, UNKNOWN),
    ],
)
def test_public_policy(
    judged: Judged, text: Any, own: Any, account: Any, public: Outcome, write: Outcome
) -> None:
    blocks = {"public_access_block": own, "account_public_access_block": account}
    verdict = judged(PUBLIC, acl=OWNER_ONLY, policy_document=text, **blocks)
    assert verdict.outcome == public, verdict
    assert bool(verdict.evidence) == (public == FAIL)
    verdict = judged(WRITE, policy_document=text, **blocks)
    assert verdict.outcome == write, verdict


@pytest.mark.parametrize(
    ("text", "own", "account", "outcome"),
    [
        (None, None, None, FAIL),
        ("{", None, None, FAIL),
        (None, {"IgnorePublicAcls": True}, None, PASS),
        (None, None, {"IgnorePublicAcls": True}, PASS),
        (None, HALF, BLOCK, FAIL),
        (document(READ_ALL), {"IgnorePublicAcls": True}, None, FAIL),
        (document(READ_ALL), {"IgnorePublicAcls": True}, BLOCK, PASS),
        ("{", {"IgnorePublicAcls": True}, None, UNKNOWN),
    ],
)
def test_public_acl(judged: Judged, text: Any, own: Any, account: Any, outcome: Outcome) -> None:
    verdict = judged(
        PUBLIC,
        acl=PUBLIC_ACL,
        policy_document=text,
        public_access_block=own,
        account_public_access_block=account,
    )
    assert verdict.outcome == outcome, verdict


def test_the_evidence_names_the_statement(judged: Judged) -> None:
    verdict = judged(PUBLIC, acl=OWNER_ONLY, policy_document=document(NAMED, READ_ALL))
    (shown,) = verdict.evidence["statements"]
    assert (shown["statement"], shown["sid"]) == (1, "Let")
    assert json.dumps(verdict.evidence)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (None, PASS),
        (document(NAMED), PASS),
        (document(allow({"AWS": "222233334444"}, "s3:GetObject")), PASS),
        (document(allow({"AWS": "arn:aws:iam::333344445555:root"}, "s3:GetObject")), PASS),
        (document(allow({"AWS": "arn:aws:iam::999900001111:root"}, "s3:GetObject")), FAIL),
        (document(NAMED, allow({"AWS": ["222233334444", "999900001111"]}, "s3:PutObject")), FAIL),
        (document(READ_ALL), FAIL),
        (document(allow({"Service": "logging.s3.amazonaws.com"}, "s3:PutObject")), PASS),
        (document(allow({"CanonicalUser": "79a5" * 16}, "s3:GetObject")), UNKNOWN),
        ("not JSON", UNKNOWN),
        (7, UNKNOWN),
    ],
)
def test_foreign_accounts(judged: Judged, text: Any, outcome: Outcome) -> None:
    verdict = judged(FOREIGN, policy_document=text)
    assert verdict.outcome == outcome, verdict
    assert bool(verdict.evidence) == (outcome == FAIL)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (None, FAIL),
        (document(NAMED), FAIL),
        (document(deny_http()), PASS),
        (document(deny_http(Condition={"Bool": {"aws:SecureTransport": [False]}})), PASS),
        (document(deny_http(Resource=f"{ARN}/*")), FAIL),
        (document(deny_http(Resource=f"{ARN}/*"), deny_http(Resource=ARN)), PASS),
        (document(deny_http(Principal={"AWS": "111122223333"})), FAIL),
        (document(deny_http(Action="s3:GetObject")), FAIL),
        (document(deny_http(Condition={"Bool": {"aws:SecureTransport": "true"}})), FAIL),
        (document(deny_http(Condition={"StringEquals": {"aws:SecureTransport": "false"}})), UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_plain_http(judged: Judged, text: Any, outcome: Outcome) -> None:
    assert judged(TLS, policy_document=text).outcome == outcome


def test_every_bucket_policy_has_its_texts() -> None:
    for kind in ("Bucket", "AccessPoint", "AccountPublicAccessBlock"):
        for policy in BUILT_IN.of(f"AWS::S3::{kind}"):
            assert policy.title
            assert policy.why
            assert policy.fix
