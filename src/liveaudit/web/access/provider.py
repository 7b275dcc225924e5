"""A provider of identities (OpenID Connect), as far as it is asked over the network. All it says is looked at first."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key

from liveaudit.model import LiveauditError
from liveaudit.settings import OidcSettings
from liveaudit.web.access.reach import is_loopback

FRESH = 3600.0
"""Seconds for which what the provider says of itself is kept."""
LOOK_AGAIN = 60.0
"""Seconds between two looks for a key that is not known."""
_MOST = 1 << 20
"""Bytes of an answer."""
_TIMEOUT = 10.0
_KINDS = frozenset({"RSA", "EC", "OKP"})
"""Kinds of keys of which the provider alone has the secret half."""


class ProviderError(LiveauditError):
    """The provider does not answer as it should. The text is for the log; people are told that it does not work."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a provider says of itself."""

    authorization: str
    token: str
    keys: str
    says_issuer: bool
    post_only: bool


@dataclass(slots=True)
class Provider:
    """A provider, with what was learnt of it. ``ticks``: seconds of no certain beginning."""

    settings: OidcSettings
    ticks: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _described: tuple[float, Described] | None = None
    _keys: tuple[float, KeySet] | None = None

    def described(self) -> Described:
        """What it says of itself. Raises ProviderError."""
        with self._lock:
            if self._described is None or self.ticks() - self._described[0] > FRESH:
                self._described = (self.ticks(), self._ask())
            return self._described[1]

    def _ask(self) -> Described:
        issuer = self.settings.issuer
        told = self._json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != issuer:
            raise ProviderError(f"{issuer}: it calls itself {told.get('issuer')!r}, which is another issuer")
        methods = told.get("token_endpoint_auth_methods_supported")
        known = methods if isinstance(methods, list) else ["client_secret_basic"]
        return Described(
            _endpoint(told, "authorization_endpoint"),
            _endpoint(told, "token_endpoint"),
            _endpoint(told, "jwks_uri"),
            told.get("authorization_response_iss_parameter_supported") is True,
            "client_secret_basic" not in known and "client_secret_post" in known,
        )

    def keys(self, wanted: str | None) -> KeySet:
        """The keys it signs with; looked up again, now and then, when one is ``wanted`` that is not known.

        Raises ProviderError.
        """
        address = self.described().keys
        with self._lock:
            age = FRESH + 1 if self._keys is None else self.ticks() - self._keys[0]
            known = self._keys is not None and (
                wanted is None or any(each.kid == wanted for each in self._keys[1].keys)
            )
            if self._keys is None or age > FRESH or (not known and age > LOOK_AGAIN):
                self._keys = (self.ticks(), _key_set(self._json("GET", address)))
            return self._keys[1]

    def authorization_url(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent. Raises ProviderError."""
        address = self.described().authorization
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(("openid", *self.settings.scopes)),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> tuple[str, str]:
        """The ID token and the access token for a code. Raises ProviderError."""
        described = self.described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        secret = self._secret()
        auth = None
        if not secret or described.post_only:
            form["client_id"] = self.settings.client_id
            if secret:
                form["client_secret"] = secret
        else:
            # RFC 6749, 2.3.1: both are encoded as in a form before
            auth = (quote(self.settings.client_id, safe=""), quote(secret, safe=""))
        told = self._json("POST", described.token, data=form, auth=auth)
        token, access = told.get("id_token"), told.get("access_token")
        if not isinstance(token, str) or not isinstance(access, str):
            raise ProviderError("the answer to the code holds no ID token")
        return token, access

    def _secret(self) -> str:
        where = self.settings.client_secret
        if not where:
            return ""
        kind, _, name = where.partition(":")
        try:
            found = os.environ.get(name, "") if kind == "env" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProviderError(f"the client's secret cannot be read from {name}") from error
        if not found.strip():
            raise ProviderError(f"the client's secret is to be in {where}, and nothing is there")
        return found.strip()

    def _json(
        self,
        method: str,
        address: str,
        data: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> dict[str, Any]:
        """A JSON object. No redirect is followed: it could lead anywhere, with the secret."""
        headers = {"Accept": "application/json"}
        body = b""
        try:
            with (
                httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client,
                client.stream(method, address, data=data, auth=auth, headers=headers) as answer,
            ):
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > _MOST:
                        raise ProviderError(f"{address}: the answer is too long")
                status = answer.status_code
            told = json.loads(body)
        except httpx.HTTPError as error:
            raise ProviderError(f"{address}: {type(error).__name__}: {error}") from error
        except (ValueError, RecursionError) as error:
            raise ProviderError(f"{address}: the answer is no JSON") from error
        if status != 200 or not isinstance(told, dict):
            why = told.get("error") if isinstance(told, dict) else None
            raise ProviderError(f"{address}: answered {status}, {str(why)[:200]!r}")
        return told


def _endpoint(told: dict[str, Any], name: str) -> str:
    address = told.get(name)
    if not isinstance(address, str) or len(address) > 2000:
        raise ProviderError(f"the provider names no {name}")
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ProviderError(f"{name}: no address") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ProviderError(f"{name}: {address!r} would be asked in clear text")
    return address


def _key_set(told: dict[str, Any]) -> KeySet:
    """The public keys for signatures; what is none is passed over."""
    found = []
    given = told.get("keys")
    for each in given[:100] if isinstance(given, list) else []:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        if each.get("kty") not in _KINDS:
            continue
        try:
            found.append(import_key(each))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not found:
        raise ProviderError("the provider has no key that can be used")
    return KeySet(found)
