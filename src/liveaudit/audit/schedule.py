"""When all of an account is swept: once in every period, at a time of its own. Pure.

The time follows from the account's id, so that thousands of accounts are spread over the period, and all workers agree
without talking to each other.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

_PARTS = 2**64


@dataclass(frozen=True, slots=True)
class Schedule:
    """``every``: seconds from one sweep of an account to the next; 0: no account is swept by itself."""

    every: float = 86400.0

    def offset(self, account: str) -> float:
        """How many seconds after the beginning of a period the account's turn is."""
        digest = hashlib.blake2b(account.encode(), digest_size=8, person=b"sweeps").digest()
        return int.from_bytes(digest) / _PARTS * self.every

    def before(self, account: str, now: float) -> float:
        """Who was last asked for before this time (Unix seconds) is due. An account is never due twice in half a period."""
        if self.every <= 0:
            return -math.inf
        offset = self.offset(account)
        begun = math.floor((now - offset) / self.every) * self.every + offset
        return min(begun, now - self.every / 2)

    def is_due(self, account: str, asked_at: float | None, now: float) -> bool:
        """Whether it is time; who was never asked for is due at once."""
        if self.every <= 0:
            return False
        return asked_at is None or asked_at < self.before(account, now)
