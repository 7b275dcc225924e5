"""What a settings file may say of the console: the provider whose users may sign in."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

_UNIQUE = {"uniqueItems": True}
Issuer = Annotated[
    str,
    Meta(
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])[!-~]{1,500}$",
        examples=["https://id.example.com/realms/main"],
        extra={"expected": "the issuer's https:// address, as the provider itself spells it"},
    ),
]
Address = Annotated[
    str,
    Meta(
        pattern=r"^https?://[A-Za-z0-9.:\[\]-]{1,255}(/[!-~]{0,200})?$",
        examples=["https://audit.example.com"],
        extra={"expected": "an address that begins with https://"},
    ),
]
Word = Annotated[
    str, Meta(pattern=r"^[!-~]{1,300}$", extra={"expected": "1 to 300 characters, no spaces among them"})
]
SecretPlace = Annotated[
    str,
    Meta(
        pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]{0,200}|file:/[^\x00-\x1f]{1,1000})$",
        examples=["env:LIVEAUDIT_OIDC_SECRET", "file:/run/secrets/oidc"],
        # a secret that was put here by mistake is not told
        extra={"expected": "where the secret is: env:NAME or file:/PATH", "secret": True},
    ),
]
Value = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f]{1,300}$", extra={"expected": "a text of 1 to 300 characters"})
]
Values = Annotated[tuple[Value, ...], Meta(extra_json_schema=_UNIQUE)]


class OidcSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A provider of identities (OpenID Connect), and what of its users' claims gives which role."""

    issuer: Annotated[Issuer, Meta(description="The provider's issuer address.")]
    client_id: Annotated[Word, Meta(description="The console's name at the provider.")]
    client_secret: Annotated[
        SecretPlace,
        Meta(
            description="Where the client's secret is; left out: the client is public, and PKCE alone protects."
        ),
    ] = ""
    name: Annotated[Value, Meta(description="What the button says; left out: the issuer's host.")] = ""
    scopes: Annotated[
        tuple[Word, ...],
        Meta(description="Scopes that are asked for besides openid.", extra_json_schema=_UNIQUE),
    ] = ("profile", "email")
    name_claim: Annotated[Word, Meta(description="The claim that is the user's name here.")] = (
        "preferred_username"
    )
    role_claim: Annotated[
        Word,
        Meta(
            description="The claim in the ID token whose values give the role; dots lead into it, as realm_access.roles."
        ),
    ] = "groups"
    administrators: Annotated[Values, Meta(description="Values that make an administrator.")] = ()
    operators: Annotated[Values, Meta(description="Values that make an operator.")] = ()
    viewers: Annotated[
        Values, Meta(description="Values that make a viewer; who has none of all these is not let in.")
    ] = ()


class ConsoleSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The web console."""

    address: Annotated[
        Address,
        Meta(description="The address by which people reach it; links in messages begin with it."),
    ] = ""
    oidc: Annotated[
        OidcSettings | UnsetType,
        Meta(description="The provider whose users may sign in, beside the console's own."),
    ] = UNSET
