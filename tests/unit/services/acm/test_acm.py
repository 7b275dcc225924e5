"""ACM: its table and its policies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.model import Outcome
from liveaudit.services.acm.resources import certificate
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import NOW, Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
SOURCE, TYPE = "acm.amazonaws.com", "AWS::CertificateManager::Certificate"
ARN = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
NAMED = {(TYPE, "12345678-1234-1234-1234-123456789012")}
EXPIRY, KEY = "acm_certificates_expiration_check", "acm_certificates_with_secure_key_algorithms"


def ends_in(days: float, status: str = "ISSUED", kind: str = "IMPORTED") -> dict[str, Any]:
    return {"Status": status, "Type": kind, "NotAfter": NOW + dt.timedelta(days=days)}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (ends_in(31), PASS),
        (ends_in(31, kind="AMAZON_ISSUED"), PASS),
        # Prowler passes it until 7 days are left.
        (ends_in(29), FAIL),
        (ends_in(29, kind="AMAZON_ISSUED"), FAIL),
        (ends_in(-1), FAIL),
        (ends_in(-1, "EXPIRED"), FAIL),
        (ends_in(-1, "REVOKED"), NONE),
        ({"Status": "PENDING_VALIDATION"}, NONE),
        ({"Status": "VALIDATION_TIMED_OUT"}, NONE),
        ({"Status": "FAILED"}, NONE),
    ],
)
def test_expiry(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(EXPIRY, certificate=given).outcome is outcome


def test_the_time_alone_turns_it(judged: Judged) -> None:
    given = ends_in(40)
    assert judged(EXPIRY, certificate=given).outcome is PASS
    assert judged(EXPIRY, now=NOW + dt.timedelta(days=11), certificate=given).outcome is FAIL
    after = judged(EXPIRY, now=NOW + dt.timedelta(days=41), certificate=given)
    assert "has expired" in after.reason


@pytest.mark.parametrize(
    ("algorithm", "outcome"),
    [
        ("RSA_1024", FAIL),
        ("RSA_2048", PASS),
        ("RSA_4096", PASS),
        ("EC_prime256v1", PASS),
        ("EC_secp384r1", PASS),
        # The model's names have an underscore, the answers of the service a hyphen.
        ("RSA-1024", FAIL),
        ("RSA-2048", PASS),
        ("RSA-512", FAIL),
        ("EC_secp192r1", UNKNOWN),
    ],
)
def test_keys(judged: Judged, algorithm: str, outcome: Outcome) -> None:
    assert judged(KEY, certificate={"KeyAlgorithm": algorithm}, odd="_" not in algorithm).outcome is outcome


@pytest.mark.parametrize("policy", [EXPIRY, KEY])
@pytest.mark.parametrize("given", [{}, [], {"Status": "ISSUED", "NotAfter": 7, "KeyAlgorithm": 7}])
def test_another_shape_is_unknown(judged: Judged, policy: str, given: Any) -> None:
    assert judged(policy, odd=True, certificate=given).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "response"),
    [
        ("RequestCertificate", {"domainName": "example.com"}, {"certificateArn": ARN}),
        ("ImportCertificate", {"certificateArn": ARN}, {"certificateArn": ARN}),
        ("DeleteCertificate", {"certificateArn": ARN}, None),
        ("RenewCertificate", {"certificateArn": ARN}, None),
        ("UpdateCertificateOptions", {"certificateArn": ARN}, None),
        ("AddTagsToCertificate", {"certificateArn": ARN, "tags": [{"key": "a"}]}, None),
        ("TagResource", {"resourceArn": ARN}, None),
    ],
)
def test_the_event_names_it(name: str, request_parameters: Any, response: Any) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == NAMED


def test_tags_of_something_else_are_none_of_ours() -> None:
    endpoint = "arn:aws:acm:eu-west-1:111122223333:acme-endpoint/1"
    found = told(SOURCE, "TagResource", {"resourceArn": endpoint})
    assert what(found) == set()
    assert "ACME" in found.reason


def test_every_recorded_change_is_placed() -> None:
    assert recorded(SOURCE)[0] == []


def test_addresses_of_a_validation_are_not_kept() -> None:
    answer = {
        "Status": "ISSUED",
        "DomainValidationOptions": [{"DomainName": "a.example", "ValidationEmails": ["admin@a.example"]}],
        "RenewalSummary": {"DomainValidationOptions": [{"ValidationEmails": ["admin@a.example"]}]},
    }
    assert section_value(certificate.sections["certificate"], answer) == {"Status": "ISSUED"}
