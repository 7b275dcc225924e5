"""moto's queues with the lab's ``MessageStore`` inside. Event source mappings of Lambda are not served."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.queue_policy import too_large
from liveaudit.lab.queues import MessageStore, Redrive, Where

_LONGEST_VISIBILITY = 43_200


def store_of(queue: Any) -> MessageStore:
    """The messages of one of moto's queues."""
    store: MessageStore = queue._lab_store
    return store


def queues() -> Iterator[Any]:
    """Every queue of moto's that there is."""
    for _, _, backend in list(internals.module("sqs.models").sqs_backends.iter_backends()):
        yield from list(backend.queues.values())


def install(patches: internals.Patches) -> None:
    """Replace the inside of moto's queues."""
    patches.replace("sqs.models:camelcase_to_underscores", _cached_underscores())
    patches.wrap("sqs.models:Queue.__init__", _created)
    patches.wrap("sqs.models:Queue._set_attributes", _attributes_set)
    patches.replace("sqs.models:Queue.add_message", _add)
    patches.replace("sqs.models:Queue.delete_message", _delete)
    patches.replace("sqs.models:Queue.messages", property(lambda queue: store_of(queue).peek()))
    patches.replace("sqs.models:Queue.approximate_number_of_messages", _counted(Where.READY))
    patches.replace("sqs.models:Queue.approximate_number_of_messages_delayed", _counted(Where.DELAYED))
    patches.replace("sqs.models:Queue.approximate_number_of_messages_not_visible", _counted(Where.IN_FLIGHT))
    patches.replace("sqs.models:SQSBackend.receive_message", _receive)
    patches.replace("sqs.models:SQSBackend.change_message_visibility", _change_visibility)
    patches.replace("sqs.models:SQSBackend.purge_queue", _purge)
    patches.wrap("sqs.models:SQSBackend.delete_queue", _deleted)


def _cached_underscores() -> Callable[[str], str]:
    # moto spells out all attributes of a queue for each message that is sent
    return functools.lru_cache(maxsize=256)(internals.module("core.utils").camelcase_to_underscores)


def _errors() -> Any:
    return internals.module("sqs.exceptions")


def _created(original: Callable[..., None], queue: Any, *args: Any, **kwargs: Any) -> None:
    original(queue, *args, **kwargs)
    queue._lab_store = MessageStore(ordered=queue.fifo_queue)


def _attributes_set(
    original: Callable[..., None], queue: Any, attributes: dict[str, Any], now: float | None = None
) -> None:
    # moto forgets the queue's policy whenever another attribute is set
    if "Policy" not in attributes and "_policy_json" in queue.__dict__:
        attributes = {**attributes, "Policy": queue.policy}
    elif attributes.get("Policy") and (why := too_large(attributes["Policy"])):
        raise _errors().SQSException(
            "InvalidAttributeValue", f"Invalid value for the parameter Policy: {why}."
        )
    original(queue, attributes, now)


def _deleted(original: Callable[..., None], backend: Any, queue_name: str) -> None:
    queue = backend.get_queue(queue_name)
    original(backend, queue_name)
    store_of(queue).close()


def _counted(where: Where) -> property:
    return property(lambda queue: store_of(queue).count(where))


def _add(queue: Any, message: Any) -> None:
    store = store_of(queue)
    if queue.fifo_queue and message.deduplication_id and store.is_repeated(message.deduplication_id):
        return
    delay = (message.delayed_until - message.sent_timestamp) / 1000 if message.delayed_until else 0.0
    store.add(message, max(0.0, delay), message.group_id if queue.fifo_queue else None)


def _delete(queue: Any, receipt_handle: str) -> None:
    if not store_of(queue).delete(receipt_handle):
        raise _errors().ReceiptHandleIsInvalid


def _receive(
    backend: Any,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[Any]:
    queue = backend.get_queue(queue_name)
    redrive = None
    if queue.dead_letter_queue is not None and queue.redrive_policy:
        redrive = Redrive(queue.redrive_policy["maxReceiveCount"], queue.dead_letter_queue.add_message)
    received = store_of(queue).receive(
        count,
        wait_seconds_timeout,
        int(visibility_timeout or 0),
        retention=queue.message_retention_period,
        redrive=redrive,
    )
    messages: list[Any] = []
    for one in received:
        message = copy.copy(one.message)
        message.receipt_handle = one.handle
        message.approximate_receive_count = one.receives
        message.approximate_first_receive_timestamp = int(one.first_received * 1000)
        internals.module("sqs.models")._filter_message_attributes(message, message_attribute_names or [])
        messages.append(message)
    return messages


def _change_visibility(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
    if not 0 <= int(visibility_timeout) <= _LONGEST_VISIBILITY:
        raise _errors().InvalidParameterValue(
            f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. "
            "Reason: must be between 0 and 43200."
        )
    queue = backend.get_queue(queue_name)
    if not store_of(queue).change_visibility(receipt_handle, int(visibility_timeout)):
        raise _errors().ReceiptHandleIsInvalid


def _purge(backend: Any, queue_name: str) -> None:
    store_of(backend.get_queue(queue_name)).purge()
