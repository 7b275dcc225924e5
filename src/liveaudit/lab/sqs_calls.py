"""The calls that a worker makes to SQS all day, answered without moto's five layers of Flask and serialisers.

Only the plain cases: the JSON protocol, standard queues, valid parameters. Everything else, errors above all, is moto's.
"""

from __future__ import annotations

import base64
import copy
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.queues import Redrive
from liveaudit.lab.sqs import store_of

Answer = tuple[int, list[tuple[str, str]], bytes]
_BATCH_ID = re.compile(r"[\w-]{1,80}")
_LONGEST_WAIT = 20
_LONGEST_VISIBILITY = 43_200
_PLAIN_SEND = {"QueueUrl", "MessageBody", "Id", "DelaySeconds"}
_LONGEST_DELAY = 900


def answer(account: str, region: str, operation: str, body: bytes, request_id: str) -> Answer | None:
    """The answer to a call, None when moto is to give it. Waits for as long as a long poll does."""
    handler = _HANDLERS.get(operation)
    if handler is None:
        return None
    try:
        params = json.loads(body)
    except ValueError:
        return None
    name = str(params.get("QueueUrl", "")).rsplit("/", 1)[-1]
    queue = internals.module("sqs.models").sqs_backends[account][region].queues.get(name)
    if queue is None or queue.fifo_queue:
        return None
    result = handler(queue, params)
    if result is None:
        return None
    content = json.dumps(result, default=_encoded).encode()
    headers = [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Content-Length", str(len(content))),
        ("x-amzn-RequestId", request_id),
    ]
    return 200, headers, content


def _encoded(value: Any) -> str:
    return base64.b64encode(value).decode()


def _receive(queue: Any, params: Mapping[str, Any]) -> dict[str, Any] | None:
    count = int(params.get("MaxNumberOfMessages", 1))
    wait = int(params.get("WaitTimeSeconds", queue.receive_message_wait_time_seconds))
    visibility = int(params.get("VisibilityTimeout", queue.visibility_timeout))
    if not (1 <= count <= 10 and 0 <= wait <= _LONGEST_WAIT and 0 <= visibility <= _LONGEST_VISIBILITY):
        return None
    redrive = None
    if queue.dead_letter_queue is not None and queue.redrive_policy:
        redrive = Redrive(queue.redrive_policy["maxReceiveCount"], queue.dead_letter_queue.add_message)
    received = store_of(queue).receive(count, wait, visibility, queue.message_retention_period, redrive)
    wanted = {*params.get("AttributeNames", ()), *params.get("MessageSystemAttributeNames", ())}
    names = params.get("MessageAttributeNames", [])
    return {"Messages": [_described(one, wanted, names) for one in received]} if received else {}


def _described(one: Any, wanted: set[str], names: list[str]) -> dict[str, Any]:
    message = one.message
    described = {
        "MessageId": message.id,
        "ReceiptHandle": one.handle,
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    }
    attributes = {
        "SenderId": message.sender_id,
        "SentTimestamp": str(message.sent_timestamp),
        "ApproximateReceiveCount": str(one.receives),
        "ApproximateFirstReceiveTimestamp": str(int(one.first_received * 1000)),
    }
    if wanted:
        described["Attributes"] = {
            name: value for name, value in attributes.items() if "All" in wanted or name in wanted
        }
    if names and message.message_attributes:
        shown = copy.copy(message)
        internals.module("sqs.models")._filter_message_attributes(shown, names)
        if shown.message_attributes:
            described["MessageAttributes"] = shown.message_attributes
            described["MD5OfMessageAttributes"] = shown.attribute_md5
    return described


def _delete(queue: Any, params: Mapping[str, Any]) -> dict[str, Any] | None:
    return {} if store_of(queue).delete(str(params.get("ReceiptHandle"))) else None


def _delete_batch(queue: Any, params: Mapping[str, Any]) -> dict[str, Any] | None:
    entries = params.get("Entries") or []
    handles = [str(entry.get("ReceiptHandle")) for entry in entries]
    if not 1 <= len(entries) <= 10 or len(set(handles)) < len(handles):
        return None
    deleted = [store_of(queue).delete(handle) for handle in handles]
    return {"Successful": [{"Id": entry["Id"]} for entry in entries]} if all(deleted) else None


def _send(queue: Any, params: Mapping[str, Any]) -> dict[str, Any] | None:
    if not _is_plain(queue, params):
        return None
    message = _put(queue, params)
    return {"MessageId": message.id, "MD5OfMessageBody": message.body_md5}


def _send_batch(queue: Any, params: Mapping[str, Any]) -> dict[str, Any] | None:
    entries = params.get("Entries") or []
    ids = [str(entry.get("Id", "")) for entry in entries]
    size = sum(len(str(entry.get("MessageBody", ""))) for entry in entries)
    if (
        not 1 <= len(entries) <= 10
        or len(set(ids)) < len(ids)
        or not all(_BATCH_ID.fullmatch(one) for one in ids)
        or not all(_is_plain(queue, entry) for entry in entries)
        or size > queue.maximum_message_size
    ):
        return None
    sent = [(entry["Id"], _put(queue, entry)) for entry in entries]
    return {
        "Successful": [
            {"Id": one, "MessageId": message.id, "MD5OfMessageBody": message.body_md5}
            for one, message in sent
        ]
    }


def _is_plain(queue: Any, params: Mapping[str, Any]) -> bool:
    body = params.get("MessageBody")
    delay = params.get("DelaySeconds") or 0
    return (
        params.keys() <= _PLAIN_SEND
        and isinstance(body, str)
        and 0 < len(body) <= queue.maximum_message_size
        and 0 <= int(delay) <= _LONGEST_DELAY
    )


def _put(queue: Any, params: Mapping[str, Any]) -> Any:
    message = internals.module("sqs.models").Message(str(uuid.uuid4()), params["MessageBody"])
    message.mark_sent(delay_seconds=int(params.get("DelaySeconds", queue.delay_seconds)))
    queue.add_message(message)
    return message


_Handler = Callable[[Any, Mapping[str, Any]], "dict[str, Any] | None"]
_HANDLERS: dict[str, _Handler] = {
    "DeleteMessage": _delete,
    "DeleteMessageBatch": _delete_batch,
    "ReceiveMessage": _receive,
    "SendMessage": _send,
    "SendMessageBatch": _send_batch,
}
