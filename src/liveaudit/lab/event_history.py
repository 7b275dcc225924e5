"""CloudTrail's event history: what LookupEvents tells of the events that the lab has recorded. moto does not have it.

Source: CloudTrail API Reference, "LookupEvents", "Event", "LookupAttribute". Not told are read-only events, which the lab does not record.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.lab.answers import Answer, CallRefused, refuse, render
from liveaudit.lab.calls import Call

KEPT = 5000
"""Events of an account and region that are kept; AWS keeps them for 90 days."""
PAGE = 50
_LONGEST_VALUE = 2000


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record, and from when on it is told (seconds of the clock)."""

    record: Mapping[str, Any]
    at: float


class EventHistory:
    """The events of every account and region. ``delay``: seconds after which an event is told."""

    def __init__(self, delay: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._delay = delay
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], deque[_Kept]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Keep a CloudTrail record."""
        place = record["recipientAccountId"], record["awsRegion"]
        with self._lock:
            self._kept.setdefault(place, deque(maxlen=KEPT)).append(_Kept(record, self._clock()))

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()

    def answer(self, call: Call) -> Answer | None:
        """The answer to LookupEvents, None for every other call."""
        if (call.service, call.operation) != ("cloudtrail", "LookupEvents"):
            return None
        try:
            return render(call, self._looked_up(call.account, call.region, call.params()))
        except CallRefused as refused:
            return refuse(call, refused)

    def _looked_up(self, account: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        size = params.get("MaxResults", PAGE)
        if not 1 <= size <= PAGE:
            raise CallRefused("InvalidMaxResultsException", f"MaxResults is from 1 to {PAGE}, not {size}")
        key, value = _attribute(params)
        begin, end = params.get("StartTime"), params.get("EndTime")
        if begin is not None and end is not None and begin > end:
            raise CallRefused("InvalidTimeRangeException", "StartTime is after EndTime")
        start = _start(params)
        found = [
            told
            for record in self._newest_first(account, region)
            if _is_within(told := _event(record), begin, end) and _has(told, key, value)
        ]
        answer: dict[str, Any] = {"Events": found[start : start + size]}
        if start + size < len(found):
            answer["NextToken"] = _token(start + size, params)
        return answer

    def _newest_first(self, account: str, region: str) -> list[Mapping[str, Any]]:
        until = self._clock() - self._delay()
        with self._lock:
            kept = [each.record for each in self._kept.get((account, region), ()) if each.at <= until]
        # of those of one second the last that was made comes first, too
        kept.reverse()
        kept.sort(key=lambda each: str(each["eventTime"]), reverse=True)
        return kept


def _attribute(params: Mapping[str, Any]) -> tuple[str, str]:
    """What is asked for; empty: everything."""
    given = params.get("LookupAttributes") or []
    if len(given) > 1:
        raise CallRefused("InvalidLookupAttributesException", "You can specify only one lookup attribute")
    if not given:
        return "", ""
    key, value = str(given[0].get("AttributeKey", "")), str(given[0].get("AttributeValue", ""))
    if key not in (*_KEYS, *_OF_RESOURCES) or not 0 < len(value) <= _LONGEST_VALUE:
        raise CallRefused("InvalidLookupAttributesException", f"{key!r} is no attribute, or has no value")
    return key, value


def _event(record: Mapping[str, Any]) -> dict[str, Any]:
    identity = record.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    name = identity.get("userName") or issuer.get("userName") or identity.get("type")
    if identity.get("type") == "AssumedRole":
        name = str(identity.get("arn", "")).rpartition("/")[2] or name
    told = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": "true" if record.get("readOnly") else "false",
        "AccessKeyId": identity.get("accessKeyId"),
        "EventTime": dt.datetime.fromisoformat(record["eventTime"]),
        "EventSource": record["eventSource"],
        "Username": name,
        "Resources": [
            {"ResourceType": each.get("type"), "ResourceName": each.get("ARN")}
            for each in record.get("resources") or ()
        ],
        "CloudTrailEvent": json.dumps(record),
    }
    return {key: value for key, value in told.items() if value is not None}


_KEYS = ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId")
_OF_RESOURCES = ("ResourceType", "ResourceName")


def _has(told: Mapping[str, Any], key: str, value: str) -> bool:
    if key in _OF_RESOURCES:
        return any(each[key] == value for each in told["Resources"])
    return not key or told.get(key) == value


def _is_within(told: Mapping[str, Any], begin: Any, end: Any) -> bool:
    at = told["EventTime"].timestamp()
    return (begin is None or _seconds(begin) <= at) and (end is None or at <= _seconds(end))


def _seconds(given: Any) -> float:
    return float(given.timestamp() if isinstance(given, dt.datetime) else given)


def _asked(params: Mapping[str, Any]) -> str:
    """What a token is bound to: it goes with the parameters of the call that gave it."""
    return json.dumps(
        [params.get(name) for name in ("LookupAttributes", "StartTime", "EndTime")], default=str
    )


def _token(start: int, params: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{start} {_asked(params)}".encode()).decode()


def _start(params: Mapping[str, Any]) -> int:
    token = params.get("NextToken")
    if not token:
        return 0
    try:
        number, _, asked = base64.urlsafe_b64decode(str(token).encode()).decode().partition(" ")
    except (ValueError, binascii.Error):
        number, asked = "", ""
    if not number.isdigit() or asked != _asked(params):
        raise CallRefused("InvalidNextTokenException", "the token is of another call, or no token")
    return int(number)
