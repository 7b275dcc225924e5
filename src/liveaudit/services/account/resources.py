"""The table of AWS Account Management: whom AWS writes to about an account. Source: the Account Management API reference.

Names, addresses and numbers of people are left where they are: kept is which of them are given, and of the mail address a
digest that tells whether two are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from liveaudit.catalog.types import Service

service = Service("account", event_source="account.amazonaws.com")


def without_people(contact: Any) -> dict[str, Any] | None:
    """Which parts of a contact are given, and a digest of its mail address."""
    if contact is None:
        return None
    if not isinstance(contact, Mapping):
        raise ValueError("the contact is no structure")
    told: dict[str, Any] = {"Given": sorted(name for name, value in contact.items() if value)}
    if contact.get("EmailAddress"):
        mail = str(contact["EmailAddress"]).strip().lower()
        told["EmailDigest"] = hashlib.sha256(mail.encode()).hexdigest()[:16]
    return told


# AWS gives settings of an account no ARN; this one is ours, made so that it collides with none of AWS's.
account = service.resource_type(
    "AWS::Account::AccountSettings",
    arn="arn:{partition}:account::{id}:settings",
    is_global=True,
    named_by="{account}",
    always="{account}",
)
for _kind in ("security", "billing", "operations"):
    account.section(
        f"{_kind}_contact",
        "GetAlternateContact",
        {"AlternateContactType": _kind.upper()},
        value="AlternateContact",
        absent="ResourceNotFoundException",
        shape=without_people,
        changed_by=["PutAlternateContact", "DeleteAlternateContact"],
        root=_kind == "security",
    )
    # The event is of one of the three kinds, and its name speaks of none.
    for _event in ("PutAlternateContact", "DeleteAlternateContact"):
        account.shows(f"{_kind}_contact", None, _event, as_=None)
account.section(
    "contact_information",
    "GetContactInformation",
    value="ContactInformation",
    shape=without_people,
    changed_by="PutContactInformation",
)

service.ignores(
    "the account's name, mail address and regions are read by no policy",
    "AcceptPrimaryEmailUpdate",
    "DisableRegion",
    "EnableRegion",
    "PutAccountName",
    "SendPhoneNumberVerification",
    "StartPrimaryEmailUpdate",
    "VerifyPhoneNumber",
)
