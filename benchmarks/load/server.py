"""A server with canned answers and a queue that fills by a timetable: ``python -m benchmarks.load.server``.

A raw asyncio protocol on uvloop, in a process of its own. It says its port, then answers until it is ended. The queue
is SQS's in what a worker sees of it; nothing that was received and not deleted comes again. What drives it:

- ``POST /_control/arrivals`` with ``{"kinds": [...], "number": n, "rate": per second, "tag": t}``: from now on n messages
  arrive, at random intervals (exponential), whether anybody takes them or not; ``rate`` 0: all at once
- ``GET /_control/state``: calls by operation, messages still to come and not yet deleted
- ``POST /_control/buckets`` with ``{"names": [...]}``: what a listing of buckets gives
- ``POST /_control/forget``: counts of calls begin from nothing
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop

from benchmarks.load import answers

_STATUS = {200: b"200 OK", 400: b"400 Bad Request", 404: b"404 Not Found"}
_SQS = "AmazonSQS."


@dataclass
class Timetable:
    """Messages to come, and those taken and not deleted. ``arrivals``: time, kind and name, in order of time."""

    arrivals: deque[tuple[float, str, str]] = field(default_factory=deque)
    flying: set[str] = field(default_factory=set)

    def fill(self, kinds: list[str], number: int, rate: float, tag: str) -> None:
        """Let messages arrive from now on."""
        rng = random.Random(tag)  # noqa: S311 - the same timetable for the same tag
        at = time.time()
        for each in range(number):
            kind = kinds[each % len(kinds)]
            at += rng.expovariate(rate) if rate else 0.0
            self.arrivals.append((at, kind, answers.name_of(kind, tag, each)))

    def take(self, most: int) -> list[dict[str, Any]]:
        """What has arrived, as ReceiveMessage tells it."""
        now = time.time()
        taken: list[dict[str, Any]] = []
        while self.arrivals and len(taken) < most and self.arrivals[0][0] <= now:
            at, kind, name = self.arrivals.popleft()
            self.flying.add(name)
            taken.append(
                {
                    "MessageId": name,
                    "ReceiptHandle": name,
                    "Body": json.dumps(answers.event(kind, name, at)),
                    "Attributes": {"SentTimestamp": str(int(at * 1000))},
                }
            )
        return taken

    def wait(self) -> float:
        """Seconds until the next one arrives; long when none is to come."""
        return max(0.0, self.arrivals[0][0] - time.time()) if self.arrivals else 3600.0


@dataclass
class Shared:
    """What all connections share."""

    timetable: Timetable = field(default_factory=Timetable)
    calls: Counter[str] = field(default_factory=Counter)
    buckets: list[str] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One client's connection: HTTP/1.1, one request after another."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        # uvloop's are none of asyncio's class
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """See asyncio."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            size, low = 0, head.lower()
            at = low.find(b"\r\ncontent-length:")
            if at >= 0:
                size = int(low[at + 17 :].split(b"\r\n", 1)[0])
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            self._answer(head, low, body)

    def _answer(self, head: bytes, low: bytes, body: bytes) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        at = low.find(b"\r\nx-amz-target:")
        if at >= 0:
            operation = head[at + 15 :].split(b"\r\n", 1)[0].decode().strip().removeprefix(_SQS)
            self._sqs(operation, json.loads(body))
        elif target.startswith("/_control/"):
            self._send(200, json.dumps(self._control(target.removeprefix("/_control/"), body)).encode())
        else:
            answer = (
                answers.of_query(body.decode())
                if method == "POST"
                else answers.of_s3(target, self._shared.buckets)
            )
            self._shared.calls[answer[0]] += 1
            self._send(*answer[1:])

    def _send(self, status: int, body: bytes) -> None:
        if self._transport is not None:
            head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nx-amzn-RequestId: r\r\n\r\n" % (
                _STATUS[status],
                len(body),
            )
            self._transport.write(head + body)

    def _sqs(self, operation: str, given: dict[str, Any]) -> None:
        told: dict[str, Any] = {}
        if operation == "GetQueueUrl":
            told = {"QueueUrl": f"http://127.0.0.1/{answers.ACCOUNT}/{given['QueueName']}"}
        elif operation == "DeleteMessageBatch":
            self._shared.timetable.flying.difference_update(
                each["ReceiptHandle"] for each in given["Entries"]
            )
            told = {"Successful": [{"Id": each["Id"]} for each in given["Entries"]], "Failed": []}
        elif operation == "ReceiveMessage":
            self._receive(given, time.time() + given.get("WaitTimeSeconds", 0))
            return
        self._send(200, json.dumps(told).encode())

    def _receive(self, given: dict[str, Any], until: float) -> None:
        if self._transport is None:
            return
        messages = self._shared.timetable.take(given.get("MaxNumberOfMessages", 1))
        left = until - time.time()
        if messages or left <= 0:
            self._send(200, json.dumps({"Messages": messages} if messages else {}).encode())
        else:
            # who waits looks now and then, as arrivals may be put in meanwhile
            wait = min(left, self._shared.timetable.wait(), 0.05)
            asyncio.get_running_loop().call_later(wait, self._receive, given, until)

    def _control(self, what: str, body: bytes) -> dict[str, Any]:
        if what == "arrivals":
            self._shared.timetable.fill(**json.loads(body))
        elif what == "forget":
            self._shared.calls.clear()
        elif what == "buckets":
            self._shared.buckets = json.loads(body)["names"]
        timetable = self._shared.timetable
        return {
            "calls": self._shared.calls,
            "to come": len(timetable.arrivals),
            "in hand": len(timetable.flying),
        }


async def serve() -> None:
    """Serve on a free port, which is said on standard output."""
    shared = Shared()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(shared), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
