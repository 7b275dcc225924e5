"""A hello: what is sent, from where, and what AWS says to it.

``PutEvents`` on each publisher's own default bus, one entry a rule. From there it goes the very way that a change
goes. Source: EventBridge API reference, "PutEvents" (up to 10 entries; each may fail by itself).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.intake.envelope import HELLO_DETAIL_TYPE, HELLO_NAME, HELLO_SOURCE
from liveaudit.provision import names
from liveaudit.store.hellos import Sent

BATCH = 10
"""Entries in one call of PutEvents."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A hello that did not even reach the publisher's bus, and why. ``denied``: a permission is missing."""

    nonce: str
    reason: str
    denied: bool = False


def entry(hello: Sent) -> dict[str, Any]:
    """The entry of ``PutEvents`` for one hello."""
    detail = {"eventName": HELLO_NAME, "nonce": hello.nonce, "rule": hello.rule, "sentAt": hello.sent_at}
    return {
        "EventBusName": names.BUS,
        "Source": f"{HELLO_SOURCE}{hello.rule}",
        "DetailType": HELLO_DETAIL_TYPE,
        "Detail": json.dumps(detail),
    }


async def put(caller: Caller, hellos: Sequence[Sent]) -> list[Refusal]:
    """Send hellos of one account and region. Returns those that were not taken."""
    refused: list[Refusal] = []
    for start in range(0, len(hellos), BATCH):
        refused += await _put(caller, hellos[start : start + BATCH])
    return refused


async def _put(caller: Caller, hellos: Sequence[Sent]) -> list[Refusal]:
    account, region = hellos[0].account, hellos[0].region
    try:
        answer = await caller.call(
            account, region, "events", "PutEvents", {"Entries": [entry(each) for each in hellos]}
        )
    except AwsCallError as error:
        denied = error.kind is Kind.DENIED
        reason = f"{error.code}: {error.message}"
        if denied:
            role = "the audit role may not events:PutEvents on its own default bus"
            reason = f"{role} ({reason}); its document allows it: liveaudit iam --account {account}"
        return [Refusal(each.nonce, reason[:500], denied) for each in hellos]
    results: Sequence[Mapping[str, Any]] = answer.get("Entries") or ()
    refused = []
    for number, each in enumerate(hellos):
        result = results[number] if number < len(results) else {"ErrorCode": "NoAnswer"}
        if result.get("ErrorCode"):
            reason = f"{result['ErrorCode']}: {result.get('ErrorMessage') or 'AWS says no more'}"
            refused.append(Refusal(each.nonce, reason[:500]))
    return refused
