"""A topic of SNS: text for people or JSON for programs, with attributes that subscriptions filter by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.caller import AMBIENT, AwsCaller, ClosingCaller
from liveaudit.deliver.channels.aws import ask
from liveaudit.deliver.channels.file import plain
from liveaudit.deliver.channels.interface import ChannelKind, Message, Request, Sent
from liveaudit.deliver.channels.templates import TEXT, Wording, Words
from liveaudit.deliver.shapes import as_json, cut
from liveaudit.settings.shape_of_channel_kinds import SnsSettings

_SUBJECT = 99
_MOST = 250_000
"""Bytes of a message; 256 KB are allowed."""
_WORST_FIRST = ("critical", "high", "medium", "low", "informational")


@dataclass(slots=True)
class SnsChannel:
    """Publishes to one topic, with the ambient credentials."""

    name: str
    topic: str
    as_text: bool
    wording: Wording
    caller: ClosingCaller = field(default_factory=AwsCaller)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        words = self.wording.of(message)
        region = self.topic.split(":")[3]
        answer = await ask(self.caller, AMBIENT, region, "sns", "Publish", self.params(message, words))
        return Sent(receipt=str(answer.get("MessageId", "")), note=words.note)

    def params(self, message: Message, words: Words) -> dict[str, Any]:
        """What Publish is given."""
        told = words.text if self.as_text else _json(message)
        params: dict[str, Any] = {
            "TopicArn": self.topic,
            "Subject": subject(words.plain_title),
            "Message": told,
            "MessageAttributes": attributes(message),
        }
        if self.topic.endswith(".fifo"):
            one = message.findings[0].id if len(message.findings) == 1 else "several"
            params |= {"MessageGroupId": one, "MessageDeduplicationId": message.id[:128]}
        return params

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.caller.close()


def subject(title: str) -> str:
    """A subject as SNS takes it: printable ASCII, less than 100 characters, a letter, digit or sign of ASCII first."""
    text = title.encode("ascii", "replace").decode().strip()
    text = "".join(each if each.isprintable() else "?" for each in text)
    return text if 0 < len(text) <= _SUBJECT else cut(text, _SUBJECT).replace("…", "~")


def attributes(message: Message) -> dict[str, Any]:
    """What subscriptions filter by. ``severity``: the worst; the others have all values that there are."""
    severities = {each.severity for each in message.findings}
    worst = next((each for each in _WORST_FIRST if each in severities), "")
    lists = {
        "policy": sorted({each.policy for each in message.findings})[:50],
        "account": sorted({each.resource.account for each in message.findings})[:50],
        "region": sorted({each.resource.region for each in message.findings})[:50],
    }
    made: dict[str, Any] = {
        "id": {"DataType": "String", "StringValue": message.id},
        "kind": {"DataType": "String", "StringValue": message.kind.value},
    }
    if worst:
        made["severity"] = {"DataType": "String", "StringValue": worst}
    for name, values in lists.items():
        if values:
            made[name] = {"DataType": "String.Array", "StringValue": as_json(values).decode()}
    return made


def _json(message: Message) -> str:
    """The message as JSON; findings that there is no room for are left out, and counted."""
    told = plain(message)
    made = as_json(told)
    while len(made) > _MOST and told["findings"]:
        left = len(told["findings"]) // 2
        told["more"] += len(told["findings"]) - left
        told["findings"] = told["findings"][:left]
        made = as_json(told)
    return made.decode()


def _build(name: str, settings: SnsSettings) -> SnsChannel:
    wording = Wording(TEXT, settings.title, settings.text)
    return SnsChannel(name, settings.topic, settings.format == "text", wording)


def _requests(channel: SnsChannel, message: Message) -> list[Request]:
    return [Request("sns:Publish", channel.params(message, channel.wording.of(message)))]


KIND = ChannelKind("sns", "a topic of SNS", _build, requests=_requests)
