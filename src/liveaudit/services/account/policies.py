"""The policies of an account's contacts."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import mapping, rule
from liveaudit.services.account.resources import account


@rule(
    account,
    "account_security_contact_information_is_registered",
    Severity.MEDIUM,
    title="The account has a contact for security matters",
    why="AWS writes there when keys leak or an instance attacks somebody; else only the root's mailbox hears of it.",
    fix="Enter an alternate contact of type security, best a mailing list that somebody reads.",
)
def has_a_security_contact(security_contact: Any) -> Verdict:
    """CIS 7.0 2.3, Security Hub Account.1; Account Management API reference, GetAlternateContact."""
    if security_contact is None:
        return failed("no security contact is entered", AlternateContact=None)
    mapping(security_contact, "the security contact")
    return passed("a security contact is entered")
