"""What stands of each policy, counted: its verdicts by outcome, and its open findings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, literal_column, select

from liveaudit.frameworks.state import Tally
from liveaudit.model import OPEN, Outcome
from liveaudit.store.schema import findings, resources, verdicts


def tally(connection: Connection, *, account: str = "", region: str = "") -> dict[str, Tally]:
    """What stands, by policy id; ``account`` and ``region`` narrow it down to theirs.

    What policies say that judge silently does not count.
    """

    def narrowed(query: Select[Any], key: Any) -> Select[Any]:
        if not account and not region:
            return query
        query = query.join(resources, resources.c.id == key)
        if account:
            query = query.where(resources.c.account == account)
        return query.where(resources.c.region == region) if region else query

    number = func.count().label("number")
    judged = narrowed(
        select(verdicts.c.policy, verdicts.c.outcome, number).group_by(verdicts.c.policy, verdicts.c.outcome),
        verdicts.c.resource_id,
    )
    # of one account few are open: no index of status is to lead to them by way of all the others
    status = findings.c.status.concat("") if account else findings.c.status
    open_ones = narrowed(
        select(findings.c.policy, findings.c.status, number)
        .where(status.in_(OPEN))
        .group_by(findings.c.policy, findings.c.status),
        findings.c.resource_id,
    )
    outcomes: dict[str, dict[Outcome, int]] = {}
    for policy, outcome, count in connection.execute(judged):
        outcomes.setdefault(policy, {})[Outcome(outcome)] = count
    # few are staged: to take them away is faster than to leave them out
    for policy, outcome, count in connection.execute(judged.where(verdicts.c.staged == literal_column("1"))):
        outcomes[policy][Outcome(outcome)] -= count
        if not outcomes[policy][Outcome(outcome)]:
            del outcomes[policy][Outcome(outcome)]
    standing: dict[str, int] = {}
    for policy, _, count in connection.execute(open_ones):
        standing[policy] = standing.get(policy, 0) + count
    return {
        policy: Tally(outcomes.get(policy, {}), standing.get(policy, 0))
        for policy in outcomes.keys() | standing.keys()
    }
