"""What the set-up's works find and do, as matrices and lists for a page and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from liveaudit.provision.advice import what_to_do
from liveaudit.provision.apply import Outcome
from liveaudit.provision.drifts import Drifts
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight.check import COLUMNS, Check, worst
from liveaudit.provision.preflight.check import Outcome as CheckOutcome
from liveaudit.provision.preflight.run import mends
from liveaudit.provision.progress import State
from liveaudit.provision.steps import Change, Kind, Plan, Subject, Verb
from liveaudit.provision.verify import Arrival, Result
from liveaudit.setting_up import Planned, Proof
from liveaudit.web.running import Matrix, Telling

MOST_TOLD = 2_000
"""Findings of a check, changes of a plan and the like that are kept one by one."""
_LEVELS = {
    CheckOutcome.NOT_NEEDED: ("none", "not needed"),
    CheckOutcome.OK: ("ok", "ok"),
    CheckOutcome.WARNING: ("warning", "warning"),
    CheckOutcome.UNKNOWN: ("unknown", "not known"),
    CheckOutcome.FAILED: ("bad", "failed"),
}


def rows_of(installation: Installation, *, publishers: bool = False) -> dict[str, str]:
    """The accounts with their names, the receiver first."""
    given = installation.publishers if publishers else installation.accounts
    order = sorted(given, key=lambda each: (each.id != installation.receiver, each.id))
    return {each.id: f"{each.id} {each.name}".strip() for each in order}


class CheckBoard:
    """Takes checks in as they end, into two matrices: of accounts, and of accounts and regions."""

    def __init__(self, installation: Installation, telling: Telling, total: int) -> None:
        rows = rows_of(installation)
        self._accounts = Matrix("Accounts", rows, tuple(dict.fromkeys(COLUMNS.values())))
        self._regions = Matrix("Regions: enabled, trail, room on the bus", rows, installation.regions)
        telling.matrices = {"accounts": self._accounts, "regions": self._regions}
        telling.total = total
        self._telling = telling
        self._worst: dict[tuple[str, str, bool], Check] = {}

    def put(self, check: Check) -> None:
        """One more."""
        self._telling.done += 1
        regional = check.region is not None
        column = check.region or COLUMNS[check.name]
        place = (check.account, column, regional)
        before = self._worst.get(place)
        if before is not None and worst([before.outcome, check.outcome]) is before.outcome:
            return
        self._worst[place] = check
        level, text = _LEVELS[check.outcome]
        reason = f"{check.name}: {check.reason}" if check.reason else str(check.name)
        (self._regions if regional else self._accounts).put(check.account, column, level, text, reason)


def checks_told(checks: Sequence[Check], problems: Iterable[object]) -> dict[str, Any]:
    """The result of a check: counts, what is amiss with its reason, and who must do what."""
    amiss = [each for each in checks if each.outcome.stops or each.outcome is CheckOutcome.WARNING]
    counts = Counter(each.outcome.value for each in checks)
    return {
        "counts": dict(counts),
        "stopping": sum(each.outcome.stops for each in checks),
        "amiss": _together(amiss)[:MOST_TOLD],
        "mends": [
            {
                "who": who,
                "command": command,
                "account": those[0].account if len({each.account for each in those}) == 1 else "",
                "accounts": sorted({each.account for each in those}),
                "checks": sorted({each.name.value for each in those}),
            }
            for who, command, those in mends(amiss)[:MOST_TOLD]
        ],
        "problems": [str(each) for each in problems],
    }


def _together(amiss: Sequence[Check]) -> list[dict[str, Any]]:
    """What is amiss, one cause told once: with all checks and regions for which it holds."""
    found: dict[tuple[str, str, str], list[Check]] = {}
    for each in amiss:
        found.setdefault((each.account, each.outcome.value, each.reason), []).append(each)
    return [
        {
            "account": account,
            "outcome": outcome,
            "reason": reason,
            "checks": list(dict.fromkeys(each.name.value for each in those)),
            "regions": list(dict.fromkeys(each.region for each in those if each.region)),
        }
        for (account, outcome, reason), those in found.items()
    ]


_VERBS = {"create": "make", "update": "change", "remove": "remove", "leave": "leave as it is"}


def plan_told(made: Planned, problems: Iterable[object]) -> dict[str, Any]:
    """The result of a plan: what would be done, what belongs together in one group."""
    return {
        "groups": groups_of(made.plan.changes),
        "changes": len(made.plan.changes),
        "steps": len(made.plan.steps),
        "standing": made.plan.standing,
        "stuck": stuck_told(made.plan),
        **drifts_told(made.by_hand),
        "problems": [str(each) for each in problems],
    }


def groups_of(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes of the same kind for the same reason, with all their places."""
    groups: dict[tuple[str, str, str], list[list[str]]] = {}
    for each in changes:
        subject = each.subject
        key = (f"{subject.kind} {subject.name}", each.verb.value, each.why)
        groups.setdefault(key, []).append([subject.account, subject.region])
    return [
        {"what": what, "change": _VERBS[verb], "verb": verb, "why": why, "places": places[:MOST_TOLD]}
        for (what, verb, why), places in groups.items()
    ]


def stuck_told(plan: Plan) -> list[dict[str, Any]]:
    """What cannot be done, why, and what somebody can do about it."""
    return [
        {
            "account": each.subject.account,
            "region": each.subject.region,
            "what": f"{each.subject.kind} {each.subject.name}",
            "reason": each.reason,
            "to_do": what_to_do(each.reason, each.subject.account, each.subject.region),
        }
        for each in plan.stuck[:MOST_TOLD]
    ]


