"""A bucket of S3: OCSF events, in the partitions that Security Lake expects of a source.

An object for each account, region and day of a message, under a key that comes of the message: sent again, it is the same.
"""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field

from liveaudit.aws.caller import AMBIENT, AwsCaller
from liveaudit.deliver.channels.aws import AwsDoor, ask
from liveaudit.deliver.channels.interface import ChannelKind, Message, Sent, ToldFinding
from liveaudit.deliver.formats.ocsf import event
from liveaudit.deliver.shapes import as_json
from liveaudit.settings.shape_of_channel_kinds import S3Settings

_SUFFIX = "jsonl.gz"


@dataclass(slots=True)
class S3Channel:
    """Writes to one bucket, with the ambient credentials."""

    name: str
    settings: S3Settings
    caller: AwsDoor = field(default_factory=AwsCaller)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        keys = []
        for partition, findings in partitions(message).items():
            key = f"{self.settings.prefix}{partition}/{_word(message.id)}.{_SUFFIX}"
            params = {
                "Bucket": self.settings.bucket,
                "Key": key,
                "Body": written(findings),
                "ContentType": "application/x-ndjson",
                "ContentEncoding": "gzip",
            }
            await ask(self.caller, AMBIENT, self.settings.region, "s3", "PutObject", params)
            keys.append(key)
        return Sent(receipt=", ".join(keys[:5]))

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.caller.close()


def partitions(message: Message) -> dict[str, list[ToldFinding]]:
    """The findings by the partition that they belong to: region, account, day of the move."""
    found: dict[str, list[ToldFinding]] = {}
    for each in message.findings:
        day = dt.datetime.fromtimestamp(each.at, tz=dt.UTC)
        where = f"region={each.resource.call_region}/accountId={each.resource.account}/eventDay={day:%Y%m%d}"
        found.setdefault(where, []).append(each)
    return found


def written(findings: Sequence[ToldFinding]) -> bytes:
    """Findings as OCSF, one event a line, compressed: the same bytes for the same findings."""
    return gzip.compress(b"".join(as_json(event(each.found)) + b"\n" for each in findings), mtime=0)


def _word(identity: str) -> str:
    return "".join(
        each if each.isascii() and (each.isalnum() or each in "-_.") else "-" for each in identity
    )[:200]


def _build(name: str, settings: S3Settings) -> S3Channel:
    return S3Channel(name, settings)


KIND = ChannelKind("s3", "a bucket of S3 (OCSF)", _build, whole=True, most=500)
