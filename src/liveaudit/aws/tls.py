"""One TLS context for all clients: making one reads all certificates of the authorities, which takes longer than a call."""

from __future__ import annotations

import ssl
from typing import Any

from aiobotocore.httpsession import AIOHTTPSession

_KEPT: dict[str, ssl.SSLContext] = {}
"""By what is verified: nothing, the usual authorities, or those of a file."""


class SharedTlsSession(AIOHTTPSession):  # type: ignore[misc]  # aiobotocore has no types
    """A client's connections, with the context that all clients share; one with a certificate of its own has its own."""

    def _build_ssl_contexts(self, proxy_url: str | None) -> Any:
        if self._cert_file:
            return super()._build_ssl_contexts(proxy_url)
        verified = str(self._verify)
        if verified not in _KEPT:
            _KEPT[verified] = self._build_verify_context()
        return _KEPT[verified], _KEPT[verified] if proxy_url else None
