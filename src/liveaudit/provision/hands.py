"""How the set-up calls AWS: with patience, told about, and with the clock and the sleep handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.progress import Progress, Quiet

_LONGEST_PAUSE = 15.0


class OutOfPatienceError(SetupError):
    """It takes longer than was to be waited for. What AWS has begun goes on by itself."""


class LookAgainError(SetupError):
    """AWS is not as it was a moment ago: somebody else is at work. Observe anew."""


LOOK_AGAIN = frozenset(
    {
        "AlreadyExistsException",
        "ConcurrentModificationException",
        "NameAlreadyExistsException",
        "OperationInProgressException",
        "StackInstanceNotFoundException",
        "StackSetNotEmptyException",
        "StackSetNotFoundException",
        "StaleRequestException",
    }
)
"""Answers that mean: what the plan was made from is no longer so."""


@dataclass(slots=True)
class Hands:
    """A ``Caller`` that backs off while AWS throttles or is out of reach, until patience ends.

    ``clock``: seconds, monotonic. ``until``: the clock's reading at which patience ends.
    """

    caller: Caller
    installation: Installation
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    until: float
    progress: Progress
    shortest: float = 0.2
    """Seconds of the first pause; each is half as long again."""

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        """See :class:`Caller`. Raises AwsCallError for what does not pass, OutOfPatienceError for what does not end.

        A changing call that timed out may have been carried out all the same; asked again, AWS says that it is there
        or under way already, which is one of ``LOOK_AGAIN``.
        """
        pause = Pause(self)
        while True:
            try:
                return await self.caller.call(account, region, client, operation, params, pages=pages)
            except AwsCallError as error:
                if not error.kind.passing:
                    raise
                await pause(f"{account} {region}: {error.kind}: {error.operation}: waiting to try again")

    async def stack_sets(self, operation: str, params: Mapping[str, Any], *, pages: bool = True) -> Any:
        """Call CloudFormation in the receiver's home region. Raises LookAgainError besides."""
        installation = self.installation
        return await self.change(
            installation.receiver, installation.home, "cloudformation", operation, params, pages=pages
        )

    async def change(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        """As ``call``, for a plan's steps. Raises LookAgainError when the plan is out of date."""
        try:
            return await self.call(account, region, client, operation, params, pages=pages)
        except AwsCallError as error:
            if error.code in LOOK_AGAIN:
                raise LookAgainError(str(error)) from error
            raise


@dataclass(slots=True)
class Pause:
    """Waits longer each time, and never beyond the end of patience."""

    hands: Hands
    seconds: float = 0.0
    at_least: float = 0.0
    longest: float = _LONGEST_PAUSE
    told: bool = True
    """Whether those who watch are told why."""

    async def __call__(self, why: str) -> None:
        """Wait. Raises OutOfPatienceError when there is no time left."""
        hands = self.hands
        left = hands.until - hands.clock()
        if left <= 0:
            raise OutOfPatienceError(
                f"patience is over, though not all is done ({why}): what AWS has begun goes on; run it again later, "
                "or with a longer --patience"
            )
        if self.told:
            hands.progress.waiting(why)
        self.seconds = min(max(self.seconds * 1.5, hands.shortest, self.at_least), self.longest)
        await hands.sleep(min(self.seconds, left))


async def together(works: Sequence[Awaitable[None]]) -> None:
    """Do these at once. The first that raises ends the others, and its exception is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def make_hands(
    caller: Caller,
    installation: Installation,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
    patience: float,
    progress: Progress | None = None,
    shortest: float = 0.2,
) -> Hands:
    """Hands that are patient for ``patience`` seconds from now."""
    return Hands(caller, installation, clock, sleep, clock() + patience, progress or Quiet(), shortest)
