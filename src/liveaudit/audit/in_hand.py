"""What a process has in hand, account by account: one that is slow or throttled keeps only its own next work waiting."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.store.fair import InHand
from liveaudit.store.work import Claim

Begin = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


@dataclass(slots=True)
class Batches:
    """Audits under way, each of one account's claims. ``in_account``: at once in one account; ``most``: in all."""

    in_account: int = 4
    most: int = 64
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _counts: Counter[str] = field(default_factory=Counter)

    @property
    def in_hand(self) -> InHand:
        """How much there is of each account."""
        return InHand(dict(self._counts), self.in_account)

    @property
    def has_room(self) -> bool:
        """Whether one more may begin."""
        return len(self.tasks) < self.most

    async def room(self) -> None:
        """Wait until one more may begin."""
        while not self.has_room:
            await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)

    def begin(
        self,
        claims: Sequence[Claim],
        audit: Callable[[Sequence[Claim]], Coroutine[Any, Any, None]],
        begin: Begin,
        on_done: Callable[[], None],
    ) -> None:
        """Audit claims, those of each account in a task of its own, and do not wait for it. ``begin`` makes the task."""
        by_account: dict[str, list[Claim]] = {}
        for claim in claims:
            by_account.setdefault(claim.resource.account, []).append(claim)
        for account, chosen in by_account.items():
            task = begin(audit(chosen), f"audit in {account}")
            self.tasks.add(task)
            self._counts[account] += 1

            def done(task: asyncio.Task[None], account: str = account) -> None:
                self.tasks.discard(task)
                self._counts[account] -= 1
                if not self._counts[account]:
                    del self._counts[account]
                on_done()

            task.add_done_callback(done)
