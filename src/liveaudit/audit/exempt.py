"""What an exemption does to a finding that an audit leaves as it is: it suppresses, hands over, lets go."""

from __future__ import annotations

from sqlalchemy import Connection

from liveaudit.policies.rulebook import Exemption
from liveaudit.store.decisions import decide
from liveaudit.store.exempted import hand_over
from liveaudit.store.life import Decision, by_exemption, is_exemption
from liveaudit.store.lifecycle import Standing

_OVER = "the exemption counts no longer"


def hold(connection: Connection, found: Standing, exemption: Exemption | None, now: float) -> None:
    """Bring a standing finding together with what exempts it now (None: nothing does)."""
    held = is_exemption(found.decided_by)
    if exemption is None:
        if held:
            decide(connection, [found.id], Decision.REOPEN, by=found.decided_by, reason=_OVER, now=now)
        return
    by = by_exemption(exemption.id)
    if found.status.is_open:
        decide(connection, [found.id], Decision.SUPPRESS, by=by, reason=exemption.reason, now=now)
    elif held and found.decided_by != by:
        hand_over(connection, found.id, by)
