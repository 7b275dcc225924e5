"""The account's policies: the root, the password policy, root management, SAML."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.iam.shapes import of_the_root, report, root_devices
from tests.unit.services.iam.support import ACCOUNT, NOW, Fits, Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
ROOT_DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"


def summary(mfa: int = 1, keys: int = 0, **more: int) -> dict[str, int]:
    return {"AccountMFAEnabled": mfa, "AccountAccessKeysPresent": keys, **more}


WITHOUT_ROOT = summary(0, AccountPasswordPresent=0, AccountSigningCertificatesPresent=0)


@pytest.mark.parametrize(
    ("policy_id", "sections", "outcome"),
    [
        ("iam_no_root_access_key", {"summary": summary()}, PASS),
        ("iam_no_root_access_key", {"summary": summary(keys=1)}, FAIL),
        ("iam_no_root_access_key", {"summary": {}}, UNKNOWN),
        ("iam_no_root_access_key", {"summary": None}, UNKNOWN),
        ("iam_root_mfa_enabled", {"summary": summary()}, PASS),
        ("iam_root_mfa_enabled", {"summary": summary(0)}, FAIL),
        ("iam_root_mfa_enabled", {"summary": summary(0, AccountPasswordPresent=1)}, FAIL),
        ("iam_root_mfa_enabled", {"summary": summary(0, 1, AccountPasswordPresent=0)}, FAIL),
        ("iam_root_mfa_enabled", {"summary": WITHOUT_ROOT}, NA),
        ("iam_root_mfa_enabled", {"summary": {}}, UNKNOWN),
        ("iam_root_hardware_mfa_enabled", {"summary": summary(), "virtual_mfa_devices": []}, PASS),
        (
            "iam_root_hardware_mfa_enabled",
            {"summary": summary(), "virtual_mfa_devices": [{"SerialNumber": ROOT_DEVICE}]},
            FAIL,
        ),
        ("iam_root_hardware_mfa_enabled", {"summary": summary(0), "virtual_mfa_devices": []}, FAIL),
        ("iam_root_hardware_mfa_enabled", {"summary": WITHOUT_ROOT, "virtual_mfa_devices": []}, NA),
        ("iam_root_hardware_mfa_enabled", {"summary": summary(), "virtual_mfa_devices": None}, UNKNOWN),
        (
            "iam_check_saml_providers_sts",
            {"saml_providers": [{"Arn": "arn:aws:iam::1:saml-provider/x"}]},
            PASS,
        ),
        ("iam_check_saml_providers_sts", {"saml_providers": []}, FAIL),
    ],
)
def test_root_and_providers(
    judged: Judged, policy_id: str, sections: dict[str, Any], outcome: Outcome
) -> None:
    assert judged(policy_id, **sections).outcome == outcome


def test_the_evidence_names_the_device(judged: Judged, fits: Fits) -> None:
    devices = [
        {"SerialNumber": ROOT_DEVICE, "EnableDate": NOW},
        {
            "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/second",
            "User": {"Arn": f"arn:aws:iam::{ACCOUNT}:root"},
        },
        {"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/a", "User": {"Arn": f"arn:aws:iam::{ACCOUNT}:user/a"}},
    ]
    fits("ListVirtualMFADevices", "VirtualMFADevices", devices)
    found = root_devices(devices)
    verdict = judged("iam_root_hardware_mfa_enabled", summary=summary(), virtual_mfa_devices=found)
    assert verdict.evidence["SerialNumbers"] == [ROOT_DEVICE, f"arn:aws:iam::{ACCOUNT}:mfa/second"]


def test_the_summary_keeps_what_concerns_the_root(fits: Fits) -> None:
    answer = {**summary(), "Users": 7, "UsersQuota": 5000, "AccountPasswordPresent": 1}
    fits("GetAccountSummary", "SummaryMap", answer)
    assert of_the_root(answer) == {**summary(), "AccountPasswordPresent": 1}
    with pytest.raises(ValueError, match="no map"):
        of_the_root(None)


HEADER = (
    "user,arn,password_enabled,password_last_used,access_key_1_last_used_date,access_key_2_last_used_date"
)


def csv_of(signed_in: str = "no_information", key: str = "N/A") -> bytes:
    root = f"<root_account>,arn:aws:iam::{ACCOUNT}:root,not_supported,{signed_in},{key},N/A"
    return (
        f"{HEADER}\nalice,arn:aws:iam::{ACCOUNT}:user/alice,true,{NOW.isoformat()},N/A,N/A\n{root}\n".encode()
    )


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (csv_of(), PASS),
        (csv_of(signed_in="2026-06-29T11:59:59+00:00"), PASS),
        (csv_of(signed_in="2026-06-29T12:00:01+00:00"), FAIL),
        (csv_of(key="2026-06-30T11:00:00+00:00"), FAIL),
        (csv_of(signed_in="soon"), UNKNOWN),
        (f"{HEADER}\n".encode(), UNKNOWN),
    ],
)
def test_root_use(judged: Judged, content: bytes, outcome: Outcome) -> None:
    verdict = judged("iam_avoid_root_usage", credential_report=report(content))
    assert verdict.outcome == outcome
    assert outcome != FAIL or set(verdict.evidence) <= {"password_last_used", "access_key_1_last_used_date"}


def test_a_report_of_another_shape_is_none() -> None:
    for content in (b"", b"<html>", None):
        with pytest.raises(ValueError, match="no column"):
            report(content)


STRONG = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "ExpirePasswords": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 24,
}
BY_KEY: dict[str, tuple[str, list[Any]]] = {
    "iam_password_policy_minimum_length_14": ("MinimumPasswordLength", [13, None]),
    "iam_password_policy_reuse_24": ("PasswordReusePrevention", [23, None]),
    "iam_password_policy_expires_passwords_within_90_days_or_less": ("MaxPasswordAge", [91, 0, None]),
    "iam_password_policy_uppercase": ("RequireUppercaseCharacters", [False, None]),
    "iam_password_policy_lowercase": ("RequireLowercaseCharacters", [False, None]),
    "iam_password_policy_symbol": ("RequireSymbols", [False, None]),
    "iam_password_policy_number": ("RequireNumbers", [False, None]),
}


@pytest.mark.parametrize("policy_id", BY_KEY)
def test_password_policy(judged: Judged, fits: Fits, policy_id: str) -> None:
    fits("GetAccountPasswordPolicy", "PasswordPolicy", STRONG)
    key, weak = BY_KEY[policy_id]
    assert judged(policy_id, password_policy=STRONG).outcome == PASS
    assert judged(policy_id, password_policy=None).outcome == FAIL
    for value in weak:
        given = {name: each for name, each in {**STRONG, key: value}.items() if each is not None}
        verdict = judged(policy_id, password_policy=given)
        assert verdict.outcome == FAIL
        assert verdict.evidence == {key: value}
    assert judged(policy_id, password_policy="none").outcome == UNKNOWN


@pytest.mark.parametrize(
    ("organization", "features", "outcome"),
    [
        (None, None, NA),
        ({"MasterAccountId": "999900001111"}, None, NA),
        ({"MasterAccountId": ACCOUNT}, None, FAIL),
        ({"MasterAccountId": ACCOUNT}, ["RootSessions"], FAIL),
        ({"MasterAccountId": ACCOUNT}, ["RootCredentialsManagement", "RootSessions"], PASS),
    ],
)
def test_central_root_management(judged: Judged, organization: Any, features: Any, outcome: Outcome) -> None:
    verdict = judged(
        "iam_root_credentials_management_enabled", organization=organization, central_root_features=features
    )
    assert verdict.outcome == outcome


def test_times_without_a_zone_are_utc(judged: Judged) -> None:
    used = (NOW - dt.timedelta(hours=1)).replace(tzinfo=None).isoformat()
    verdict = judged("iam_avoid_root_usage", credential_report=report(csv_of(signed_in=used)))
    assert verdict.outcome == FAIL
