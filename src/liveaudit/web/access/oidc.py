"""The way to the provider and back: what the browser carries, and what must be the same when it returns.

Nothing secret is stored: the nonce and PKCE's verifier come of the visit's secret, which the browser alone has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import structlog
from msgspec import UNSET

from liveaudit.settings import OidcSettings, SettingsError
from liveaudit.store import sign_ins
from liveaudit.store.database import Database
from liveaudit.store.sign_ins import Flow, Rate
from liveaudit.web.access.claims import ClaimsError, key_named, verified, vouched
from liveaudit.web.access.provider import Provider, ProviderError
from liveaudit.web.access.secret_words import derived, digest, new_secret
from liveaudit.web.access.sign_in import SignIn, Visitor
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem

log = structlog.get_logger(__name__)
_RATE = Rate(30, 10.0)
_KEPT = "provider"


def provider_of(console: Console) -> Provider | None:
    """The provider that the settings name now; None: none, or they cannot be read."""
    try:
        settings = console.settings()
    except SettingsError:
        return None
    if settings is None or settings.console.oidc is UNSET:
        return None
    kept = console.shared.get(_KEPT)
    if not isinstance(kept, Provider) or kept.settings != settings.console.oidc:
        kept = console.shared[_KEPT] = Provider(settings.console.oidc)
    return kept


def called(settings: OidcSettings) -> str:
    """What people call the provider."""
    return settings.name or urlsplit(settings.issuer).hostname or settings.issuer


@dataclass(frozen=True, slots=True)
class Way:
    """To a provider and back, on a store, now."""

    provider: Provider
    database: Database
    now: float

    def there(self, visit: str, redirect_uri: str, wanted: str, visitor: Visitor) -> str:
        """Where the browser is sent. ``visit``: its secret. Raises Problem."""
        SignIn(self.database, self.now).count_try({f"provider {visitor.tries()}": _RATE})
        state = new_secret()
        try:
            address = self.provider.authorization_url(
                redirect_uri, state, derived(visit, f"nonce {state}"), derived(visit, f"verifier {state}")
            )
        except ProviderError as error:
            raise self._away(error) from error
        begin = partial(
            sign_ins.begin_flow,
            state=digest(state),
            visit=digest(visit),
            flow=Flow(redirect_uri, wanted),
            now=self.now,
        )
        self.database.write_now(begin)
        return address

    def back(self, visit: str, answer: Answer, visitor: Visitor) -> tuple[str, str]:
        """The secret of a new session, and the page that was wanted. Raises Problem."""
        end = partial(
            sign_ins.end_flow, state=digest(answer.state), visit=digest(visit or new_secret()), now=self.now
        )
        flow = self.database.write_now(end)
        if flow is None:
            raise Problem(400, "Not signed in", "this sign-in was not begun in this browser, or too long ago")
        try:
            self._check_issuer(answer.issuer)
            if answer.error or not answer.code:
                told = answer.error[:100] or "no code"
                raise Problem(401, "Not signed in", f"{called(self.provider.settings)} has answered: {told}")
            claims = self._claims(answer, flow, visit)
            found = vouched(claims, self.provider.settings)
        except ProviderError as error:
            raise self._away(error) from error
        except ClaimsError as error:
            log.warning("an answer of the provider was not believed", reason=str(error))
            raise Problem(
                401,
                "Not signed in",
                f"what {called(self.provider.settings)} has answered does not hold; the log tells why",
            ) from error
        if found.role is None:
            raise Problem(403, "Not let in", f"{found.name} has no role here: ask an administrator")
        secret = SignIn(self.database, self.now).by_provider(
            self.provider.settings.issuer, found.subject, found.name, found.role, visitor
        )
        return secret, flow.next

    def _claims(self, answer: Answer, flow: Flow, visit: str) -> dict[str, object]:
        verifier = derived(visit, f"verifier {answer.state}")
        token, access = self.provider.exchange(answer.code, flow.redirect_uri, verifier)
        return verified(
            token,
            self.provider.keys(key_named(token)),
            self.provider.settings,
            nonce=derived(visit, f"nonce {answer.state}"),
            access_token=access,
            now=self.now,
        )

    def _check_issuer(self, told: str) -> None:
        """Another provider's answer is not ours (RFC 9207). Raises ClaimsError, ProviderError."""
        if told != self.provider.settings.issuer and (told or self.provider.described().says_issuer):
            raise ClaimsError(f"the answer is of {told[:200]!r}")

    def _away(self, error: ProviderError) -> Problem:
        log.warning("the provider cannot be used", reason=str(error))
        return Problem(
            502,
            "Not signed in",
            f"{called(self.provider.settings)} does not answer as it should; the log tells why",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brings back from the provider."""

    state: str
    code: str
    issuer: str
    error: str
