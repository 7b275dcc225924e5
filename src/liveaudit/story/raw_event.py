"""The raw event behind a change: looked up in CloudTrail's event history when somebody asks, masked, and kept nowhere.

Sources: CloudTrail API Reference, "LookupEvents" (90 days; two requests a second, account and region); User Guide, "Working with
CloudTrail event history", "CloudTrail record contents" (256 KB).
"""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.policies.masking import mask
from liveaudit.provision.preflight import remedy
from liveaudit.provision.preflight.denial import Refuser, denial_of
from liveaudit.store import codec
from liveaudit.text import duration

ACTION = "cloudtrail:LookupEvents"
KEPT = 90 * 86_400.0
"""Seconds for which the event history has an event."""
LATE = 15 * 60.0
"""Seconds after which an event is there at the latest."""
LONGEST = 400_000
"""Characters of a record; CloudTrail cuts fields so that it has 256 KB at most."""
_APART = 0.5
"""Seconds between two look-ups in an account and region."""
_PAUSES = (0.6, 1.2)
"""Seconds before a look-up that was throttled is tried again."""
_LONGEST_WAIT = 5.0
_MOST_PAGES = 3
_LATER = 60
"""Seconds after which it is worth asking again for an event that is not there yet."""


class Why(StrEnum):
    """Why there is no raw event to be shown."""

    NOT_YET = "not there yet"
    TOO_OLD = "too old"
    NOT_THERE = "not there"
    DENIED = "not permitted"
    THROTTLED = "throttled"
    UNAVAILABLE = "no answer"
    UNREADABLE = "not readable"
    NO_SETTINGS = "no settings"


@dataclass(frozen=True, slots=True)
class Asked:
    """The event that is wanted, and whose CloudTrail recorded it, where. ``at``: Unix seconds, None: not known."""

    account: str
    region: str
    event_id: str
    at: float | None = None

    @property
    def command(self) -> str:
        """What shows it with the account's own credentials."""
        attribute = f"AttributeKey=EventId,AttributeValue={self.event_id}"
        words = ("aws", "cloudtrail", "lookup-events", "--region", self.region)
        return shlex.join([*words, "--lookup-attributes", attribute])


