"""Slack, by an incoming webhook: a title, the text in sections, what could not be as wanted.

Lengths are those of Slack's reference of blocks: 150 of a header, 3,000 of a section, 50 blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liveaudit.deliver.channels.interface import ChannelKind, Message, Sent
from liveaudit.deliver.channels.posting import Poster
from liveaudit.deliver.channels.templates import SLACK, Wording, Words
from liveaudit.deliver.shapes import cut
from liveaudit.settings.shape_of_channel_kinds import SlackSettings

_HEADER, _SECTION, _BLOCKS = 150, 3_000, 40


@dataclass(slots=True)
class SlackChannel:
    """Posts to one channel of Slack."""

    name: str
    url: str
    wording: Wording
    poster: Poster = field(default_factory=Poster)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        words = self.wording.of(message)
        await self.poster.post_json(self.url, payload(words))
        return Sent(note=words.note)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.poster.aclose()


def payload(words: Words) -> dict[str, Any]:
    """What Slack is sent: ``text`` is for notifications, the blocks are what is read."""
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": cut(words.plain_title, _HEADER), "emoji": False},
        }
    ]
    blocks += [
        {"type": "section", "text": {"type": "mrkdwn", "text": part, "verbatim": True}}
        for part in sections(words.text, _SECTION)[:_BLOCKS]
    ]
    return {"text": words.title, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def sections(text: str, most: int) -> list[str]:
    """A text in parts that are not longer than this, parted at blank lines, else at lines, else where it must be."""
    parts: list[str] = []
    held = ""
    for paragraph in text.split("\n\n"):
        for piece in _pieces(paragraph.strip("\n"), most):
            if held and len(held) + 2 + len(piece) > most:
                parts.append(held)
                held = piece
            elif piece:
                held = f"{held}\n\n{piece}" if held else piece
    return [*parts, held] if held else parts or ["-"]


def _pieces(paragraph: str, most: int) -> list[str]:
    pieces: list[str] = []
    while len(paragraph) > most:
        at = paragraph.rfind("\n", 0, most)
        at = at if at > 0 else paragraph.rfind(" ", 0, most)
        at = at if at > 0 else most
        pieces.append(paragraph[:at])
        paragraph = paragraph[at:].lstrip("\n")
    return [*pieces, paragraph]


def _build(name: str, settings: SlackSettings) -> SlackChannel:
    return SlackChannel(
        name,
        settings.url,
        Wording(SLACK, settings.title, settings.text),
        Poster(settings.allow, settings.proxy),
    )


KIND = ChannelKind("slack", "Slack", _build)
