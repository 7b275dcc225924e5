"""ACM's policies by real calls in the lab."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def made(bits: int, days: int) -> tuple[bytes, bytes]:
    """A certificate that ends in so many days, and its key, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return signed.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def test_an_imported_certificate(live: Live) -> None:
    acm = live.client("acm")
    certificate, key = made(1024, days=10)
    arn = acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    policies = ("acm_certificates_expiration_check", "acm_certificates_with_secure_key_algorithms")
    name = arn.rpartition("/")[2]
    for policy in policies:
        live.opens(policy, name)
    certificate, key = made(2048, days=300)
    acm.import_certificate(CertificateArn=arn, Certificate=certificate, PrivateKey=key)
    for policy in policies:
        live.resolves(policy, name)