def drifts_told(drifts: Drifts) -> dict[str, Any]:
    """What somebody changed by hand, and what could not be looked at."""
    return {
        "changed_by_hand": [
            {
                "account": each.account,
                "region": each.region,
                "resource": each.resource,
                "what": each.what,
                "was": each.expected,
                "is": each.actual,
                "mend": each.mend.value,
                "command": each.command,
            }
            for each in drifts.found[:MOST_TOLD]
        ],
        "unread": [
            {
                "account": each.account,
                "region": each.region,
                "resource": each.resource,
                "reason": each.reason,
            }
            for each in drifts.unread[:MOST_TOLD]
        ],
    }


_STATES = {
    State.WAITING: ("none", "waiting"),
    State.RUNNING: ("running", "under way"),
    State.DONE: ("ok", "done"),
    State.FAILED: ("bad", "failed"),
}


class ApplyBoard:
    """Listens to a roll-out, and tells it as a matrix of accounts and regions."""

    def __init__(self, installation: Installation, telling: Telling) -> None:
        self._telling = telling
        self._matrix = Matrix("Stacks", rows_of(installation), installation.regions)
        telling.matrices = {"stacks": self._matrix}
        self._waited = ""
        self._moving: dict[Subject, State] = {}

    def planned(self, plan: Plan) -> None:
        """A round begins: what it changes is waiting."""
        for each in plan.changes:
            if each.subject.kind in (Kind.INSTANCE, Kind.STACK):
                left = each.verb is Verb.LEAVE
                level, text = ("bad", "failed") if left else _STATES[State.WAITING]
                self._put(each.subject, level, text, each.why)
            if each.verb is not Verb.LEAVE:
                self._moving.setdefault(each.subject, State.WAITING)
        self._count("" if plan.empty else f"{len(plan.changes)} changes in {len(plan.steps)} steps")

    def moved(self, subject: Subject, verb: Verb, state: State, reason: str = "") -> None:
        """A subject got further."""
        self._moving[subject] = state
        level, text = _STATES[state]
        if subject.kind in (Kind.INSTANCE, Kind.STACK):
            self._put(
                subject, level, "removed" if verb is Verb.REMOVE and state is State.DONE else text, reason
            )
        told = f"{subject.kind} {subject.name} in {subject.account} {subject.region}: {verb} {text}"
        if state is State.FAILED:
            self._telling.note(f"{told}: {reason}")
        self._count(told)

    def waiting(self, why: str) -> None:
        """Nothing can be done right now."""
        self._telling.message = why

    def finished(self, installation: Installation, outcome: Outcome) -> None:
        """All that stands as it should, which nothing had to be done about, is told too."""
        failed = {each.subject.target for each in outcome.plan.stuck}
        receiver = {(installation.receiver, region) for region in installation.regions}
        for account, region in sorted({*installation.targets(), *receiver} - failed):
            if account in self._matrix.rows:
                self._matrix.put(account, region, "ok", "stands")

    def _put(self, subject: Subject, level: str, text: str, reason: str) -> None:
        if subject.account in self._matrix.rows and subject.region in self._matrix.columns:
            self._matrix.put(subject.account, subject.region, level, text, reason)

    def _count(self, message: str) -> None:
        self._telling.total = len(self._moving)
        self._telling.done = sum(each in (State.DONE, State.FAILED) for each in self._moving.values())
        self._telling.message = message


def outcome_told(outcome: Outcome) -> dict[str, Any]:
    """The result of a roll-out."""
    return {
        "complete": outcome.complete,
        "standing": outcome.plan.standing,
        "rounds": outcome.rounds,
        "interrupted": outcome.interrupted,
        "stuck": stuck_told(outcome.plan),
    }


class HelloBoard:
    """Takes hellos in as they arrive."""

    def __init__(self, installation: Installation, telling: Telling) -> None:
        self._telling = telling
        rows = rows_of(installation, publishers=True)
        self._matrix = Matrix("Hellos, from sending to stored", rows, installation.regions)
        telling.matrices = {"hellos": self._matrix}
        self._latest: dict[tuple[str, str], dict[int, Result]] = {}

    def put(self, result: Result) -> None:
        """A hello was sent, came, or is missing."""
        place = (result.sent.account, result.sent.region)
        there = self._latest.setdefault(place, {})
        there[result.sent.rule] = result
        level, text, reason = _hello(list(there.values()))
        self._matrix.put(*place, level, text, reason)
        every = [each for those in self._latest.values() for each in those.values()]
        self._telling.total = len(every)
        self._telling.done = sum(each.arrival is not Arrival.WAITING for each in every)


def _hello(results: Sequence[Result]) -> tuple[str, str, str]:
    states = {each.arrival for each in results}
    reason = "; ".join(dict.fromkeys(each.reason for each in results if each.reason))
    if Arrival.WAITING in states:
        return "running", "on its way", ""
    if states == {Arrival.ARRIVED}:
        return "ok", f"{max(each.seconds or 0.0 for each in results):.1f} s", ""
    return "bad", "missing" if Arrival.MISSING in states else "not sent", reason


def proof_told(proof: Proof, problems: Iterable[object]) -> dict[str, Any]:
    """The result of a proof."""
    times = [each.seconds for each in proof.results if each.seconds is not None]
    return {
        "arrived": len(proof.results) - proof.missing,
        "missing": [
            {
                "account": each.sent.account,
                "region": each.sent.region,
                "rule": each.sent.rule,
                "outcome": each.arrival.value,
                "reason": each.reason,
            }
            for each in proof.results
            if each.sent.stored_at is None
        ][:MOST_TOLD],
        "slowest": max(times, default=None),
        **drifts_told(proof.drifts),
        "notes": list(proof.notes),
        "problems": [str(each) for each in problems],
    }
