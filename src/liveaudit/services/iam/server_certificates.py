"""The policy of server certificates that are kept in IAM."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.clock import Now
from liveaudit.policies.shapes import mapping, moment, rule
from liveaudit.services.iam.resources import server_certificate


@rule(
    server_certificate,
    "iam_no_expired_server_certificates_stored",
    Severity.HIGH,
    title="No expired server certificate is kept in IAM",
    why="An expired certificate that is still kept gets used by mistake, and then nobody can connect.",
    fix="Delete the certificate; keep new ones in ACM, which renews them.",
)
def has_not_expired(certificate: Any, now: Now) -> Verdict:
    """CIS 7.0 2.17; IAM user guide, "Manage server certificates in IAM"."""
    expiration = moment(mapping(certificate, "the certificate").get("Expiration"), "Expiration")
    if now.is_past(expiration):
        return failed("the certificate has expired", Expiration=expiration.isoformat())
    return passed("the certificate has not expired", Expiration=expiration.isoformat())
