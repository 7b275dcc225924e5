"""From transitions to letters: what happened since the last look, held against the routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from liveaudit.catalog.catalog import Catalog
from liveaudit.deliver.channels.interface import Kind
from liveaudit.deliver.plan import Plan, cause_of
from liveaudit.deliver.routes import MOST_AGAIN, Case, case_of, kind_of
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.policies.tags import tags_of
from liveaudit.store import outbox

MOST_MOVES = 500
"""Transitions that one transaction routes."""
TOO_OLD = 7 * 86_400.0
"""Seconds after which nobody wants to be told any more: all workers stood still, or there was no channel for so long."""
OVERDUE_EVERY = 30.0
"""Seconds between two looks at due dates."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What a step came to: how many transitions were looked at, and the channels for which there is something new."""

    moves: int
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Router:
    """Writes letters. Of several at once one works, and the others go on where it ended."""

    policies: PolicyRegistry
    catalog: Catalog

    def step(self, connection: Connection, plan: Plan, now: float) -> Routed:
        """Route what comes next, in this transaction: the letters and the place up to which they are written."""
        place = outbox.begin(connection, now)
        moves = outbox.moves_after(connection, place, MOST_MOVES)
        letters = self._letters(connection, plan, moves, now)
        if moves:
            place = replace(place, move=int(moves[-1]["number"]))
        if now - place.overdue_at >= OVERDUE_EVERY:
            letters += self._overdue(connection, plan, place.overdue_at, now)
            place = replace(place, overdue_at=now)
        outbox.add(connection, letters)
        outbox.keep_place(connection, place)
        return Routed(len(moves), frozenset(each.channel for each in letters))

    def _letters(
        self, connection: Connection, plan: Plan, moves: Iterable[Mapping[str, Any]], now: float
    ) -> list[outbox.Letter]:
        moves = [each for each in moves if now - each["at"] < TOO_OLD]
        tags = tags_by_finding(connection, [each["id"] for each in moves]) if plan.asks_for_tags else {}
        return [
            letter
            for each in moves
            for letter in plan.letters(self.case(each, tags.get(each["id"], {})), now)
        ]

    def _overdue(self, connection: Connection, plan: Plan, since: float, now: float) -> list[outbox.Letter]:
        found: list[outbox.Letter] = []
        periods = sorted({each.again for each in plan.routes if each.overdue})
        for again in periods:
            routes = [each if each.again == again else replace(each, overdue=()) for each in plan.routes]
            own = replace(plan, routes=tuple(routes))
            late = outbox.became_overdue(
                connection, plan.due, since=since, now=now, again=again, times=MOST_AGAIN
            )
            tags = tags_by_finding(connection, [each["id"] for each in late]) if own.asks_for_tags else {}
            for each in late:
                found.extend(
                    own.letters(self.as_it_stands(each, tags.get(each["id"], {}), Kind.ESCALATION, now), now)
                )
        return found

    def case(self, move: Mapping[str, Any], tags: Mapping[str, str]) -> Case:
        """A transition as the routes see it."""
        cause = cause_of(move["changes"], move["by"], move["account"])
        kind = kind_of(move["previous"], move["to"])
        return case_of(move, self._service(move), tags, cause, kind)

    def as_it_stands(
        self, finding: Mapping[str, Any], tags: Mapping[str, str], kind: Kind, now: float
    ) -> Case:
        """A finding to which this happens now, as the routes see it."""
        return case_of({**finding, "at": now}, self._service(finding), tags, kind.value, kind)

    def _service(self, finding: Mapping[str, Any]) -> str:
        policy = self.policies.get(finding["policy"], finding["type"])
        if policy is not None:
            return policy.service
        known = self.catalog.types.get(finding["type"])
        return known.service if known is not None else ""


def tags_by_finding(connection: Connection, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """The tags of the resources of these findings, as far as they are known."""
    found = outbox.sections_of(connection, sorted(set(ids)))
    return {finding: tags_of(each) for finding, each in found.items()}
