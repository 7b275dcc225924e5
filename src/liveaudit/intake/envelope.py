"""From bytes to a checked event, or to the reason why not.

The envelope is EventBridge's (EventBridge User Guide, "Events delivered via CloudTrail"), the record CloudTrail's
(CloudTrail User Guide, "CloudTrail record contents").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from liveaudit.model import Actor, Event, Hello, LiveauditError

DETAIL_TYPE = "AWS API Call via CloudTrail"
SERVICE_DETAIL_TYPE = "AWS Service Event via CloudTrail"
"""Of what a service did by itself: a key that was rotated or deleted at its time."""
DETAIL_TYPES = (DETAIL_TYPE, SERVICE_DETAIL_TYPE)
HELLO_DETAIL_TYPE = "liveaudit hello"
TELLING_SOURCE = "liveaudit"
"""Of the events by which channels tell a bus of findings."""
HELLO_SOURCE = "liveaudit.hello-"
"""Before the number of the rule that lets the hello through."""
HELLO_NAME = "Hello"
MAX_RULES = 300
"""Rules on one event bus. Source: EventBridge quotas."""
MAX_BYTES = 1_100_000
_MAX_TEXT = 2048


class Flaw(StrEnum):
    """Why a message is kept in quarantine."""

    MALFORMED = "malformed"
    NOT_ENROLLED = "not enrolled"
    NOT_UNDERSTOOD = "not understood"
    FAULT = "a fault of ours"


class IntakeError(LiveauditError):
    """A message that cannot be taken in. ``field`` names what is wrong with it."""

    def __init__(self, flaw: Flaw, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}" if field else detail)
        self.flaw = flaw
        self.field = field


class _Envelope(msgspec.Struct, rename={"detail_type": "detail-type"}):
    source: str
    detail_type: str
    account: str
    region: str
    detail: msgspec.Raw
    id: str = ""
    time: str = ""


class _Record(msgspec.Struct, rename="camel"):
    event_source: str
    event_name: str
    aws_region: str
    event_time: str
    event_id: str = msgspec.field(name="eventID")
    recipient_account_id: str | None = None
    event_type: str | None = None
    event_category: str | None = None
    management_event: bool | None = None
    read_only: bool | str | None = None
    error_code: str | None = None
    user_identity: dict[str, Any] | None = None
    source_ip_address: str | None = msgspec.field(name="sourceIPAddress", default=None)
    user_agent: str | None = None
    request_parameters: Any = None
    response_elements: Any = None
    resources: Any = None
    additional_event_data: Any = None


class _HelloDetail(msgspec.Struct, rename="camel"):
    event_name: str
    nonce: str
    rule: int


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_record_decoder = msgspec.json.Decoder(_Record)
_hello_decoder = msgspec.json.Decoder(_HelloDetail)

ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"(?=.{1,32}\Z)[a-z]{2,8}(?:-[a-z]+){1,3}-[0-9]{1,2}[a-z]?")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,100}\.amazonaws\.com")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:-]{0,127}")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_NONCE = re.compile(r"[0-9a-f]{32}")


def decode_message(body: bytes | str) -> Event | Hello:
    """The event in an SQS message body: a CloudTrail record in its EventBridge envelope, or a hello of our own.

    Raises IntakeError.
    """
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if len(raw) > MAX_BYTES:
        raise IntakeError(Flaw.MALFORMED, "", f"{len(raw)} bytes, more than an event can have")
    try:
        envelope = _envelope_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IntakeError(Flaw.MALFORMED, "", f"no EventBridge envelope: {error}") from error
    if envelope.detail_type == HELLO_DETAIL_TYPE:
        return _hello(envelope)
    if envelope.detail_type not in DETAIL_TYPES:
        raise IntakeError(
            Flaw.NOT_UNDERSTOOD,
            "detail-type",
            f"{envelope.detail_type[:100]!r} is neither {' nor '.join(map(repr, DETAIL_TYPES))}",
        )
    if not envelope.source.startswith("aws."):
        raise IntakeError(Flaw.MALFORMED, "source", f"{envelope.source[:100]!r} is not an AWS service")
    _check(ACCOUNT, "account", envelope.account)
    event = decode_record(bytes(envelope.detail), account=envelope.account, bus_time=envelope.time)
    if event.account != envelope.account:
        raise IntakeError(
            Flaw.MALFORMED,
            "detail.recipientAccountId",
            f"{event.account} in an envelope of account {envelope.account}",
        )
    return event


def _hello(envelope: _Envelope) -> Hello:
    try:
        detail = _hello_decoder.decode(envelope.detail)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IntakeError(Flaw.MALFORMED, "detail", f"no hello: {error}") from error
    _check(ACCOUNT, "account", envelope.account)
    _check(REGION, "region", envelope.region)
    _check(_NONCE, "detail.nonce", detail.nonce)
    if detail.event_name != HELLO_NAME:
        raise IntakeError(Flaw.MALFORMED, "detail.eventName", f"{detail.event_name[:100]!r} is no hello")
    if not 1 <= detail.rule <= MAX_RULES:
        raise IntakeError(Flaw.MALFORMED, "detail.rule", f"{detail.rule!s:.20} is the number of no rule")
    if envelope.source != f"{HELLO_SOURCE}{detail.rule}":
        raise IntakeError(
            Flaw.MALFORMED, "source", f"{envelope.source[:100]!r} sends no hello through rule {detail.rule}"
        )
    return Hello(
        nonce=detail.nonce,
        account=envelope.account,
        region=envelope.region,
        rule=detail.rule,
        bus_time=_time("time", envelope.time) if envelope.time else None,
    )


def decode_record(raw: bytes | str, *, account: str = "", bus_time: str = "") -> Event:
    """The event in a CloudTrail record (JSON). ``account``: the envelope's, for records without one.

    Raises IntakeError naming the field.
    """
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")
    try:
        record = _record_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IntakeError(Flaw.MALFORMED, "detail", f"no CloudTrail record: {error}") from error
    identity = record.user_identity or {}
    owner = record.recipient_account_id or account or _text(identity.get("accountId"))
    _check(ACCOUNT, "detail.recipientAccountId", owner)
    _check(REGION, "detail.awsRegion", record.aws_region)
    _check(_SOURCE, "detail.eventSource", record.event_source)
    _check(_NAME, "detail.eventName", record.event_name)
    _check(_ID, "detail.eventID", record.event_id)
    category = record.event_category or ("Data" if record.management_event is False else "")
    return Event(
        id=record.event_id,
        source=record.event_source,
        name=record.event_name,
        account=owner,
        region=record.aws_region,
        time=_time("detail.eventTime", record.event_time),
        actor=_actor(record, identity),
        read_only=_only_reads(record),
        error_code=_text(record.error_code)[:200],
        request=_mapping("detail.requestParameters", record.request_parameters),
        response=_mapping("detail.responseElements", record.response_elements),
        resources=_resources(record.resources),
        user_identity=identity,
        additional=record.additional_event_data if isinstance(record.additional_event_data, dict) else {},
        bus_time=_time("time", bus_time) if bus_time else None,
        category=category,
    )


def _only_reads(record: _Record) -> bool:
    """CloudTrail's own flag; records of before it existed (2018) are told by their name."""
    if record.read_only is None:
        return record.event_name.startswith(("Describe", "Get", "List", "Head", "Lookup", "BatchGet"))
    return record.read_only in (True, "true", "True")


