"""A store with a day of a small company in it, the same in every run: sown through the way in and the way audits are recorded.

Nothing is written into tables by hand. Messages are sorted and stored as a worker does it, what they make due is claimed
and recorded with the verdicts of the real policies; only the reading is told by the test, and so is the time.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.audit.judge import judge
from liveaudit.audit.outcome import Audit
from liveaudit.audit.reading import ABSENT, Reading, ResourceReading, State
from liveaudit.audit.record import Recorder
from liveaudit.audit.settled import Settled
from liveaudit.intake.sort import Message, sort_messages
from liveaudit.intake.take import store_sorted
from liveaudit.model import Cause, Resource
from liveaudit.policies.policy import Context
from liveaudit.services import load
from liveaudit.store import meter, work
from liveaudit.store.database import Database
from liveaudit.store.work import EVENT_PRIORITY, SWEEP_PRIORITY, Claim, Due

NOW = 1_800_000_000.0
"""Friday, 15 January 2027, 08:00 UTC."""
SECURITY, SHOP, PAYMENTS = "111111111111", "222222222222", "333333333333"
EU, US = "eu-west-1", "us-east-1"
SETTINGS = f"""\
receiver: "{SECURITY}"
accounts:
  - {{id: "{SECURITY}", name: security}}
  - {{id: "{SHOP}", name: shop}}
  - {{id: "{PAYMENTS}", name: payments}}
external_id: a-word-of-the-tests
regions: [{US}, {EU}]
channels:
  - {{name: security-team, slack: {{url: "env:SLACK_URL"}}, at_most: 30/h}}
  - {{name: journal, file: {{path: told.jsonl}}}}
routes:
  - {{name: what cannot wait, severities: [critical, high], tell: [security-team]}}
  - {{name: everything, tell: [journal]}}
