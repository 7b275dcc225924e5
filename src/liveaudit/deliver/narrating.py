"""That a message arrived, told to those who look on: the end of what began with an event."""

from __future__ import annotations

import structlog

from liveaudit.deliver.channels.interface import Message
from liveaudit.traces.spans import Sink, Span

log = structlog.get_logger(__name__)
MOST_EVENTS = 20
"""Of a message about many events so many are told."""


def narrate(
    message: Message, channel: str, spans: Sink, *, began: float, ended: float, attempts: int
) -> None:
    """A message arrived. ``began``, ``ended``: of the sending (Unix seconds); ``attempts``: that failed before."""
    events = list(dict.fromkeys(each.event_id for each in message.findings if each.event_id))[:MOST_EVENTS]
    log.info(
        "told",
        channel=channel,
        message=message.id,
        kind=message.kind.value,
        findings=len(message.findings) + message.more,
        correlations=events,
        attempts=attempts + 1,
    )
    told = {
        "liveaudit.channel": channel,
        "liveaudit.message.id": message.id,
        "liveaudit.message.kind": message.kind.value,
        "liveaudit.attempts": attempts + 1,
    }
    spans.put([Span(each, "alert", began, ended, told) for each in events])
