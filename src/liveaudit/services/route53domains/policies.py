"""The policies of registered domains."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, is_on, member
from liveaudit.policies.shapes import rule
from liveaudit.services.route53domains.resources import domain as domain_type

_CONTACTS = ("AdminPrivacy", "RegistrantPrivacy", "TechPrivacy")


@rule(
    domain_type,
    "route53_domains_transferlock_enabled",
    Severity.HIGH,
    title="Domains cannot be transferred away without unlocking",
    why="Whoever gets hold of the code of an unlocked domain moves it to another registrar, and your mail and sites with it.",
    fix="Turn on the transfer lock; a few top-level domains know none.",
)
def is_locked(domain: Any) -> Verdict:
    """Route 53 developer guide, "Locking a domain to prevent unauthorized transfer to another registrar"."""
    return is_on(domain, "TransferLock", "the domain")


@rule(
    domain_type,
    "route53_domains_privacy_protection_enabled",
    Severity.MEDIUM,
    title="Who registered the domain is not shown to everybody",
    why="WHOIS else shows names, addresses and telephone numbers, which serve for spam and for fraud by telephone.",
    fix="Turn on privacy protection for all contacts; a few top-level domains know none.",
)
def hides_its_contacts(detail: Any) -> Verdict:
    """Route 53 developer guide, "Enabling or disabling privacy protection for contact information for a domain"."""
    contacts = list(_CONTACTS)
    if member(detail, "BillingPrivacy", "the domain") is not None:
        contacts.append("BillingPrivacy")
    shown = [each for each in contacts if not flag(detail, each, "the domain")]
    if shown:
        return failed("contacts of the domain are shown to everybody", off=shown)
    return passed("the contacts of the domain are not shown")
