"""Events of KMS that change nothing that is audited."""

from __future__ import annotations

from liveaudit.catalog.types import Service

_USE = """
    Decrypt Encrypt ReEncrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
    GenerateDataKeyWithoutPlaintext GenerateMac VerifyMac GenerateRandom Sign Verify DeriveSharedSecret
"""
_STORES = """
    ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DisconnectCustomKeyStore UpdateCustomKeyStore
"""


def ignore_the_rest(service: Service) -> None:
    """Enter all of these into the service's table."""
    service.ignores("a key is used, not changed", *_USE.split(), noise=True)
    service.ignores("custom key stores are not covered", *_STORES.split())
