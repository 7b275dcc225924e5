"""A bucket of S3: OCSF events, in the partitions that Security Lake expects of a source, as JSON lines or Parquet.

An object for each account, region and day of a message, under a key that comes of the message: sent again, it is the same.
Source of the partitions: Security Lake User Guide, "Partitioning requirements for ingesting custom sources".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from liveaudit.aws.caller import AMBIENT, AwsCaller, ClosingCaller, RoleToAssume
from liveaudit.deliver.channels.aws import ask
from liveaudit.deliver.channels.interface import (
    ChannelError,
    ChannelKind,
    Message,
    Request,
    Sent,
    ToldFinding,
)
from liveaudit.deliver.formats import security_lake
from liveaudit.deliver.formats.ocsf import event
from liveaudit.deliver.interface import Found
from liveaudit.deliver.shapes import as_json
from liveaudit.deliver.times import seconds
from liveaudit.settings.shape_of_channel_kinds import S3Settings

_GATHERED = 300.0
"""Seconds: Security Lake wants an object of a source no more often, unless it is large."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How objects are written. ``headers``: what S3 is told of them; ``rows``: what is in them; ``pack``: that, as bytes."""

    suffix: str
    headers: Mapping[str, str]
    rows: Callable[[Iterable[Found]], list[dict[str, Any]]]
    pack: Callable[[list[dict[str, Any]]], bytes]


@dataclass(slots=True)
class S3Channel:
    """Writes to one bucket, by a role or with the ambient credentials."""

    name: str
    settings: S3Settings
    caller: ClosingCaller = field(default_factory=AwsCaller)

    async def send(self, message: Message) -> Sent:
        """See :class:`~liveaudit.deliver.channels.interface.Channel`."""
        form = FORMS[self.settings.format]
        who = account_of(self.settings.role)
        keys = []
        for params, rows in self.objects(message):
            body = await asyncio.to_thread(form.pack, rows)
            given = {**params, "Body": body}
            await ask(self.caller, who, self.settings.region, "s3", "PutObject", given)
            keys.append(params["Key"])
        return Sent(receipt=", ".join(keys[:5]))

    def objects(self, message: Message) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """What PutObject is given for each object but its body, and the rows of that."""
        form = FORMS[self.settings.format]
        for partition, findings in partitions(message, self.settings).items():
            key = f"{self.settings.prefix}{partition}/{_word(message.id)}.{form.suffix}"
            params = {"Bucket": self.settings.bucket, "Key": key, **form.headers}
            yield params, form.rows(each.stood for each in findings)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.caller.close()


def account_of(role: str) -> str:
    """The account of the role that writes; without one the ambient credentials do."""
    return role.split(":")[4] if role else AMBIENT


def partitions(message: Message, settings: S3Settings) -> dict[str, list[ToldFinding]]:
    """The findings by the partition that they belong to: region, account, day of the move.

    Security Lake's region is that of the bucket; the event tells that of the resource.
    """
    found: dict[str, list[ToldFinding]] = {}
    for each in message.findings:
        day = dt.datetime.fromtimestamp(each.at, tz=dt.UTC)
        region = settings.region if settings.format == "parquet" else each.resource.call_region
        where = f"region={region}/accountId={each.resource.account}/eventDay={day:%Y%m%d}"
        found.setdefault(where, []).append(each)
    return found


def _events(found: Iterable[Found]) -> list[dict[str, Any]]:
    return [event(each) for each in found]


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return gzip.compress(b"".join(as_json(each) + b"\n" for each in rows), mtime=0)


FORMS: Mapping[str, _Form] = MappingProxyType(
    {
        "jsonl": _Form(
            "jsonl.gz",
            {"ContentType": "application/x-ndjson", "ContentEncoding": "gzip"},
            _events,
            _lines,
        ),
        "parquet": _Form(
            security_lake.SUFFIX,
            {"ContentType": security_lake.MEDIA_TYPE},
            security_lake.rows,
            security_lake.packed,
        ),
    }
)


def _word(identity: str) -> str:
    return "".join(
        each if each.isascii() and (each.isalnum() or each in "-_.") else "-" for each in identity
    )[:200]


def _build(name: str, settings: S3Settings) -> S3Channel:
    if settings.format == "parquet":
        try:
            security_lake.load()
        except security_lake.NoParquetError as error:
            raise ChannelError(f"s3.format is parquet, and {error}") from error
    if not settings.role:
        return S3Channel(name, settings)
    role = RoleToAssume(settings.role, settings.external_id)
    return S3Channel(name, settings, AwsCaller({account_of(settings.role): role}))


def _gather(settings: Any) -> float:
    if not settings.gather:
        return _GATHERED if settings.format == "parquet" else 0.0
    return seconds(settings.gather)


def _requests(channel: S3Channel, message: Message) -> list[Request]:
    return [Request("s3:PutObject", {**params, "Body": rows}) for params, rows in channel.objects(message)]


KIND = ChannelKind(
    "s3", "a bucket of S3 (OCSF)", _build, whole=True, most=500, gather=_gather, requests=_requests
)
