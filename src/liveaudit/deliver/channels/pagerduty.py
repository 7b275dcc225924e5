"""PagerDuty, by its Events API v2: an alert for each finding, which opens and resolves with it.

The finding's id is the key by which PagerDuty knows that it is the same one; so whatever comes twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liveaudit.deliver.channels.interface import (
    ChannelKind,
    Kind,
    Message,
    Request,
    Sent,
    ToldFinding,
    unseen,
)
from liveaudit.deliver.channels.posting import JSON, Poster
from liveaudit.deliver.shapes import as_json, cut
from liveaudit.settings.shape_of_channel_kinds import PagerDutySettings
from liveaudit.text import iso, shown

ADDRESSES = {
    "us": "https://events.pagerduty.com/v2/enqueue",
    "eu": "https://events.eu.pagerduty.com/v2/enqueue",
}
_SEVERITIES = {"critical": "critical", "high": "error", "medium": "warning"}
_SUMMARY, _FIELD = 1_024, 1_000


@dataclass(slots=True)
class PagerDutyChannel:
    """Opens and resolves alerts of one service."""

    name: str
    key: str
    url: str
    poster: Poster = field(default_factory=Poster)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        key = await self.poster.secrets.get(self.key)
        for each in self.requests(message, key):
            try:
                await self.poster.post(self.url, as_json(each.body), each.headers, hidden=[key])
            except BaseException:
                # the key may have been changed where it is kept: it is looked up anew
                self.poster.secrets.forget(self.key)
                raise
        return Sent(receipt=", ".join(key_of(each, message) for each in message.findings[:5]))

    def requests(self, message: Message, key: str) -> list[Request]:
        """What PagerDuty is sent, in order."""
        return [Request(f"POST {self.url}", {"routing_key": key, **each}, JSON) for each in events(message)]

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.poster.aclose()


def events(message: Message) -> list[dict[str, Any]]:
    """What is told, in order. A test opens an alert and resolves it at once, so that nobody is left with it."""
    made = []
    for each in message.findings:
        if message.kind == Kind.TEST:
            made += [_opened(each, message), _over(each, message)]
        else:
            made.append(_opened(each, message) if each.is_open else _over(each, message))
    return made


def key_of(told: ToldFinding, message: Message) -> str:
    """By which PagerDuty knows the alert."""
    return f"liveaudit/test/{message.id}" if message.kind == Kind.TEST else f"liveaudit/{told.id}"


def _over(told: ToldFinding, message: Message) -> dict[str, Any]:
    return {"event_action": "resolve", "dedup_key": key_of(told, message)}


def _opened(told: ToldFinding, message: Message) -> dict[str, Any]:
    resource = told.resource
    name = shown(resource.id)
    test = "TEST: " if message.kind == Kind.TEST else ""
    severity = "info" if test else _SEVERITIES.get(told.severity, "info")
    if told.what == Kind.ESCALATION:
        test = "Overdue: "
    who = {"by": told.who.arn, "from": told.who.address, "with": told.who.user_agent, "call": told.who.event}
    event: dict[str, Any] = {
        "event_action": "trigger",
        "dedup_key": key_of(told, message),
        "client": "liveaudit",
        "payload": {
            "summary": cut(f"{test}{told.title}: {name} in {resource.account}, {resource.region}", _SUMMARY),
            "source": cut(shown(told.arn or name), _FIELD),
            "severity": severity,
            "timestamp": iso(told.since),
            "component": cut(name, _FIELD),
            "group": resource.account,
            "class": told.policy,
            "custom_details": {
                "what": cut(shown(told.reason), _FIELD),
                "severity": told.severity,
                "status": told.status,
                "account": resource.account,
                "region": resource.region,
                "type": resource.type,
                "owner": shown(told.owner)[:_FIELD],
                "how to fix it": cut(told.fix, _FIELD),
                **{key: shown(value)[:_FIELD] for key, value in who.items() if value},
            },
        },
    }
    if told.link:
        event["client_url"] = told.link
        event["links"] = [{"href": told.link, "text": "Open the finding"}]
    return event


def _build(name: str, settings: PagerDutySettings) -> PagerDutyChannel:
    return PagerDutyChannel(
        name, settings.key, ADDRESSES[settings.region], Poster(settings.allow, settings.proxy)
    )


def _requests(channel: PagerDutyChannel, message: Message) -> list[Request]:
    return channel.requests(message, unseen(channel.key))


KIND = ChannelKind("pagerduty", "PagerDuty", _build, whole=True, most=20, requests=_requests)
