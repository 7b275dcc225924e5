"""The policies of certificates in ACM."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import member
from liveaudit.policies.clock import Now
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import UnexpectedShapeError, moment, rule, text
from liveaudit.services.acm.resources import certificate as certificate_type

_WHAT = "the certificate"
_NEVER_ISSUED = ("PENDING_VALIDATION", "VALIDATION_TIMED_OUT", "FAILED")
_LEAST_RSA = 2048
_RSA = re.compile(r"RSA_(\d+)")
_STRONG_CURVES = ("EC_prime256v1", "EC_secp384r1", "EC_secp521r1")


@rule(
    certificate_type,
    "acm_certificates_expiration_check",
    Severity.HIGH,
    title="Certificates in ACM have more than 30 days left",
    why="Once a certificate has expired, nobody can connect. ACM renews what it issued well before; if 30 days are left the "
    "renewal is stuck, or the certificate is an imported one that nobody has replaced.",
    fix="Import a new certificate under the same ARN, or mend what keeps ACM from renewing it: mostly the DNS record of the "
    "validation; delete it if nothing uses it.",
    takes=(number("days", 30, "Days that must be left until a certificate expires."),),
)
def has_time_left(certificate: Any, now: Now, days: int) -> Verdict:
    """FSBP ACM.1, whose days are 30; Prowler waits until 7 are left."""
    status = text(member(certificate, "Status", _WHAT), "Status")
    if status in _NEVER_ISSUED:
        return not_applicable(f"it was not issued: {status}")
    if status == "REVOKED":
        return not_applicable("it is revoked, and no longer valid whenever it ends")
    end = moment(member(certificate, "NotAfter", _WHAT), "NotAfter")
    told = {"NotAfter": end.isoformat(), "Type": member(certificate, "Type", _WHAT)}
    if status == "EXPIRED" or now.is_past(end):
        return failed("the certificate has expired", **told)
    if now.is_past(end - dt.timedelta(days=days)):
        return failed(f"the certificate expires in less than {days} days", **told)
    return passed(f"the certificate has more than {days} days left", **told)


@rule(
    certificate_type,
    "acm_certificates_with_secure_key_algorithms",
    Severity.HIGH,
    title="Certificates in ACM have keys of a safe length",
    why="A short RSA key can be computed from the certificate; whoever does so reads along and passes for you.",
    fix="Import or request a certificate with an RSA key of 2048 bits or more, or an elliptic-curve key, and put it in place.",
)
def has_a_safe_key(certificate: Any) -> Verdict:
    """FSBP ACM.2; NIST SP 800-131A retires RSA below 2048 bits."""
    told = text(member(certificate, "KeyAlgorithm", _WHAT), "KeyAlgorithm")
    # The model writes RSA_2048, the service answers RSA-2048.
    name = told.replace("-", "_")
    rsa = _RSA.fullmatch(name)
    if rsa is None and name not in _STRONG_CURVES:
        raise UnexpectedShapeError(f"KeyAlgorithm is {told!r}, which is not known")
    if rsa is not None and int(rsa[1]) < _LEAST_RSA:
        return failed(f"the key is {told}, shorter than {_LEAST_RSA} bits", KeyAlgorithm=told)
    return passed(f"the key is {told}")
