"""Passwords: which are taken, and how they are held against what is kept of them."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from liveaudit.model import LiveauditError

SHORTEST = 12
LONGEST = 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_AT_ONCE = 2
"""Passwords that are reckoned at the same time: each takes 64 MiB."""
_PATIENCE = 10.0


class PasswordError(LiveauditError):
    """A name or password that is not taken; the text says why."""


class BusyError(LiveauditError):
    """Too many passwords are being looked at."""


def check_name(name: str) -> str:
    """A new local user's name as it is kept. Raises PasswordError."""
    kept = name.strip().lower()
    if _NAME.fullmatch(kept) is None:
        raise PasswordError(
            "a name has 1 to 64 letters a to z, digits and . _ - @, and begins with a letter or a digit"
        )
    return kept


def check_password(password: str, name: str) -> str:
    """A new password, whatever its script, in one spelling. Raises PasswordError."""
    kept = _one_spelling(password)
    if len(kept) < SHORTEST:
        raise PasswordError(f"a password has at least {SHORTEST} characters: take several words")
    if len(kept) > LONGEST:
        raise PasswordError(f"a password has at most {LONGEST} characters")
    if len(set(kept.lower())) < 5:
        raise PasswordError("this password repeats a few characters: take several words")
    if len(name) >= 3 and name in kept.lower():
        raise PasswordError("this password holds the user's name: take another")
    return kept


def _one_spelling(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


@dataclass(slots=True)
class Passwords:
    """Makes and checks what is kept of passwords. It takes a while, so call it from a thread."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    _turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_AT_ONCE))
    _nobodys: str = ""

    def kept(self, password: str) -> str:
        """What is kept of a password. Raises BusyError."""
        with _Turn(self._turn):
            return self.hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password. ``kept`` None: there is no such user, which takes as long. Raises BusyError."""
        if len(password) > LONGEST:
            return False
        with _Turn(self._turn):
            if not kept:
                self._nobodys = self._nobodys or self.hasher.hash("nobody's password")
            try:
                right = self.hasher.verify(kept or self._nobodys, _one_spelling(password))
            except (VerificationError, InvalidHashError):
                return False
            return right and bool(kept)

    def outdated(self, kept: str) -> bool:
        """Whether it was made with less care than is taken now."""
        return self.hasher.check_needs_rehash(kept)


class _Turn:
    """A turn of a semaphore, not waited for without end."""

    def __init__(self, semaphore: threading.Semaphore) -> None:
        self._semaphore = semaphore

    def __enter__(self) -> None:
        if not self._semaphore.acquire(timeout=_PATIENCE):
            raise BusyError("too many sign-ins at a time")

    def __exit__(self, *_: object) -> None:
        self._semaphore.release()
