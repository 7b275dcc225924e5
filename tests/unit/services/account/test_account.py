"""The policies of an account's contacts, and what is kept of people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.account.resources import without_people
from liveaudit.testing.shapes import fits, output_shape
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
POLICY = "account_security_contact_information_is_registered"
CONTACT = {
    "Name": "Ada Lovelace",
    "Title": "Analyst",
    "EmailAddress": "Ada@example.com",
    "PhoneNumber": "+1 555 0100",
    "AlternateContactType": "SECURITY",
}


def test_of_people_nothing_is_kept() -> None:
    fits(output_shape("account", "GetAlternateContact").members["AlternateContact"], CONTACT, "a contact")
    told = without_people(CONTACT)
    assert told is not None
    assert told["Given"] == sorted(CONTACT)
    assert not [value for value in CONTACT.values() if value != "SECURITY" and value in json.dumps(told)]
    same = without_people({"EmailAddress": "ada@EXAMPLE.com "})
    assert same is not None
    assert same["EmailDigest"] == told["EmailDigest"]
    assert without_people(None) is None
    with pytest.raises(ValueError, match="no structure"):
        without_people("Ada")


@pytest.mark.parametrize(
    ("contact", "outcome"), [(None, FAIL), (without_people(CONTACT), PASS), ("Ada", UNKNOWN), (7, UNKNOWN)]
)
def test_a_security_contact(judged: Judged, contact: Any, outcome: Outcome) -> None:
    assert judged(POLICY, security_contact=contact).outcome == outcome


def contact(mail: str) -> Any:
    return without_people({"EmailAddress": mail, "Name": "Ada"})


@pytest.mark.parametrize(
    ("contacts", "outcome"),
    [
        (("s@example.com", "b@example.com", "o@example.com"), PASS),
        (("s@example.com", "b@example.com", "S@example.com"), FAIL),
        (("s@example.com", "b@example.com", None), FAIL),
        ((None, None, None), FAIL),
    ],
)
def test_contacts_of_their_own(judged: Judged, contacts: Any, outcome: Outcome) -> None:
    security, billing, operations = (None if each is None else contact(each) for each in contacts)
    verdict = judged(
        "account_maintain_different_contact_details_to_security_billing_and_operations",
        security_contact=security,
        billing_contact=billing,
        operations_contact=operations,
    )
    assert verdict.outcome == outcome
