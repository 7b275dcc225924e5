"""Route 53 Domains: its table and its policies."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import Relevance
from liveaudit.model import Outcome
from liveaudit.services.route53domains.resources import domain as domain_type
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
SOURCE = "route53domains.amazonaws.com"
LOCK, PRIVACY = "route53_domains_transferlock_enabled", "route53_domains_privacy_protection_enabled"
NAMED = {("AWS::Route53Domains::Domain", "example.com")}
HIDDEN = {"AdminPrivacy": True, "RegistrantPrivacy": True, "TechPrivacy": True}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [({"TransferLock": True}, PASS), ({"TransferLock": False}, FAIL), ({}, FAIL)],
)
def test_transfer_lock(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(LOCK, domain={"DomainName": "example.com"} | given).outcome is outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (HIDDEN, PASS),
        (HIDDEN | {"BillingPrivacy": True}, PASS),
        (HIDDEN | {"BillingPrivacy": False}, FAIL),
        (HIDDEN | {"AdminPrivacy": False}, FAIL),
        (HIDDEN | {"RegistrantPrivacy": False}, FAIL),
        ({}, FAIL),
    ],
)
def test_privacy(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(PRIVACY, detail=given).outcome is outcome


@pytest.mark.parametrize("given", [[], "x", {"TransferLock": "yes", "AdminPrivacy": "yes"}])
def test_another_shape_is_unknown(judged: Judged, given: Any) -> None:
    assert judged(LOCK, odd=True, domain=given).outcome is UNKNOWN
    assert judged(PRIVACY, odd=True, detail=given).outcome is UNKNOWN


@pytest.mark.parametrize(
    "name",
    ["RegisterDomain", "EnableDomainTransferLock", "UpdateDomainContactPrivacy", "DeleteDomain"],
)
def test_the_event_names_it_in_both_spellings(name: str) -> None:
    as_written = name[:1].lower() + name[1:]
    assert what(told(SOURCE, as_written, {"domainName": {"name": "example.com"}})) == NAMED
    assert what(told(SOURCE, name, {"domainName": "Example.COM"})) == NAMED


def test_what_only_reads_is_no_gap() -> None:
    assert told(SOURCE, "listDomains").relevance is Relevance.IGNORED


def test_every_recorded_change_is_placed() -> None:
    assert recorded(SOURCE)[0] == []


def test_of_people_nothing_is_kept() -> None:
    answer = {
        "DomainName": "example.com",
        "AdminPrivacy": False,
        "AdminContact": {"FirstName": "Ann", "Email": "ann@example.com", "PhoneNumber": "+1.5550100"},
        "AbuseContactEmail": "abuse@example.com",
    }
    assert section_value(domain_type.sections["detail"], answer) == {"AdminPrivacy": False}
