"""In which lane the calls of an audit are made."""

from __future__ import annotations

from liveaudit.aws.budget import Lane
from liveaudit.catalog.targets import SERVICE_TYPE
from liveaudit.store.clocks import CLOCK
from liveaudit.store.rejudging import POLICY
from liveaudit.store.work import Claim

_UNHURRIED = ("sweep", "gap", CLOCK, POLICY)


def lane_of(claim: Claim) -> Lane:
    """Sweeps yield, those that events make necessary too; what an event waits for as well does not."""
    sweeps = claim.resource.type == SERVICE_TYPE or all(each.kind in _UNHURRIED for each in claim.causes)
    return Lane.SWEEPS if sweeps else Lane.EVENTS
