"""Microsoft Teams, by a workflow that is triggered by a webhook: an Adaptive Card in which nothing is taken for markup.

Text stands in RichTextBlock, whose runs have no Markdown. A message of Teams has 28 KB at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liveaudit.deliver.channels.interface import ChannelKind, Message, Sent
from liveaudit.deliver.channels.posting import Poster
from liveaudit.deliver.channels.templates import TEXT, Wording, Words, cut_lines
from liveaudit.deliver.shapes import as_json
from liveaudit.settings.shape_of_channel_kinds import TeamsSettings

_MOST_TEXT = 14_000
_MOST_BYTES = 27_000


@dataclass(slots=True)
class TeamsChannel:
    """Posts to one channel or chat of Teams."""

    name: str
    url: str
    wording: Wording
    poster: Poster = field(default_factory=Poster)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        words = self.wording.of(message)
        await self.poster.post_json(self.url, payload(words, message))
        return Sent(note=words.note)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.poster.aclose()


def payload(words: Words, message: Message) -> dict[str, Any]:
    """The card, in an envelope as workflows expect it, with as much of the text as there is room for."""
    room = _MOST_TEXT
    made = _payload(words, message, room)
    while len(as_json(made)) > _MOST_BYTES and room > 500:
        room //= 2
        made = _payload(words, message, room)
    return made


def _payload(words: Words, message: Message, room: int) -> dict[str, Any]:
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [
            _block(words.plain_title, weight="Bolder", size="Medium"),
            *(_block(part) for part in cut_lines(words.text, room).split("\n\n") if part.strip()),
        ],
    }
    if link := _link(message):
        title = "Open the finding" if len(message.findings) == 1 and not message.more else "Open the list"
        card["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": link}]
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        ],
    }


def _link(message: Message) -> str:
    if len(message.findings) == 1 and not message.more:
        return message.findings[0].link or message.link
    return message.link


def _block(text: str, **look: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **look}]}


def _build(name: str, settings: TeamsSettings) -> TeamsChannel:
    return TeamsChannel(
        name,
        settings.url,
        Wording(TEXT, settings.title, settings.text),
        Poster(settings.allow, settings.proxy),
    )


KIND = ChannelKind("teams", "Microsoft Teams", _build)
