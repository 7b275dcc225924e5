"""How full the receiver's queues are, and those for what publishers could not deliver. Source: SQS API reference of GetQueueAttributes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision import names
from liveaudit.provision.installation import Installation

_ABSENT = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})
_WAITING = "ApproximateNumberOfMessages"
_IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True, slots=True)
class QueueState:
    """Messages in a region's queues, as AWS counts them. ``reason``: why that is not known, else empty."""

    waiting: int = 0
    in_flight: int = 0
    dead_letters: int = 0
    exists: bool = True
    reason: str = ""

    @property
    def messages(self) -> int:
        """All that would be lost with the queues."""
        return self.waiting + self.in_flight + self.dead_letters


async def queue_states(
    caller: Caller, installation: Installation, regions: Sequence[str]
) -> dict[str, QueueState]:
    """The receiver's queues of these regions. What cannot be asked has its reason."""
    found = await asyncio.gather(*(_state(caller, installation, region) for region in regions))
    return dict(zip(regions, found, strict=True))


async def undelivered(caller: Caller, installation: Installation) -> dict[tuple[str, str], QueueState]:
    """What the rules of the publishers could not deliver, by account and region: those are ``dead_letters`` there."""
    places = [(each.id, region) for each in installation.other_publishers for region in each.regions]
    found = await asyncio.gather(*(_undelivered(caller, *place) for place in places))
    return dict(zip(places, found, strict=True))


async def _undelivered(caller: Caller, account: str, region: str) -> QueueState:
    try:
        queue = await _counts(caller, account, region, names.UNDELIVERED_QUEUE)
    except AwsCallError as error:
        return QueueState(reason=str(error))
    return QueueState(
        dead_letters=_number(queue, _WAITING) + _number(queue, _IN_FLIGHT), exists=queue is not None
    )


async def _state(caller: Caller, installation: Installation, region: str) -> QueueState:
    receiver = installation.receiver
    try:
        queue = await _counts(caller, receiver, region, installation.queue)
        dead = await _counts(caller, receiver, region, names.dead_letters(installation.queue))
    except AwsCallError as error:
        return QueueState(reason=str(error))
    waiting, in_flight = _number(queue, _WAITING), _number(queue, _IN_FLIGHT)
    return QueueState(
        waiting, in_flight, _number(dead, _WAITING) + _number(dead, _IN_FLIGHT), exists=queue is not None
    )


async def _counts(caller: Caller, account: str, region: str, queue: str) -> Mapping[str, str] | None:
    """A queue's attributes, None when there is no such queue."""
    try:
        found = await caller.call(account, region, "sqs", "GetQueueUrl", {"QueueName": queue})
        params = {"QueueUrl": found["QueueUrl"], "AttributeNames": [_WAITING, _IN_FLIGHT]}
        answer = await caller.call(account, region, "sqs", "GetQueueAttributes", params)
    except AwsCallError as error:
        if error.code in _ABSENT:
            return None
        raise
    attributes: Mapping[str, str] = answer.get("Attributes", {})
    return attributes


def _number(attributes: Mapping[str, str] | None, name: str) -> int:
    return int((attributes or {}).get(name, "0"))
