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


@rule(
    account,
    "account_maintain_different_contact_details_to_security_billing_and_operations",
    Severity.MEDIUM,
    title="Security, billing and operations have contacts of their own",
    why="What goes to one mailbox for all is read by nobody who can act on it.",
    fix="Enter an alternate contact of each type, each with a mail address of its own.",
)
def contacts_differ(security_contact: Any, billing_contact: Any, operations_contact: Any) -> Verdict:
    """Account Management API reference, GetAlternateContact."""
    contacts = {"SECURITY": security_contact, "BILLING": billing_contact, "OPERATIONS": operations_contact}
    missing = [name for name, contact in contacts.items() if contact is None]
    mails = [mapping(each, "a contact").get("EmailDigest") for each in contacts.values() if each is not None]
    if missing:
        return failed(f"no contact is entered for {', '.join(missing).lower()}", missing=missing)
    if len(set(mails)) < len(mails):
        return failed("contacts share a mail address", AlternateContacts=sorted(contacts))
    return passed("each contact has a mail address of its own")
