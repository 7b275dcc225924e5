"""The S3 policies that need no policy document, on sections as boto3 gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.model import Outcome, Verdict

PASS, FAIL, UNKNOWN, NA = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
GROUPS = "http://acs.amazonaws.com/groups/"

Judged = Callable[..., Verdict]


def block(*off: str) -> dict[str, bool]:
    """A public access block, with all flags on but these."""
    return {flag: flag not in off for flag in FLAGS}


def acl(*grants: tuple[str, str]) -> dict[str, Any]:
    """An ACL with the owner's grant and these: (group, permission)."""
    owner = {"ID": "0f0f", "DisplayName": "owner"}
    return {
        "Owner": owner,
        "Grants": [
            {"Grantee": {"Type": "CanonicalUser", **owner}, "Permission": "FULL_CONTROL"},
            *(
                {"Grantee": {"Type": "Group", "URI": GROUPS + group}, "Permission": permission}
                for group, permission in grants
            ),
        ],
    }


BLOCKS = {
    "s3_account_level_public_access_blocks": ("s3control", "GetPublicAccessBlock"),
    "s3_bucket_level_public_access_block": ("s3", "GetPublicAccessBlock"),
}


@pytest.mark.parametrize("policy_id", BLOCKS)
@pytest.mark.parametrize(
    ("value", "missing"),
    [
        (block(), []),
        (None, list(FLAGS)),
        ({}, list(FLAGS)),
        (block(*FLAGS), list(FLAGS)),
        *((block(flag), [flag]) for flag in FLAGS),
    ],
)
def test_block(
    judged: Judged, fits: Callable[..., None], policy_id: str, value: Any, missing: list[str]
) -> None:
    fits(*BLOCKS[policy_id], "PublicAccessBlockConfiguration", value)
    verdict = judged(policy_id, public_access_block=value)
    assert verdict.outcome == (FAIL if missing else PASS)
    assert verdict.evidence == ({"missing": missing} if missing else {})


@pytest.mark.parametrize("value", ["on", [], {"BlockPublicAcls": "true"}])
@pytest.mark.parametrize("policy_id", BLOCKS)
def test_another_shape_of_a_block_is_unknown(judged: Judged, policy_id: str, value: Any) -> None:
    assert judged(policy_id, public_access_block=value).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ({"Name": "ap", "Bucket": "data", "PublicAccessBlockConfiguration": block()}, PASS),
        (
            {
                "Name": "ap",
                "Bucket": "data",
                "PublicAccessBlockConfiguration": block("RestrictPublicBuckets"),
            },
            FAIL,
        ),
        ({"Name": "ap", "Bucket": "data", "NetworkOrigin": "VPC"}, FAIL),
        (None, UNKNOWN),
    ],
)
def test_access_point(judged: Judged, fits: Callable[..., None], value: Any, outcome: Outcome) -> None:
    fits("s3control", "GetAccessPoint", None, value)
    assert judged("s3_access_point_public_access_block", access_point=value).outcome == outcome


LIST, WRITE = "s3_bucket_public_list_acl", "s3_bucket_public_write_acl"
ANYBODY, ANY_ACCOUNT, LOGS = "global/AllUsers", "global/AuthenticatedUsers", "s3/LogDelivery"
OPEN = {"public_access_block": None, "account_public_access_block": None}


@pytest.mark.parametrize(
    ("grant", "listing", "writing"),
    [
        ((ANYBODY, "READ"), FAIL, PASS),
        ((ANYBODY, "READ_ACP"), FAIL, PASS),
        ((ANYBODY, "WRITE"), PASS, FAIL),
        ((ANYBODY, "WRITE_ACP"), PASS, FAIL),
        ((ANYBODY, "FULL_CONTROL"), FAIL, FAIL),
        ((ANY_ACCOUNT, "READ"), FAIL, PASS),
        ((ANY_ACCOUNT, "WRITE_ACP"), PASS, FAIL),
        ((LOGS, "WRITE"), PASS, PASS),
        ((LOGS, "READ_ACP"), PASS, PASS),
    ],
)
def test_acl(
    judged: Judged, fits: Callable[..., None], grant: tuple[str, str], listing: Outcome, writing: Outcome
) -> None:
    fits("s3", "GetBucketAcl", None, acl(grant))
    for policy_id, outcome in ((LIST, listing), (WRITE, writing)):
        verdict = judged(policy_id, acl=acl(grant), **OPEN)
        assert verdict.outcome == outcome
        if outcome == FAIL:
            assert verdict.evidence == {"grants": [{"URI": GROUPS + grant[0], "Permission": grant[1]}]}


@pytest.mark.parametrize(
    ("own", "account", "outcome"),
    [
        (None, None, FAIL),
        (block(), None, PASS),
        (None, block(), PASS),
        (block("IgnorePublicAcls"), block("IgnorePublicAcls"), FAIL),
        (block("IgnorePublicAcls"), block(), PASS),
        (block(*FLAGS), block("BlockPublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), PASS),
        ("on", None, UNKNOWN),
    ],
)
def test_only_ignored_acls_are_harmless(judged: Judged, own: Any, account: Any, outcome: Outcome) -> None:
    for policy_id in (LIST, WRITE):
        verdict = judged(
            policy_id,
            acl=acl((ANYBODY, "FULL_CONTROL")),
            public_access_block=own,
            account_public_access_block=account,
        )
        assert verdict.outcome == outcome


@pytest.mark.parametrize("broken", [None, {}, {"Grants": [None]}, {"Grants": [{"Permission": "READ"}]}])
def test_another_shape_of_an_acl_is_unknown(judged: Judged, broken: Any) -> None:
    assert judged(LIST, acl=broken, **OPEN).outcome == UNKNOWN
    assert judged(WRITE, acl=broken, **OPEN).outcome == UNKNOWN


def encrypted(algorithm: str) -> dict[str, Any]:
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}]}


