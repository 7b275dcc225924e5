"""Messages for the tests of channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from liveaudit.deliver.channels.interface import Kind, Message, ToldFinding, Who
from liveaudit.deliver.interface import Found
from liveaudit.model import Resource, partition_of
from tests.unit.deliver.samples import HOSTILE, found


def told(given: Found | None = None, **changed: Any) -> ToldFinding:
    """A finding as messages tell it; ``changed``: fields that are otherwise."""
    one = given or found()
    row = one.finding
    fields: dict[str, Any] = {
        "id": row["id"],
        "what": Kind.OPENED,
        "policy": row["policy"],
        "title": one.texts.title,
        "severity": row["severity"],
        "status": row["status"],
        "resource": Resource(
            partition_of(row["region"]), row["account"], row["region"], row["type"], row["resource"]
        ),
        "arn": row["arn"],
        "reason": row["reason"],
        "who": Who("arn:aws:iam::111111111111:user/ann", "192.0.2.7", "aws-cli/2.17", "PutBucketAcl"),
        "since": row["opened_at"],
        "at": row["updated_at"],
        "fix": one.texts.fix,
        "link": f"https://audit.example.com/findings/{row['id']}",
        "found": one,
        "number": 7,
    }
    return ToldFinding(**(fields | changed))


def message(*findings: ToldFinding, **changed: Any) -> Message:
    """A message about these findings, or about one."""
    listed = findings or (told(),)
    fields: dict[str, Any] = {
        "id": "0193a1b2-0000-7000-8000-00000000abcd",
        "kind": listed[0].what,
        "findings": listed,
        "title": "1 finding opened",
        "made_at": 1_790_000_000.0,
        "link": "https://audit.example.com/findings",
        "counts": {listed[0].severity: len(listed)},
    }
    return Message(**(fields | changed))


def hostile_messages() -> Iterator[Message]:
    """Some in which whatever comes from outside is hostile, each in another way."""
    for text in HOSTILE:
        who = Who(text, text, text, text)
        resource = Resource("aws", "111111111111", "us-east-1", "AWS::S3::Bucket", text)
        one = found(resource=text, arn=text, reason=text, owner=text)
        yield message(told(one, reason=text, who=who, resource=resource, arn=text, owner=text))
