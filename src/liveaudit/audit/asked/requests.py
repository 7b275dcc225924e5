"""Questions as requests to a function: cut by number and size, with what is too large left out by name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from liveaudit.audit.asked.contract import AskedResource, AskingPolicy, Omitted, Request
from liveaudit.policies.asking import Question
from liveaudit.policies.policy import Policy
from liveaudit.store import codec

MOST_BYTES = 6_000_000
"""Of a request: a synchronous invocation takes 6 MB (6,291,456 bytes). Source: Lambda's quotas."""
_ROOM = 4_096
"""Of these, what is around the resources."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it is sent."""

    question: Question
    text: bytes


def asking_of(question: Question, most: int = MOST_BYTES) -> Asking:
    """The question in the words of the contract, in ``most`` bytes: its largest sections are left out beyond them."""
    sections = {name: codec.dump(value) for name, value in question.sections.items()}
    omitted: list[Omitted] = []
    while True:
        text = _encoded(question, sections, omitted)
        if len(text) <= most - _ROOM or not sections:
            return Asking(question, text)
        largest = max(sections, key=lambda name: (len(sections[name]), name))
        gone = sections.pop(largest)
        omitted.append(Omitted(section=largest, bytes=len(gone.encode()), digest=codec.digest(gone)))


def _encoded(question: Question, sections: dict[str, str], omitted: Iterable[Omitted]) -> bytes:
    resource = question.resource
    made = AskedResource(
        key=question.key,
        partition=resource.partition,
        account=resource.account,
        region=resource.region,
        type=resource.type,
        id=resource.id,
        arn=question.arn or "",
        tags=dict(question.tags),
        sections={name: msgspec.Raw(text.encode()) for name, text in sections.items()},
        omitted=tuple(omitted),
        parameters=dict(question.parameters),
        change=None if question.change is None else codec.plain(dict(question.change)),
    )
    return msgspec.json.encode(made)


def batches(asking: Sequence[Asking], most: int, most_bytes: int = MOST_BYTES) -> Iterator[list[Asking]]:
    """Cut into batches of ``most`` resources and ``most_bytes`` bytes."""
    batch: list[Asking] = []
    size = _ROOM
    for each in asking:
        if batch and (len(batch) >= most or size + len(each.text) + 1 > most_bytes):
            yield batch
            batch, size = [], _ROOM
        batch.append(each)
        size += len(each.text) + 1
    if batch:
        yield batch


def request_of(policy: Policy, batch: Sequence[Asking]) -> bytes:
    """The request with these resources."""
    made: dict[str, Any] = {
        **msgspec.structs.asdict(
            Request(
                idempotency_key=codec.digest(" ".join(sorted(each.question.key for each in batch))),
                policy=AskingPolicy(
                    id=policy.id,
                    title=policy.title[:500],
                    severity=policy.severity.value,
                    version=policy.version,
                ),
                resources=(),
            )
        ),
        "resources": [msgspec.Raw(each.text) for each in batch],
    }
    return msgspec.json.encode(made)