def rules(*states: str) -> dict[str, Any]:
    return {"Rules": [{"ID": "r", "Status": state, "Filter": {"Prefix": ""}} for state in states]}


SETTINGS: list[tuple[str, dict[str, Any], Outcome]] = [
    (
        "s3_bucket_acl_prohibited",
        {"ownership_controls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        PASS,
    ),
    (
        "s3_bucket_acl_prohibited",
        {"ownership_controls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
        FAIL,
    ),
    ("s3_bucket_acl_prohibited", {"ownership_controls": None}, FAIL),
    ("s3_bucket_acl_prohibited", {"ownership_controls": {}}, UNKNOWN),
    ("s3_bucket_object_versioning", {"versioning": {"Status": "Enabled"}}, PASS),
    ("s3_bucket_object_versioning", {"versioning": {"Status": "Suspended"}}, FAIL),
    ("s3_bucket_object_versioning", {"versioning": {}}, FAIL),
    ("s3_bucket_object_versioning", {"versioning": None}, UNKNOWN),
    ("s3_bucket_no_mfa_delete", {"versioning": {"Status": "Enabled", "MFADelete": "Enabled"}}, PASS),
    ("s3_bucket_no_mfa_delete", {"versioning": {"Status": "Enabled", "MFADelete": "Disabled"}}, FAIL),
    ("s3_bucket_no_mfa_delete", {"versioning": {}}, FAIL),
    ("s3_bucket_no_mfa_delete", {"versioning": "Enabled"}, UNKNOWN),
    (
        "s3_bucket_server_access_logging_enabled",
        {"logging": {"TargetBucket": "logs", "TargetPrefix": "data/"}},
        PASS,
    ),
    ("s3_bucket_server_access_logging_enabled", {"logging": None}, FAIL),
    ("s3_bucket_server_access_logging_enabled", {"logging": {}}, FAIL),
    ("s3_bucket_server_access_logging_enabled", {"logging": "logs"}, UNKNOWN),
    ("s3_bucket_default_encryption", {"encryption": encrypted("AES256")}, PASS),
    ("s3_bucket_default_encryption", {"encryption": None}, FAIL),
    ("s3_bucket_default_encryption", {"encryption": {"Rules": []}}, FAIL),
    ("s3_bucket_default_encryption", {"encryption": {"Rules": None}}, UNKNOWN),
    ("s3_bucket_kms_encryption", {"encryption": encrypted("aws:kms")}, PASS),
    ("s3_bucket_kms_encryption", {"encryption": encrypted("aws:kms:dsse")}, PASS),
    ("s3_bucket_kms_encryption", {"encryption": encrypted("AES256")}, FAIL),
    ("s3_bucket_kms_encryption", {"encryption": None}, FAIL),
    ("s3_bucket_kms_encryption", {"encryption": {"Rules": ["aws:kms"]}}, UNKNOWN),
    ("s3_bucket_lifecycle_enabled", {"lifecycle": rules("Disabled", "Enabled")}, PASS),
    ("s3_bucket_lifecycle_enabled", {"lifecycle": rules("Disabled")}, FAIL),
    ("s3_bucket_lifecycle_enabled", {"lifecycle": None}, FAIL),
    ("s3_bucket_lifecycle_enabled", {"lifecycle": {"Rules": "Enabled"}}, UNKNOWN),
    (
        "s3_bucket_versioned_without_lifecycle",
        {"versioning": {"Status": "Enabled"}, "lifecycle": rules("Enabled")},
        PASS,
    ),
    (
        "s3_bucket_versioned_without_lifecycle",
        {"versioning": {"Status": "Enabled"}, "lifecycle": rules("Disabled")},
        FAIL,
    ),
    ("s3_bucket_versioned_without_lifecycle", {"versioning": {}, "lifecycle": None}, NA),
    ("s3_bucket_versioned_without_lifecycle", {"versioning": None, "lifecycle": None}, UNKNOWN),
]
ANSWERS = {
    "ownership_controls": ("GetBucketOwnershipControls", "OwnershipControls"),
    "versioning": ("GetBucketVersioning", None),
    "logging": ("GetBucketLogging", "LoggingEnabled"),
    "encryption": ("GetBucketEncryption", "ServerSideEncryptionConfiguration"),
    "lifecycle": ("GetBucketLifecycleConfiguration", None),
}


@pytest.mark.parametrize(("policy_id", "sections", "outcome"), SETTINGS)
def test_setting(
    judged: Judged, fits: Callable[..., None], policy_id: str, sections: dict[str, Any], outcome: Outcome
) -> None:
    if outcome != UNKNOWN:
        for name, value in sections.items():
            fits("s3", *ANSWERS[name], value)
    assert judged(policy_id, **sections).outcome == outcome
