"""SQS queues, one per region: long polls, and deletion of what is safely stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from liveaudit.aws.caller import AwsCaller
from liveaudit.intake.sort import Message


class Queue(Protocol):
    """A source of messages with SQS's semantics."""

    @property
    def name(self) -> str:
        """What it is called in logs and quarantine."""

    async def receive(self) -> Sequence[Message]:
        """Wait for messages (up to a long poll) and take up to ten. Raises AwsCallError."""

    async def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages that are safely stored. Raises AwsCallError."""

    async def give_back(self, messages: Sequence[Message]) -> None:
        """Let others have these messages at once. Raises AwsCallError."""


class SqsQueue:
    """One SQS queue. ``clock`` gives Unix seconds; ``wait`` is the long poll in seconds, 20 at most."""

    def __init__(
        self, caller: AwsCaller, *, account: str, region: str, queue_name: str, clock: Any, wait: int = 20
    ) -> None:
        self._caller = caller
        self._account = account
        self._region = region
        self._queue_name = queue_name
        self._clock = clock
        self._wait = wait
        self._url = ""

    @property
    def name(self) -> str:
        """Region and name."""
        return f"{self._region}/{self._queue_name}"

    async def _call(self, operation: str, **params: Any) -> Mapping[str, Any]:
        if not self._url:
            answer = await self._send(
                "GetQueueUrl", QueueName=self._queue_name, QueueOwnerAWSAccountId=self._account
            )
            self._url = str(answer["QueueUrl"])
        return await self._send(operation, QueueUrl=self._url, **params)

    async def _send(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return await self._caller.call_beside(self._account, self._region, "sqs", operation, params)

    async def receive(self) -> Sequence[Message]:
        """See :class:`Queue`."""
        answer = await self._call(
            "ReceiveMessage",
            MaxNumberOfMessages=10,
            WaitTimeSeconds=self._wait,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        now = float(self._clock())
        return [
            Message(
                id=each["MessageId"],
                queue=self.name,
                receipt=each["ReceiptHandle"],
                body=each["Body"],
                sent=int(each.get("Attributes", {}).get("SentTimestamp", 0)) / 1000,
                received=now,
            )
            for each in answer.get("Messages", ())
        ]

    async def delete(self, messages: Sequence[Message]) -> None:
        """See :class:`Queue`. What SQS does not delete comes again, which is harmless."""
        if messages:
            await self._batch("DeleteMessageBatch", messages)

    async def give_back(self, messages: Sequence[Message]) -> None:
        """See :class:`Queue`. What SQS does not give back comes again when its visibility timeout is over."""
        if messages:
            await self._batch("ChangeMessageVisibilityBatch", messages, VisibilityTimeout=0)

    async def _batch(self, operation: str, messages: Sequence[Message], **more: int) -> None:
        entries = [
            {"Id": str(number), "ReceiptHandle": message.receipt, **more}
            for number, message in enumerate(messages)
        ]
        await self._call(operation, Entries=entries)


class MemoryQueue:
    """A queue in memory, for tests and benchmarks: what is not deleted can be delivered again."""

    def __init__(self, name: str = "memory") -> None:
        self._name = name
        self._waiting: list[Message] = []
        self._flying: dict[str, Message] = {}

    @property
    def name(self) -> str:
        """What it was called."""
        return self._name

    def put(self, body: str, *, now: float = 0.0, message_id: str = "") -> None:
        """Send a message."""
        digest = (
            message_id or hashlib.blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        )
        self._waiting.append(Message(digest, self._name, digest, body, now, now))

    @property
    def empty(self) -> bool:
        """Whether everything that was sent is deleted."""
        return not self._waiting and not self._flying

    def return_flying(self) -> None:
        """The visibility timeout of everything received and not deleted is over."""
        self._waiting.extend(self._flying.values())
        self._flying.clear()

    async def receive(self) -> Sequence[Message]:
        """Up to ten messages, none when there are none."""
        taken, self._waiting = self._waiting[:10], self._waiting[10:]
        self._flying.update({message.receipt: message for message in taken})
        return taken

    async def delete(self, messages: Sequence[Message]) -> None:
        """Forget these for good."""
        for message in messages:
            self._flying.pop(message.receipt, None)

    async def give_back(self, messages: Sequence[Message]) -> None:
        """Deliver these again."""
        self._waiting.extend(each for each in messages if self._flying.pop(each.receipt, None) is not None)
