"""The users' and groups' policies, on shapes as boto3 gives them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.iam.support import ACCOUNT, NOW, Fits, Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
ADMIN = {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
LOOKALIKE = {
    "PolicyName": "AdministratorAccess",
    "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess",
}
CHINA = {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}
VIRTUAL = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
INLINE = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}


def ago(days: float) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def key(made: float, used: float | None = None, status: str = "Active") -> dict[str, Any]:
    last: dict[str, Any] = {"ServiceName": "N/A", "Region": "N/A"}
    if used is not None:
        last = {"LastUsedDate": ago(used), "ServiceName": "s3", "Region": "us-east-1"}
    return {
        "UserName": "alice",
        "AccessKeyId": "AKIAEXAMPLE",
        "Status": status,
        "CreateDate": ago(made),
        "LastUsed": last,
    }


def profile(made: float) -> dict[str, Any]:
    return {"UserName": "alice", "CreateDate": ago(made), "PasswordResetRequired": False}


def person(born: float, signed_in: float | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"UserName": "alice", "Path": "/", "CreateDate": ago(born)}
    return found if signed_in is None else {**found, "PasswordLastUsed": ago(signed_in)}


def device(serial: str) -> dict[str, Any]:
    return {"UserName": "alice", "SerialNumber": serial, "EnableDate": ago(10)}


def test_the_samples_have_the_shapes_of_the_api(fits: Fits) -> None:
    fits("GetUser", "User", person(9, 1))
    fits("GetLoginProfile", "LoginProfile", profile(1))
    fits("ListMFADevices", "MFADevices", [device(VIRTUAL)])
    fits("ListAttachedUserPolicies", "AttachedPolicies", [ADMIN])
    fits("GetUserPolicy", None, INLINE)
    for each in (key(1), key(9, 3)):
        fits("GetAccessKeyLastUsed", "AccessKeyLastUsed", each.pop("LastUsed"))
        fits("ListAccessKeys", "AccessKeyMetadata", [each])


MFA = "iam_user_mfa_enabled_console_access"
ROTATE, UNUSED = "iam_rotate_access_key_90_days", "iam_user_accesskey_unused"
CONSOLE = "iam_user_console_access_unused"
OWN = "iam_policy_attached_only_to_group_or_roles"
ADMINISTRATOR, GROUP_ADMIN = "iam_user_administrator_access_policy", "iam_group_administrator_access_policy"
WITH_MFA, HARDWARE = "iam_administrator_access_with_mfa", "iam_user_hardware_mfa_enabled"
TWO, INITIAL = "iam_user_two_active_access_key", "iam_user_no_setup_initial_access_key"


@pytest.mark.parametrize(
    ("policy_id", "sections", "outcome"),
    [
        (MFA, {"login_profile": None, "mfa_devices": []}, NA),
        (MFA, {"login_profile": profile(1), "mfa_devices": []}, FAIL),
        (MFA, {"login_profile": profile(1), "mfa_devices": [device(VIRTUAL)]}, PASS),
        (MFA, {"login_profile": profile(1), "mfa_devices": None}, UNKNOWN),
        (ROTATE, {"access_keys": []}, NA),
        (ROTATE, {"access_keys": [key(100, 1, "Inactive")]}, NA),
        (ROTATE, {"access_keys": [key(90, 1)]}, PASS),
        (ROTATE, {"access_keys": [key(90.01, 1)]}, FAIL),
        (ROTATE, {"access_keys": [key(1), key(400, 1)]}, FAIL),
        (ROTATE, {"access_keys": [{"Status": "Active"}]}, UNKNOWN),
        (UNUSED, {"access_keys": [key(400, 50, "Inactive")]}, NA),
        (UNUSED, {"access_keys": [key(400, 45)]}, PASS),
        (UNUSED, {"access_keys": [key(400, 46)]}, FAIL),
        (UNUSED, {"access_keys": [key(44)]}, PASS),
        (UNUSED, {"access_keys": [key(46)]}, FAIL),
        (UNUSED, {"access_keys": [{**key(46), "LastUsed": None}]}, UNKNOWN),
        (CONSOLE, {"user": person(400, 300), "login_profile": None}, NA),
        (CONSOLE, {"user": person(400, 44), "login_profile": profile(400)}, PASS),
        (CONSOLE, {"user": person(400, 46), "login_profile": profile(400)}, FAIL),
        (CONSOLE, {"user": person(400), "login_profile": profile(46)}, FAIL),
        (CONSOLE, {"user": person(400), "login_profile": profile(44)}, PASS),
        (CONSOLE, {"user": person(400, 300), "login_profile": profile(5)}, PASS),
        (CONSOLE, {"user": None, "login_profile": profile(5)}, UNKNOWN),
        (OWN, {"attached_policies": [], "inline_policies": []}, PASS),
        (OWN, {"attached_policies": [ADMIN], "inline_policies": []}, FAIL),
        (OWN, {"attached_policies": [], "inline_policies": [INLINE]}, FAIL),
        (OWN, {"attached_policies": None, "inline_policies": []}, UNKNOWN),
        (ADMINISTRATOR, {"attached_policies": []}, PASS),
        (ADMINISTRATOR, {"attached_policies": [LOOKALIKE]}, PASS),
        (ADMINISTRATOR, {"attached_policies": [ADMIN]}, FAIL),
        (ADMINISTRATOR, {"attached_policies": [CHINA]}, FAIL),
        (ADMINISTRATOR, {"attached_policies": [{}]}, UNKNOWN),
        (GROUP_ADMIN, {"attached_policies": []}, PASS),
        (GROUP_ADMIN, {"attached_policies": [ADMIN]}, FAIL),
        (WITH_MFA, {"group_policies": {}, "mfa_devices": []}, NA),
        (WITH_MFA, {"group_policies": {"ops": [LOOKALIKE], "gone": None}, "mfa_devices": []}, NA),
        (WITH_MFA, {"group_policies": {"ops": [], "admins": [ADMIN]}, "mfa_devices": []}, FAIL),
        (WITH_MFA, {"group_policies": {"admins": [ADMIN]}, "mfa_devices": [device(VIRTUAL)]}, PASS),
        (WITH_MFA, {"group_policies": None, "mfa_devices": []}, UNKNOWN),
        (HARDWARE, {"mfa_devices": []}, FAIL),
        (HARDWARE, {"mfa_devices": [device(VIRTUAL)]}, FAIL),
        (HARDWARE, {"mfa_devices": [device(f"arn:aws:iam::{ACCOUNT}:sms-mfa/alice")]}, FAIL),
        (HARDWARE, {"mfa_devices": [device(VIRTUAL), device("GAHT12345678")]}, PASS),
        (HARDWARE, {"mfa_devices": [device(f"arn:aws:iam::{ACCOUNT}:u2f/user/alice/key")]}, PASS),
        (TWO, {"access_keys": [key(1), key(2, status="Inactive")]}, PASS),
        (TWO, {"access_keys": [key(1), key(2)]}, FAIL),
        (INITIAL, {"user": person(5), "login_profile": None, "access_keys": [key(5)]}, NA),
        (INITIAL, {"user": person(5), "login_profile": profile(5), "access_keys": [key(5)]}, FAIL),
        (INITIAL, {"user": person(5), "login_profile": profile(5), "access_keys": [key(5, 1)]}, PASS),
        (INITIAL, {"user": person(5), "login_profile": profile(5), "access_keys": [key(4)]}, PASS),
    ],
)
def test_users(judged: Judged, policy_id: str, sections: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy_id, **sections).outcome == outcome


def test_times_may_have_been_stored_as_text(judged: Judged) -> None:
    stored = {**key(400), "CreateDate": ago(400).isoformat()}
    verdict = judged(ROTATE, access_keys=[stored])
    assert verdict.evidence["AccessKeys"] == [
        {
            "AccessKeyId": "AKIAEXAMPLE",
            "Status": "Active",
            "CreateDate": ago(400).isoformat(),
            "LastUsedDate": None,
        }
    ]


def test_the_evidence_names_the_groups(judged: Judged) -> None:
    given = {"ops": [LOOKALIKE], "admins": [ADMIN]}
    assert judged(WITH_MFA, group_policies=given, mfa_devices=[]).evidence["Groups"] == ["admins"]
