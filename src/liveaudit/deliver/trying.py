"""Channels tried by hand: a test that is sent, and what a message would say."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from sqlalchemy import Connection

from liveaudit.deliver.channels.interface import ChannelError, ChannelKind, Kind, Message, Request, Sent
from liveaudit.deliver.interface import Library
from liveaudit.deliver.plan import Line, Plan
from liveaudit.deliver.shapes import laid_out
from liveaudit.deliver.telling import Teller, sample
from liveaudit.store import told
from liveaudit.store.findings import get_findings
from liveaudit.store.told import Told

LONGEST_TEST = 60.0


async def send_test(line: Line, plan: Plan, library: Library, now: float) -> Sent:
    """Send a message that says that it is a test, and let go of the channel. Raises ChannelError."""
    channel = await asyncio.to_thread(line.build)
    try:
        async with asyncio.timeout(LONGEST_TEST):
            return await channel.send(sample(plan, library, now, str(uuid.uuid4())))
    except TimeoutError as error:
        raise ChannelError(f"no answer within {LONGEST_TEST:.0f} seconds") from error
    finally:
        await channel.aclose()


def message_of(
    connection: Connection, given: str, plan: Plan, library: Library, now: float
) -> Message | None:
    """The message that would tell of the finding whose id begins so, as it stands; None: there is none, or several."""
    found = get_findings(connection, given)
    if len(found) != 1:
        return None
    one = found[0]
    last = told.last_move(connection, one["id"])
    kind = Kind.RESOLVED if one["status"] in ("resolved", "archived") else Kind.OPENED
    letter = Told(0, one["id"], last, kind.value, one["severity"])
    return Teller(library).about(connection, f"preview-{one['id']}", [letter], plan, now)


def preview(line: Line, message: Message) -> str:
    """What a channel would send, in the words that people read or else request by request. No secret is looked up.

    Raises ChannelError.
    """
    return previewed(line.kind, line.build(), message)


def previewed(kind: ChannelKind, channel: Any, message: Message) -> str:
    """The same, of a channel of this kind."""
    if kind.requests is not None:
        return "\n\n".join(map(_told, kind.requests(channel, message)))
    words = channel.wording.of(message)
    note = f"\n\n({words.note})" if words.note else ""
    return f"{words.title}\n\n{words.text}{note}"


def _told(request: Request) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
    return f"{request.to}\n{headers}\n{laid_out(request.body)}"
