"""A made-up event history of CloudTrail: every event that is asked for is there, with what an attacker or a careless person put in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.answers import Answers

SECRETS = {
    "masterUserPassword": "$uper-Hunter2",
    "userData": "IyEvYmluL3NoCmV4cG9ydCBBPWI=",
    "environment": {"variables": {"REGION_OF_SHOP": "plainly-written"}},
    "authToken": "letmein-please",
    "note": "call https://ann:hushhush@example.com/ now",
}
"""Fields of a request, of which each value holds a secret."""
HIDDEN = ("$uper-Hunter2", "IyEvYmluL3NoCmV4cG9ydCBBPWI=", "plainly-written", "letmein-please", "hushhush")


def record(event_id: str, account: str, region: str, **request: Any) -> dict[str, Any]:
    """A CloudTrail record."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "accountId": account, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
        "eventTime": "2027-01-15T07:40:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketAcl",
        "awsRegion": region,
        "requestParameters": {"bucketName": "shop-photos", **request},
        "responseElements": None,
        "eventID": event_id,
        "recipientAccountId": account,
    }


def answer(*records: Mapping[str, Any]) -> dict[str, Any]:
    """How LookupEvents tells them."""
    return {"Events": [{"EventId": each["eventID"], "CloudTrailEvent": json.dumps(each)} for each in records]}


@dataclass
class Door(Answers):
    """A door to an AWS that has every event. ``request``: what is in each of them; ``answers``: what it says instead."""

    answers: dict[Any, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=lambda: SECRETS)

    def __post_init__(self) -> None:
        self.answers.setdefault("LookupEvents", self._found)

    def _found(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        (attribute,) = params["LookupAttributes"]
        assert attribute["AttributeKey"] == "EventId"
        return answer(record(attribute["AttributeValue"], account, region, **self.request))
