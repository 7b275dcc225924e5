"""An event bus of EventBridge: an event for each finding, of source ``liveaudit``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.caller import AMBIENT, AwsCaller, ClosingCaller
from liveaudit.deliver.channels.aws import ask
from liveaudit.deliver.channels.file import plain
from liveaudit.deliver.channels.interface import ChannelError, ChannelKind, Message, Request, Sent
from liveaudit.deliver.shapes import as_json
from liveaudit.intake.envelope import TELLING_SOURCE
from liveaudit.settings.shape_of_channel_kinds import EventBridgeSettings
from liveaudit.text import shown

_ENTRIES, _BYTES = 10, 250_000
"""Of a call: AWS allows 10 entries and 256 KB."""


@dataclass(slots=True)
class EventBridgeChannel:
    """Puts events on one bus, with the ambient credentials."""

    name: str
    bus: str
    caller: ClosingCaller = field(default_factory=AwsCaller)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        region = self.bus.split(":")[3]
        for params in self.params(message):
            answer = await ask(self.caller, AMBIENT, region, "events", "PutEvents", params)
            failed = [each for each in answer.get("Entries", []) if each.get("ErrorCode")]
            if failed:
                code, told = str(failed[0]["ErrorCode"]), str(failed[0].get("ErrorMessage", ""))
                raise ChannelError(
                    f"events in {region}: {len(failed)} of {len(params['Entries'])} events were not taken: {code}: {shown(told[:200])}"
                )
        return Sent()

    def params(self, message: Message) -> list[dict[str, Any]]:
        """What PutEvents is given, call by call."""
        return [{"Entries": batch} for batch in batches(entries(message, self.bus))]

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.caller.close()


def entries(message: Message, bus: str) -> list[dict[str, Any]]:
    """An event for each finding. ``id`` in its detail is the same whenever it is sent again."""
    told = plain(message)
    return [
        {
            "Source": TELLING_SOURCE,
            "DetailType": f"Finding {each['what'].capitalize()}",
            "EventBusName": bus,
            "Time": dt.datetime.fromtimestamp(finding.at, tz=dt.UTC),
            "Resources": [finding.arn] if finding.arn else [],
            "Detail": as_json(
                {
                    "id": f"{message.id}/{finding.id}",
                    "message": message.id,
                    "kind": message.kind.value,
                    "finding": each,
                }
            ).decode(),
        }
        for finding, each in zip(message.findings, told["findings"], strict=True)
    ]


def batches(given: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many as a call takes."""
    held: list[dict[str, Any]] = []
    size = 0
    for each in given:
        large = len(each["Detail"]) + sum(map(len, each["Resources"])) + 200
        if held and (len(held) >= _ENTRIES or size + large > _BYTES):
            yield held
            held, size = [], 0
        held.append(each)
        size += large
    if held:
        yield held


def _build(name: str, settings: EventBridgeSettings) -> EventBridgeChannel:
    return EventBridgeChannel(name, settings.bus)


def _requests(channel: EventBridgeChannel, message: Message) -> list[Request]:
    return [Request("events:PutEvents", each) for each in channel.params(message)]


KIND = ChannelKind("eventbridge", "a bus of EventBridge", _build, whole=True, most=100, requests=_requests)
