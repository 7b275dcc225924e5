"""Secrets that we give out: what they look like, and what of them is kept."""

from __future__ import annotations

import hashlib
import re
import secrets

TOKEN_PREFIX = "lva_"  # noqa: S105 - by which those who look for leaked tokens know ours
_BYTES = 32
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """A secret that nobody can guess, fit for a cookie and an address."""
    return secrets.token_urlsafe(_BYTES)


def new_token() -> str:
    """A token for programs."""
    return TOKEN_PREFIX + new_secret()


def looks_like_secret(text: str) -> bool:
    """Whether it may be one of ours at all, so that nonsense is not looked up."""
    return _SHAPE.fullmatch(text) is not None


def looks_like_token(text: str) -> bool:
    """Whether it may be a token of ours."""
    return text.startswith(TOKEN_PREFIX) and looks_like_secret(text.removeprefix(TOKEN_PREFIX))


def hint(token: str) -> str:
    """As much of a token as its owner needs to tell it from others."""
    return token[: len(TOKEN_PREFIX) + 4]


def digest(secret: str) -> str:
    """What is kept of a secret. A fast hash will do, since there is nothing to guess in 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def derived(secret: str, purpose: str) -> str:
    """Another secret out of one, that tells nothing of it: so a browser's cookie is all that has to be kept."""
    return hashlib.blake2b(purpose.encode(), key=secret.encode()[:64], digest_size=32).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return secrets.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
