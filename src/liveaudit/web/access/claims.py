"""An ID token: whether it is what it says, whom it vouches for, and in which role."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from liveaudit.model import LiveauditError
from liveaudit.settings import OidcSettings
from liveaudit.store.roles import Role

SKEW = 60
"""Seconds by which the provider's clock may be another."""
OLDEST = 600
"""Seconds since an ID token was made: it is made when the code is exchanged."""
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""Signatures by a key that only the provider has."""
_LONGEST_TOKEN = 64 << 10
_LONGEST_SUBJECT = 255
_LONGEST_NAME = 100


class ClaimsError(LiveauditError):
    """An ID token that is not believed. The text is for the log."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """For whom a provider vouches. ``role`` None: for nobody who has a role here."""

    subject: str
    name: str
    role: Role | None


def key_named(token: str) -> str | None:
    """The key that a token names in its header, before anything of it is believed. Raises ClaimsError."""
    if len(token) > _LONGEST_TOKEN:
        raise ClaimsError("the ID token is too long")
    head = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise ClaimsError("the ID token has no header") from error
    named = header.get("kid") if isinstance(header, dict) else None
    return named if isinstance(named, str) else None


def verified(
    token: str, keys: KeySet, settings: OidcSettings, *, nonce: str, access_token: str, now: float
) -> dict[str, Any]:
    """The claims of an ID token that is signed, ours, for this sign-in, and of now. Raises ClaimsError."""
    try:
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"essential": True, "value": settings.issuer}},
            {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token},
        )
        claims.validate(now=int(now), leeway=SKEW)
        audience = claims["aud"]
        if settings.client_id not in ([audience] if isinstance(audience, str) else audience):
            raise ClaimsError("the ID token is for somebody else")
        if claims["iat"] < now - OLDEST - SKEW:
            raise ClaimsError("the ID token is too old")
        # compared above where it is there; an empty one would not have been
        if claims.get("nonce") != nonce:
            raise ClaimsError("the ID token is of another sign-in")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ClaimsError(f"the ID token does not hold: {type(error).__name__}: {error}") from error
    return dict(claims)


def vouched(claims: dict[str, Any], settings: OidcSettings) -> Vouched:
    """Whom the claims vouch for. Raises ClaimsError."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise ClaimsError("the ID token names nobody")
    names = (claims.get(settings.name_claim), claims.get("email"), subject)
    name = next(told for each in names if (told := _name(each)) or each is subject)
    return Vouched(subject, name or "(no name)", _role(claims, settings))


def _name(told: Any) -> str:
    """A name that can be shown, or nothing."""
    if not isinstance(told, str):
        return ""
    return " ".join("".join(each if each.isprintable() else " " for each in told).split())[:_LONGEST_NAME]


def _role(claims: dict[str, Any], settings: OidcSettings) -> Role | None:
    """The highest role that a value of the claim gives."""
    values = _values(claims, settings.role_claim)
    for role, wanted in (
        (Role.ADMINISTRATOR, settings.administrators),
        (Role.OPERATOR, settings.operators),
        (Role.VIEWER, settings.viewers),
    ):
        if values & set(wanted):
            return role
    return None


def _values(claims: dict[str, Any], claim: str) -> set[str]:
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    given = found if isinstance(found, list) else [found]
    return {each for each in given if isinstance(each, str)}
