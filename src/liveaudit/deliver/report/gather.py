"""The facts of a report, from the store: the numbers at once, the evidence policy by policy while it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from liveaudit.deliver.interface import Found, Library
from liveaudit.deliver.report.facts import Accepted, Evidence, Report
from liveaudit.frameworks.framework import Framework
from liveaudit.frameworks.state import NOTHING, ControlState, Tally, state_of
from liveaudit.model import OPEN, FindingStatus, Outcome
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.store import reports
from liveaudit.store.database import Database
from liveaudit.store.findings import Filter, list_findings
from liveaudit.store.life import PERSON, is_exemption
from liveaudit.store.rules import list_exemptions
from liveaudit.store.tallies import tally

ACCEPTED = (FindingStatus.SUPPRESSED.value, FindingStatus.FALSE_POSITIVE.value)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is of: ``account`` and ``region`` empty are all; ``shown``: findings of a kind that it tells at most."""

    account: str = ""
    region: str = ""
    shown: int = 100


@dataclass(frozen=True, slots=True)
class _Numbers:
    tallies: Mapping[str, Tally]
    exceptions: Mapping[str, int]
    between: Mapping[str, tuple[float, float]]
    places: list[reports.Looked]


def gather(
    database: Database, framework: Framework, policies: PolicyRegistry, scope: Scope, now: float
) -> Report:
    """A report of how a framework stands. It reads on in the store while it is written."""
    numbers = database.read_now(lambda connection: _numbers(connection, scope))
    built = frozenset(policy.id for policy in policies.all())
    states = [state_of(control, built, numbers.tallies) for control in framework.controls.values()]
    return Report(
        framework=framework,
        states=states,
        exceptions=numbers.exceptions,
        places=numbers.places,
        evidence=_evidence(database, states, policies, numbers, scope),
        made_at=now,
        shown=scope.shown,
        account=scope.account,
        region=scope.region,
    )


def _numbers(connection: Connection, scope: Scope) -> _Numbers:
    return _Numbers(
        tally(connection, account=scope.account, region=scope.region),
        reports.numbers_of(connection, ACCEPTED, account=scope.account, region=scope.region),
        reports.judged_between(connection, account=scope.account, region=scope.region),
        reports.looked_at(connection, account=scope.account, region=scope.region),
    )


def _evidence(
    database: Database,
    states: list[ControlState],
    policies: PolicyRegistry,
    numbers: _Numbers,
    scope: Scope,
) -> Iterator[Evidence]:
    serves: dict[str, list[str]] = {}
    for each in states:
        for policy in each.built:
            serves.setdefault(policy, []).append(each.control.id)
    library = Library(policies)
    by_id = {policy.id: policy for policy in policies.all()}

    def is_quiet(policy: str) -> bool:
        return policy not in numbers.tallies and policy not in numbers.exceptions

    # those of which nothing is known come last, and are told in a line
    for policy in sorted(serves, key=is_quiet):
        controls = serves[policy]
        one = by_id[policy]
        found = numbers.tallies.get(policy, NOTHING)
        first, last = numbers.between.get(policy, (None, None))
        excepted = numbers.exceptions.get(policy, 0)
        yield Evidence(
            policy=policy,
            title=one.title,
            why=one.why,
            fix=one.fix,
            severity=one.severity.value,
            controls=controls,
            outcomes=found.outcomes,
            first=first,
            last=last,
            open_number=found.findings,
            open=_found(database, policy, OPEN, library, scope) if found.findings else (),
            exceptions_number=excepted,
            exceptions=_accepted(database, policy, library, scope) if excepted else (),
            unjudged=_unjudged(database, policy, scope) if found.outcomes.get(Outcome.UNKNOWN) else (),
        )


def _unjudged(database: Database, policy: str, scope: Scope) -> list[dict[str, Any]]:
    asked = partial(reports.unknown_of, policy=policy, account=scope.account, region=scope.region)
    return database.read_now(partial(asked, limit=scope.shown))


def _found(
    database: Database, policy: str, statuses: tuple[str, ...], library: Library, scope: Scope
) -> list[Found]:
    wanted = Filter(status=statuses, policy=policy, account=scope.account, region=scope.region)
    rows = database.read_now(lambda connection: list_findings(connection, wanted, limit=scope.shown))
    rows.sort(key=lambda each: (each["account"], each["region"], each["resource"]))
    return [Found(each, library.of(each["policy"], each["type"])) for each in rows]


def _accepted(database: Database, policy: str, library: Library, scope: Scope) -> list[Accepted]:
    found = _found(database, policy, ACCEPTED, library, scope)
    moves = database.read_now(partial(reports.last_moves, ids=[each["id"] for each in found]))
    by = {each["decided_by"].partition(":")[2] for each in found if is_exemption(each["decided_by"])}
    known = database.read_now(partial(list_exemptions, ids=sorted(by))) if by else []
    exemptions = {each.id: each for each in known}
    unknown = reports.Move("", "", 0.0)
    told = []
    for each in found:
        move = moves.get(each["id"], unknown)
        exemption = exemptions.get(each["decided_by"].partition(":")[2])
        told.append(Accepted(each, _named(move.by), move.reason, move.at or None, exemption))
    return told


def _named(by: str) -> str:
    """Who or what decided, in words: ``person:ann`` is ann, ``exemption:e1`` exemption e1."""
    kind, _, name = by.partition(":")
    return name if kind == PERSON else f"{kind} {name}".strip()