def _check(pattern: re.Pattern[str], field: str, value: str) -> None:
    if not pattern.fullmatch(value):
        raise IntakeError(Flaw.MALFORMED, field, f"{value[:100]!r} is not of the form {pattern.pattern}")


def _time(field: str, value: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise IntakeError(Flaw.MALFORMED, field, f"{value[:100]!r} is no ISO 8601 time") from error
    if time.tzinfo is None:
        raise IntakeError(Flaw.MALFORMED, field, f"{value[:100]!r} has no time zone")
    try:
        return time.astimezone(dt.UTC)
    except OverflowError as error:
        raise IntakeError(Flaw.MALFORMED, field, f"{value[:100]!r} is out of range") from error


def _mapping(field: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise IntakeError(Flaw.MALFORMED, field, f"expected an object, got {type(value).__name__}")
    return value


def _resources(value: Any) -> tuple[Mapping[str, Any], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise IntakeError(Flaw.MALFORMED, "detail.resources", "expected a list of objects")
    return tuple(value)


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _actor(record: _Record, identity: Mapping[str, Any]) -> Actor:
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    return Actor(
        type=_text(identity.get("type")),
        arn=_text(identity.get("arn")) or _text(identity.get("invokedBy")),
        account=_text(identity.get("accountId")),
        principal_id=_text(identity.get("principalId")),
        issuer=_text(issuer.get("arn")) if isinstance(issuer, dict) else "",
        source_ip=_text(record.source_ip_address),
        user_agent=_text(record.user_agent),
    )
