"""The leases of what is being audited: held while it lasts, given back when it is broken off.

A lease is short, so that what a killed worker had is taken over soon. An audit may last longer than that: calls that
are throttled, a report that AWS has to make. So it is held longer as long as the process lives and does not hang.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from liveaudit.store import holding
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.work import Claim

log = structlog.get_logger(__name__)

BEATS = 3
"""How often a lease is held longer in the time that it lasts."""

GIVING_BACK = 5.0
"""Seconds that giving back may take; after that the leases run out by themselves."""


@asynccontextmanager
async def held(
    database: Database,
    claims: Sequence[Claim],
    *,
    lease: float,
    longest: float,
    clock: Callable[[], float],
) -> AsyncIterator[None]:
    """Hold the leases of these claims while the block runs, ``longest`` seconds at most; each lasts ``lease`` seconds.

    When the block is cancelled, the rows are free for others at once.
    """
    holder = asyncio.create_task(_hold(database, claims, lease, longest, clock), name="hold leases")
    try:
        yield
    except asyncio.CancelledError:
        await _give_back(database, claims)
        raise
    finally:
        holder.cancel()
        await asyncio.gather(holder, return_exceptions=True)


async def _hold(
    database: Database, claims: Sequence[Claim], lease: float, longest: float, clock: Callable[[], float]
) -> None:
    for _ in range(int(longest * BEATS / lease)):
        await asyncio.sleep(lease / BEATS)
        until = clock() + lease
        try:
            await database.write(partial(holding.keep, claims=claims, until=until))
        except StoreUnavailableError as error:
            # who takes the rows over meanwhile has them; our writes are refused then
            log.warning("leases not held", error=str(error))
    log.warning("leases held no longer", resources=[claim.resource.id for claim in claims][:10])


async def _give_back(database: Database, claims: Sequence[Claim]) -> None:
    try:
        free = await asyncio.wait_for(database.write(partial(holding.give_back, claims=claims)), GIVING_BACK)
    except (StoreUnavailableError, TimeoutError) as error:
        log.warning("leases not given back, they run out", error=str(error))
    else:
        log.info("leases given back", resources=free)
