"""One channel's messages, put together and sent: in order for each finding, again until they arrive or are given up.

What is killed between sending and putting down that it was sent is sent again, with the same id.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import Connection

from liveaudit.deliver.channels.interface import Channel, ChannelError, Kind, Message, Sent
from liveaudit.deliver.narrating import narrate
from liveaudit.deliver.plan import DIGEST, PATIENCE, QUIET, Line, Plan
from liveaudit.deliver.telling import Teller
from liveaudit.store import deliveries, outbox
from liveaudit.store.database import Database
from liveaudit.store.deliveries import Delivery
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.outbox import Bundle
from liveaudit.traces.spans import NOWHERE, Sink

log = structlog.get_logger(__name__)
LEASE = 180.0
"""Seconds for which one worker sends on a channel, renewed with every message."""
LONGEST_SEND = 60.0
"""Seconds after which a channel that has not said anything is taken for stalled."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""Seconds of rest after the first failure, doubled with every further one, and at most."""
REFUSED_IN_A_ROW = 3
"""Failures in a row after which a refusal is put down to the channel, and messages are kept instead of given up."""
_MOST_MADE = 20
"""Messages of a system that are made at once."""

Probe = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be done: a message to send, or when to look again (None: when something comes)."""

    delivery: Delivery | None = None
    look_at: float | None = None


def pause_after(failures: int, asked: float | None, chance: float) -> float:
    """Seconds of rest after so many failures in a row. ``asked``: what the receiver asks for; ``chance``: 0 to 1."""
    grown = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 20))
    return max(grown * (0.5 + chance / 2), min(asked or 0.0, 3600.0))


def put_together(connection: Connection, line: Line, now: float) -> float | None:
    """Make messages of what is ready on a channel; when something is next. What is above its limit is put together."""
    waiting = outbox.bundles(connection, line.name)
    ready = [each for each in waiting if each.ready_at(PATIENCE) <= now]
    later = min((each.ready_at(PATIENCE) for each in waiting if each not in ready), default=None)
    room = len(ready) if not line.kind.whole else _MOST_MADE
    if line.at_most is not None and ready:
        most, seconds = line.at_most
        made = outbox.made_since(connection, line.name, now - seconds)
        room = min(room, most - len(made))
        if room <= 0:
            free = made[len(made) - most] + seconds
            return free if later is None else min(free, later)
    if line.kind.whole:
        for _ in range(room):
            names = [each.name for each in ready]
            if not ready or not outbox.put_together(
                connection, line.name, names, "", now, most=line.kind.most
            ):
                break
        return later
    while ready and room > 0:
        number = len(ready) if room == 1 else 1
        together, ready, room = ready[:number], ready[number:], room - 1
        names = [each.name for each in together]
        outbox.put_together(connection, line.name, names, _kind(together), now)
    return later


def _kind(together: list[Bundle]) -> str:
    held = any(each.name.startswith(DIGEST) or each.name == QUIET for each in together)
    return Kind.DIGEST.value if held or len(together) > 1 else ""


@dataclass(slots=True)
class Sender:
    """Sends on one channel. Of several workers one does at a time.

    ``probe`` is called between the steps, for the tests. ``chance``: gives numbers from 0 to 1. ``spans``: where it is
    told when a message arrived.
    """

    database: Database
    clock: Callable[[], float]
    owner: str
    line: Line
    plan: Plan
    teller: Teller
    probe: Probe = lambda _step: None
    chance: Callable[[], float] = random.random
    spans: Sink = NOWHERE
    _channel: Channel | None = None

    async def step(self) -> float | None:
        """Send what comes next. Returns 0 when there may be more, the seconds to wait, or None when there is nothing.

        Raises StoreUnavailableError.
        """
        if not await self.database.read(partial(deliveries.anything, channel=self.line.name)):
            return None
        taken = await self.database.write(self._take)
        now = self.clock()
        if taken.delivery is None:
            return None if taken.look_at is None else max(0.0, taken.look_at - now)
        self.probe("taken")
        began = self.clock()
        try:
            message = await self._made(taken.delivery)
            self.probe("made")
            if message is None:
                nothing = Sent(note="nothing is left to tell")
                await self.database.write(partial(self._arrived, taken.delivery, nothing))
                return 0.0
            sent = await self._send(message)
        except ChannelError as error:
            await self._close()
            await self.database.write(partial(self._failed, taken.delivery, error, self.chance()))
            return 0.0
        self.probe("sent")
        await self.database.write(partial(self._arrived, taken.delivery, sent))
        self.probe("put down")
        narrate(
            message,
            self.line.name,
            self.spans,
            began=began,
            ended=self.clock(),
            attempts=taken.delivery.attempts,
        )
        return 0.0

    async def aclose(self) -> None:
        """Let go of the channel, so that another worker can go on at once."""
        await self._close()
        await self.database.write(partial(deliveries.let_go, channel=self.line.name, owner=self.owner))

    async def _close(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.aclose()

    def _take(self, connection: Connection) -> Taken:
        now = self.clock()
        name = self.line.name
        state = deliveries.lease(connection, name, self.owner, now=now, until=now + LEASE)
        if state is None:
            return Taken(look_at=now + LONGEST_SEND)
        if state.paused_until > now:
            return Taken(look_at=state.paused_until)
        later = put_together(connection, self.line, now)
        found = deliveries.following(connection, name, now)
        if isinstance(found, Delivery):
            return Taken(found)
        deliveries.let_go(connection, name, self.owner)
        return Taken(look_at=min((each for each in (found, later) if each is not None), default=None))

    async def _made(self, delivery: Delivery) -> Message | None:
        try:
            return await self.database.read(partial(self._message, delivery))
        except StoreUnavailableError:
            raise
        except Exception as error:
            # one message that cannot be made must not end the worker, nor hold up others
            log.exception("a message cannot be made", channel=self.line.name, message=delivery.id)
            text = f"it could not be made ({type(error).__name__}): see the worker's log"
            raise ChannelError(text, permanent=True) from error

    def _message(self, delivery: Delivery, connection: Connection) -> Message | None:
        return self.teller.message(connection, delivery, self.plan)

    async def _send(self, message: Message) -> Sent:
        try:
            if self._channel is None:
                self._channel = await asyncio.to_thread(self.line.build)
            async with asyncio.timeout(LONGEST_SEND):
                return await self._channel.send(message)
        except TimeoutError as error:
            raise ChannelError(f"no answer within {LONGEST_SEND:.0f} seconds") from error
        except ChannelError:
            raise
        except Exception as error:
            # whatever a channel does not expect holds up that channel alone
            log.exception("a channel failed in a way that it does not know", channel=self.line.name)
            raise ChannelError(
                f"failed unexpectedly ({type(error).__name__}): see the worker's log"
            ) from error

    def _arrived(self, delivery: Delivery, sent: Sent, connection: Connection) -> None:
        # who has taken over meanwhile sends it again; what is known to have arrived stays known
        deliveries.arrived(connection, delivery, receipt=sent.receipt, note=sent.note, now=self.clock())

    def _failed(self, delivery: Delivery, error: ChannelError, chance: float, connection: Connection) -> None:
        now = self.clock()
        state = deliveries.lease(connection, delivery.channel, self.owner, now=now, until=now + LEASE)
        if state is None:
            return
        pause = pause_after(state.failures, error.retry_after, chance)
        refused = error.permanent and state.failures < REFUSED_IN_A_ROW
        give_up = refused or now - delivery.since >= self.line.give_up
        # from the third time on others come first, for the case that it is this message that cannot be sent
        further = pause if delivery.attempts >= 2 else 0.0
        deliveries.failed(
            connection,
            delivery,
            reason=error.reason,
            now=now,
            pause=now + (0.0 if refused else pause),
            again_at=now + pause + further,
            give_up=give_up,
        )
        log.warning(
            "not told",
            channel=delivery.channel,
            message=delivery.id,
            reason=error.reason,
            attempts=delivery.attempts + 1,
            given_up=give_up,
        )