"""
_NAMES = uuid.UUID("7d0a2f6e-8a2b-4f5d-9f0e-2a3c4b5d6e7f")


@dataclass(frozen=True, slots=True)
class By:
    """Who makes a change, as CloudTrail tells it."""

    arn: str
    kind: str = "AssumedRole"
    address: str = "203.0.113.17"
    agent: str = "aws-cli/2.31.4 md/awscrt#0.28.2 ua/2.1 os/linux#6.12 lang/python#3.13.7"


@dataclass
class Sower:
    """Sows a store, in the order in which things happened. ``at``: the time of what is sown now.

    ``name``: makes ids other than those of another sower of the same store.
    """

    database: Database
    at: float = NOW
    name: str = "day"
    _known: dict[Resource, dict[str, Any]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _meter: meter.Meter = field(default_factory=meter.Meter)

    def __post_init__(self) -> None:
        self.catalog, self.policies = load()
        self._recorder = Recorder(self.catalog, self.policies, lambda: self.at, self._new_id)

    def _number(self, what: str) -> int:
        self._numbers[what] = self._numbers.get(what, 0) + 1
        return self._numbers[what]

    def _new_id(self) -> str:
        return str(uuid.uuid5(_NAMES, f"{self.name} finding {self._number('finding')}"))

    def swept(self, resource: Resource, sections: Mapping[str, Any]) -> None:
        """A sweep finds a resource as it is. A section of None is not configured; a string instead of a value: unknown."""
        cause = Cause("sweep:first", "sweep")
        self._known[resource] = dict(sections)
        due = Due(resource, self.catalog.arn(resource), cause, SWEEP_PRIORITY)
        self.database.submit(lambda c: work.add_due(c, [due], self.at)).result()
        self._audit_all({})

    def changed(
        self, resource: Resource, sections: Mapping[str, Any], event: str, by: By, **given: Any
    ) -> None:
        """Somebody changes a resource: an event comes, and the resource is read as ``sections`` tell (others stay).

        ``given``: the event's ``request``, ``source`` and the ``late``-ness in seconds of its way.
        """
        self._known.setdefault(resource, {}).update(sections)
        service = given.get("source") or self.catalog.types[resource.type].service
        body = self.event(
            resource.account, resource.call_region, service, event, by, given.get("request") or {}
        )
        hops = self.received(json.dumps(body), late=given.get("late", 1.4))
        self._audit_all(hops)

    def event(
        self, account: str, region: str, service: str, name: str, by: By, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """An event of now, in EventBridge's envelope."""
        when = dt.datetime.fromtimestamp(int(self.at), tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = self._number("event")
        return {
            "version": "0",
            "id": str(uuid.uuid5(_NAMES, f"{self.name} envelope {number}")),
            "detail-type": "AWS API Call via CloudTrail",
            "source": f"aws.{service}",
            "account": account,
            "time": when,
            "region": region,
            "resources": [],
            "detail": {
                "eventVersion": "1.11",
                "userIdentity": {
                    "type": by.kind,
                    "arn": by.arn,
                    "accountId": account,
                    "principalId": "AROAEXAMPLE:session",
                },
                "eventTime": when,
                "eventSource": f"{service}.amazonaws.com",
                "eventName": name,
                "awsRegion": region,
                "sourceIPAddress": by.address,
                "userAgent": by.agent,
                "requestParameters": dict(request),
                "responseElements": None,
                "eventID": str(uuid.uuid5(_NAMES, f"{self.name} event {number}")),
                "readOnly": False,
                "eventType": "AwsApiCall",
                "managementEvent": True,
                "recipientAccountId": account,
                "eventCategory": "Management",
            },
        }

    def received(self, body: str, *, late: float = 1.4, region: str = EU) -> dict[str, float]:
        """A message is received and stored. Gives the times of its way."""
        made = float(int(self.at))
        sent, received = made + late * 0.7, made + late
        message = Message(
            f"{self.name}-{self._number('message'):04}",
            f"{region}/liveaudit",
            "receipt",
            body,
            sent,
            received,
        )
        batch = sort_messages(self.catalog, {SECURITY, SHOP, PAYMENTS}, [message])
        self.at = received + 0.03
        self.database.submit(lambda c: store_sorted(c, batch, self.at)).result()
        self._meter.taken_in(batch.seen, self.at)
        return {"event": made, "sent": sent, "received": received}

    def _audit_all(self, hops: Mapping[str, float]) -> None:
        """Audit all that is due, and list nothing."""
        lane = (EVENT_PRIORITY, SWEEP_PRIORITY)
        while True:
            claims = self.database.submit(
                lambda c: work.claim(
                    c, owner="sower", now=self.at + 60, lease_seconds=60, limit=50, lane=lane
                )
            ).result()
            if not claims:
                break
            for each in claims:
                self._audit(each)
        fresh = self._meter.fresh()
        self.database.submit(lambda c: meter.put_down(c, fresh, self.at)).result()

    def _audit(self, claim: Claim) -> None:
        claimed = self.at + 0.02
        known = self._known.get(claim.resource)
        if known is None:
            reading = ResourceReading(claim.resource, gone=True)
        else:
            rows = self.catalog.types[claim.resource.type].sections
            reading = ResourceReading(
                claim.resource, {name: _reading(known.get(name)) for name in rows}, present=True
            )
        times = {"claimed": claimed, "read": claimed + 0.11, "judged": claimed + 0.112}
        made = dt.datetime.fromtimestamp(self.at, tz=dt.UTC)
        verdicts = judge(
            self.policies.of(claim.resource.type) if known is not None else (),
            reading,
            now=made,
            context=Context(),
            report=lambda policy, _reading, error: _broken(policy.id, error),
        )
        settled = Settled(reading)
        event_at = [each.made_at for each in claim.causes if each.made_at is not None]
        if event_at:
            settled.newest = max(event_at)
            settled.event_at = {name: max(event_at) for cause in claim.causes for name in cause.sections}
        audit = Audit(claim, reading, verdicts, times, claim.order, claimed, settled)
        self.at = times["judged"] + 0.004
        self.database.submit(lambda c: self._recorder.record(c, audit)).result()
        audit.measure(self._meter, self.at)


def _reading(value: Any) -> Reading:
    if value is None:
        return ABSENT
    if isinstance(value, Unread):
        return Reading(State.UNKNOWN, reason=value.reason)
    return Reading(State.VALUE, value)


@dataclass(frozen=True, slots=True)
class Unread:
    """A section that could not be read."""

    reason: str


def _broken(policy: str, error: Exception) -> None:
    raise AssertionError(f"{policy} breaks on what was sown") from error
