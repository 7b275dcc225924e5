"""A file that grows by a line of JSON for each message: for a log shipper, or to see what would be told."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveaudit.deliver.channels.interface import (
    ChannelError,
    ChannelKind,
    Message,
    Request,
    Sent,
    ToldFinding,
)
from liveaudit.deliver.shapes import as_json
from liveaudit.settings.shape_of_channels import FileSettings
from liveaudit.text import iso


@dataclass(slots=True)
class FileChannel:
    """Appends to a file, which is on the disk before it says so."""

    name: str
    path: Path

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        await asyncio.to_thread(self._append, as_json(plain(message)) + b"\n")
        return Sent()

    def _append(self, line: bytes) -> None:
        try:
            # findings tell where an account is open: for nobody else to read
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise ChannelError(
                f"{self.path}: cannot be written: {error.strerror}; let the worker write there"
            ) from error

    async def aclose(self) -> None:
        """Nothing is kept open."""


def plain(message: Message) -> dict[str, Any]:
    """A message as plain data, for JSON."""
    return {
        "id": message.id,
        "kind": message.kind.value,
        "title": message.title,
        "made_at": iso(message.made_at),
        "link": message.link,
        "counts": dict(message.counts),
        "more": message.more,
        "findings": [_finding(each) for each in message.findings],
    }


def _finding(told: ToldFinding) -> dict[str, Any]:
    resource = told.resource
    return {
        "id": told.id,
        "number": told.number,
        "what": told.what.value,
        "policy": told.policy,
        "title": told.title,
        "severity": told.severity,
        "status": told.status,
        "account": resource.account,
        "region": resource.region,
        "type": resource.type,
        "resource": resource.id,
        "arn": told.arn,
        "reason": told.reason,
        "who": {
            "arn": told.who.arn,
            "address": told.who.address,
            "user_agent": told.who.user_agent,
            "event": told.who.event,
        },
        "since": iso(told.since),
        "at": iso(told.at),
        "due_at": iso(told.due_at),
        "owner": told.owner,
        "decided_by": told.decided_by,
        "why": told.why,
        "fix": told.fix,
        "link": told.link,
        "tags": dict(told.tags),
    }


def _build(name: str, settings: FileSettings) -> FileChannel:
    return FileChannel(name, Path(settings.path))


def _requests(channel: FileChannel, message: Message) -> list[Request]:
    return [Request(f"a line of {channel.path}", plain(message))]


KIND = ChannelKind("file", "a file of JSON lines", _build, whole=True, most=100, requests=_requests)