@dataclass(frozen=True, slots=True)
class Found:
    """The event, without its secrets. ``masked``: where something was taken out, and what it was."""

    event: Mapping[str, Any]
    masked: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it is shown: in CloudTrail's order."""
        return json.dumps(self.event, indent=2, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """There is none to be shown. ``told``: why; ``advice``: what to do, ``command`` with it.

    ``again``: seconds after which it may be there, None: asking again is of no use.
    """

    why: Why
    told: str
    advice: str
    command: str = ""
    again: int | None = None


@dataclass(slots=True)
class Pace:
    """Keeps look-ups of one account and region apart. ``clock``: seconds that only grow."""

    clock: Callable[[], float]
    _next: dict[tuple[str, str], float] = field(default_factory=dict)

    def wait(self, account: str, region: str) -> float | None:
        """Seconds until the look-up may be made; None: too many wait already."""
        now = self.clock()
        self._next = {place: at for place, at in self._next.items() if at > now}
        at = max(now, self._next.get((account, region), now))
        if at - now > _LONGEST_WAIT:
            return None
        self._next[account, region] = at + _APART
        return at - now


async def look_up(
    caller: Caller,
    asked: Asked,
    *,
    now: float,
    pace: Pace,
    sleep: Callable[[float], Awaitable[None]],
) -> Found | Missing:
    """The event, or why it cannot be shown. ``now``: Unix seconds."""
    age = None if asked.at is None else max(0.0, now - asked.at)
    if age is not None and age > KEPT:
        return _too_old(age)
    token, others = "", False
    for _ in range(_MOST_PAGES):
        answer = await _ask(caller, asked, token, pace, sleep)
        if isinstance(answer, Missing):
            return answer
        for each in answer.get("Events") or ():
            # a long hostile record takes seconds to look through, and others share this loop
            found = await asyncio.to_thread(_read, str(each.get("CloudTrailEvent") or ""), asked)
            if found is not None:
                return found
            others = True
        token = str(answer.get("NextToken") or "")
        if not token:
            break
    return _absent(asked, age, others=others)


def told(asked: Asked, found: Found) -> dict[str, Any]:
    """The event as plain data: for the API and for commands that print JSON."""
    return {
        "event_id": asked.event_id,
        "account": asked.account,
        "region": asked.region,
        "event": found.event,
        "masked": list(found.masked),
    }


def outcome(asked: Asked, found: Found | Missing) -> str:
    """What a look came to, for the audit log."""
    came_to = "shown" if isinstance(found, Found) else found.why.value
    return f"{asked.event_id} of account {asked.account} in {asked.region}: {came_to}"


async def _ask(
    caller: Caller, asked: Asked, token: str, pace: Pace, sleep: Callable[[float], Awaitable[None]]
) -> Mapping[str, Any] | Missing:
    wanted = [{"AttributeKey": "EventId", "AttributeValue": asked.event_id}]
    params: dict[str, Any] = {"LookupAttributes": wanted, **({"NextToken": token} if token else {})}
    for pause in (*_PAUSES, None):
        wait = pace.wait(asked.account, asked.region)
        if wait is None:
            return _throttled(asked, "others are being looked up there")
        await sleep(wait)
        try:
            return await caller.call(
                asked.account, asked.region, "cloudtrail", "LookupEvents", params, pages=False
            )
        except AwsCallError as error:
            if error.kind is not Kind.THROTTLED:
                return _refused(asked, error)
            if pause is None:
                break
        await sleep(pause)
    return _throttled(asked, "it was throttled each time")


def _read(text: str, asked: Asked) -> Found | Missing | None:
    """The event in a record; None: it is another one."""
    if len(text) > LONGEST:
        return _unreadable(f"the record has {len(text):,} characters; at most {LONGEST:,} are shown")
    try:
        record = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return _unreadable("what the event history has of it is no JSON that can be read")
    if not isinstance(record, dict) or record.get("eventID") != asked.event_id:
        return None
    identity = record.get("userIdentity")
    account = record.get("recipientAccountId") or (
        identity.get("accountId") if isinstance(identity, dict) else None
    )
    if account != asked.account:
        return None
    masked = mask(record)
    return Found(codec.plain(masked.value), tuple(codec.plain(each) for each in masked.places))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _too_old(age: float) -> Missing:
    return Missing(
        Why.TOO_OLD,
        f"CloudTrail's event history keeps an event for 90 days, and this one was made {duration(age)} ago.",
        "A trail that writes to S3, or an event data store of CloudTrail Lake, may still have it.",
    )


def _absent(asked: Asked, age: float | None, *, others: bool) -> Missing:
    if age is not None and age < LATE:
        return Missing(
            Why.NOT_YET,
            f"CloudTrail's event history shows an event up to 15 minutes late, and this one was made {duration(age)} ago.",
            "Look again in a few minutes.",
            again=_LATER,
        )
    what = "answers with another event, which is not shown" if others else "has no event of this id"
    return Missing(
        Why.NOT_THERE,
        f"CloudTrail's event history of account {asked.account} in {asked.region} {what}.",
        "A trail that writes to S3, or an event data store of CloudTrail Lake, may have it; events of data, of networks and of "
        "what AWS did by itself are not in the event history.",
    )


def _throttled(asked: Asked, why: str) -> Missing:
    return Missing(
        Why.THROTTLED,
        f"CloudTrail takes two look-ups a second in account {asked.account} and {asked.region}, and {why}.",
        "Look again in a moment.",
        again=5,
    )


def _unreadable(told: str) -> Missing:
    return Missing(
        Why.UNREADABLE, f"The event is not shown: {told}.", "The command below shows it as it stands."
    )


def _refused(asked: Asked, error: AwsCallError) -> Missing:
    said = f"({error.code}: {error.message})"[:400]
    if error.kind is not Kind.DENIED:
        return Missing(
            Why.UNAVAILABLE,
            f"CloudTrail in account {asked.account} and {asked.region} gave no answer {said}.",
            "The check of the set-up (liveaudit setup check) tells what is in the way; then look again.",
            again=_LATER if error.kind.passing else None,
        )
    if error.operation.startswith("AssumeRole"):
        return Missing(
            Why.DENIED,
            f"Account {asked.account} cannot be entered {said}.",
            "The check of the set-up tells why, and who has to do what:",
            remedy.command("liveaudit", "setup", "check"),
        )
    if denial_of(error.message).refuser is Refuser.ORGANIZATION:
        return Missing(
            Why.DENIED,
            f"A policy of the organization does not let liveaudit {ACTION} in account {asked.account} {said}.",
            "Whoever administers the AWS organization can change that.",
        )
    return Missing(
        Why.DENIED,
        f"The audit role of account {asked.account} may not {ACTION} {said}.",
        "The owner of the account gives it that permission (optional, everything else works without it), best by making the "
        "documents anew:",
        remedy.make_documents(asked.account),
    )
