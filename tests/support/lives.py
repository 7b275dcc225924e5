"""The life of findings as a state machine: audits, people and exemptions in any order, held against a model by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from liveaudit.model import Cause
from liveaudit.store import decisions, findings, work
from liveaudit.store.database import Database
from liveaudit.store.findings import Filter
from liveaudit.store.life import Decision, by_exemption, by_person
from liveaudit.store.schema_findings import transitions
from liveaudit.store.work import Due
from tests.support.fake import Clock, FakeAws, auditor_on, resource

NAMES = ("a", "b")
POLICIES = ("widget_is_blue", "widget_is_locked")
PEOPLE = (by_person("ann"), by_person("bob"))
EXEMPTIONS = (by_exemption(1), by_exemption(2))
OPEN = ("new", "reopened", "in review")
CLOSED = ("resolved", "archived")


@dataclass
class Expected:
    """How a finding must stand."""

    status: str
    held: str = ""
    opened: int = 1
    owner: str = ""
    notes: list[str] = field(default_factory=list)
    since: float = 0.0
    ended: float | None = None
    before: float | None = None


class Lives(RuleBasedStateMachine):
    """Two widgets, two policies; ``database`` is an empty store."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.aws, self.clock = FakeAws(), Clock()
        self.model: dict[tuple[str, str], Expected] = {}
        self.fails: dict[tuple[str, str], bool] = {}
        self.denied = False
        self.number = 0

    @initialize()
    def begin(self) -> None:
        """On an empty store."""
        self.auditor = auditor_on(self.database, self.aws, self.clock)

    @rule(name=st.sampled_from(NAMES), red=st.booleans(), locked=st.booleans())
    def make(self, name: str, red: bool, locked: bool) -> None:
        """A widget is made, or changed."""
        self.aws.widgets[name] = {"Color": "red" if red else "blue", "Lock": "L" if locked else None}

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        """A widget goes."""
        self.aws.widgets.pop(name, None)

    @rule(denied=st.booleans())
    def deny(self, denied: bool) -> None:
        """Locks cannot be read, or can again."""
        self.denied = denied
        self.aws.break_at.clear()
        if denied:
            self.aws.deny("GetLock")

    @rule(name=st.sampled_from(NAMES))
    def audit(self, name: str) -> None:
        """A widget is audited as it is."""
        self._pass()
        self.number += 1
        due = Due(resource(name), f"arn:{name}", Cause(f"sweep:{self.number}", "sweep"), work.SWEEP_PRIORITY)
        self.database.write_now(lambda c: work.add_due(c, [due], self.clock.now))
        for _ in range(4):
            if not asyncio.run(self.auditor.work_once()):
                break
        there = self.aws.widgets.get(name)
        if there is None:
            for policy in POLICIES:
                self.fails.pop((name, policy), None)
                standing = self.model.get((name, policy))
                if standing is not None and standing.status not in CLOSED:
                    self._close(standing, "archived")
            return
        self._judged((name, POLICIES[0]), there["Color"] == "red")
        if not self.denied:
            self._judged((name, POLICIES[1]), there["Lock"] is None)

    def _judged(self, key: tuple[str, str], fails: bool) -> None:
        self.fails[key] = fails
        standing = self.model.get(key)
        if fails and standing is None:
            self.model[key] = Expected("new", since=self.clock.now)
        elif standing is None:
            return
        elif fails and standing.status in CLOSED:
            standing.status, standing.held = "reopened", ""
            standing.opened += 1
            standing.since, standing.before, standing.ended = self.clock.now, standing.ended, None
        elif not fails and (standing.status in OPEN or standing.held.startswith("exemption:")):
            self._close(standing, "resolved")

    def _close(self, standing: Expected, status: str) -> None:
        standing.status, standing.held, standing.ended = status, "", self.clock.now

    @rule(
        names=st.lists(st.sampled_from(NAMES), min_size=1, unique=True),
        policies=st.lists(st.sampled_from(POLICIES), min_size=1, unique=True),
        decision=st.sampled_from(Decision),
        by=st.sampled_from(PEOPLE),
    )
    def person(self, names: list[str], policies: list[str], decision: Decision, by: str) -> None:
        """Somebody decides, on one finding or several."""
        self._pass()
        chosen = self._ids(names, policies)
        done = self.database.write_now(
            lambda c: decisions.decide(
                c, list(chosen.values()), decision, by=by, reason="so", now=self.clock.now
            )
        )
        told = {each.id: each for each in done}
        assert told.keys() == set(chosen.values())
        for key, finding in chosen.items():
            before = self.model[key].status
            moved, refused = self._decided(key, decision, by)
            assert bool(told[finding].refused) == refused, (before, decision)
            assert told[finding].previous == before
            assert told[finding].status == self.model[key].status
            assert moved or told[finding].status == before

    def _decided(self, key: tuple[str, str], decision: Decision, by: str) -> tuple[bool, bool]:
        """What a person's decision must do: whether it did something, and whether it is refused."""
        standing = self.model[key]
        sticky = standing.status in ("false positive", "suppressed")
        exempted = standing.held.startswith("exemption:")
        if standing.status in CLOSED:
            return False, True
        if decision == Decision.REVIEW:
            if standing.status in ("new", "reopened"):
                standing.status, standing.held = "in review", by
                return True, False
            return False, sticky
        if decision == Decision.REOPEN:
            if exempted:
                return False, True
            if standing.status == "in review":
                standing.status, standing.held = ("new" if standing.opened == 1 else "reopened"), ""
            elif sticky:
                self._let_go(key)
            return True, False
        target = "suppressed" if decision == Decision.SUPPRESS else "false positive"
        if standing.status != target or exempted:
            standing.status, standing.held = target, by
        return True, False

    def _let_go(self, key: tuple[str, str]) -> None:
        standing = self.model[key]
        if key not in self.fails:
            self._close(standing, "archived")
        elif not self.fails[key]:
            self._close(standing, "resolved")
        else:
            standing.status, standing.held = "reopened", ""
            standing.opened += 1
            standing.since, standing.before = self.clock.now, None

    @rule(
        policies=st.lists(st.sampled_from(POLICIES), min_size=1, unique=True),
        by=st.sampled_from(EXEMPTIONS),
        ends=st.booleans(),
    )
    def exemption(self, policies: list[str], by: str, ends: bool) -> None:
        """An exemption comes, or ends."""
        self._pass()
        chosen = self._ids(NAMES, policies)
        chosen = {key: each for key, each in chosen.items() if self.model[key].status not in CLOSED}
        decision = Decision.REOPEN if ends else Decision.SUPPRESS
        self.database.write_now(
            lambda c: decisions.decide(
                c, list(chosen.values()), decision, by=by, reason="by rule", now=self.clock.now
            )
        )
        for key in chosen:
            standing = self.model[key]
            if ends and standing.held == by:
                self._let_go(key)
            elif not ends and standing.status in OPEN:
                standing.status, standing.held = "suppressed", by

    @rule(
        name=st.sampled_from(NAMES),
        policy=st.sampled_from(POLICIES),
        text=st.sampled_from(["ann", "", "team \u202e", "x" * 200]),
        note=st.booleans(),
    )
    def write_beside(self, name: str, policy: str, text: str, note: bool) -> None:
        """Somebody notes something, or makes somebody the owner."""
        chosen = self._ids([name], [policy])
        for key, finding in chosen.items():
            ids = [finding]
            if note and text:
                self.database.write_now(
                    partial(decisions.remark, ids=ids, text=text, by=PEOPLE[0], now=self.clock.now)
                )
                self.model[key].notes.append(text)
            elif not note:
                self.database.write_now(
                    partial(decisions.give_to, ids=ids, owner=text, by=PEOPLE[0], now=self.clock.now)
                )
                self.model[key].owner = text

    def _pass(self) -> None:
        self.clock.now += 100.0

    def _ids(self, names: Sequence[str], policies: Sequence[str]) -> dict[tuple[str, str], str]:
        return {
            key: found["id"]
            for key, found in self._stored().items()
            if key[0] in names and key[1] in policies
        }

    def _stored(self) -> dict[tuple[str, str], dict[str, Any]]:
        listed = self.database.read_now(lambda c: findings.list_findings(c, Filter()))
        return {(each["resource"], each["policy"]): each for each in listed if each["policy"] in POLICIES}

    @invariant()
    def stands_as_it_must(self) -> None:
        """Every finding is as the model has it, and its history leads there."""
        stored = self._stored()
        assert stored.keys() == self.model.keys()
        for key, found in stored.items():
            wanted = self.model[key]
            assert (
                Expected(
                    found["status"],
                    found["decided_by"],
                    found["times_opened"],
                    found["owner"],
                    self._notes(found["id"]),
                    found["opened_at"],
                    found["closed_at"],
                    found["closed_before"],
                )
                == wanted
            ), key
            assert (found["closed_at"] is not None) == (found["status"] in CLOSED)
            assert (found["account"], found["region"], found["type"]) == (
                resource("a").account,
                resource("a").region,
                "Fake::Widget",
            )
        self._histories(stored)

    def _notes(self, finding: str) -> list[str]:
        (found,) = self.database.read_now(lambda c: findings.get_findings(c, finding))
        return [each["text"] for each in found["remarks"] if each["kind"] == "note"]

    def _histories(self, stored: dict[tuple[str, str], dict[str, Any]]) -> None:
        rows = self.database.read_now(
            lambda c: c.execute(select(transitions).order_by(transitions.c.id)).all()
        )
        last: dict[str, str | None] = {}
        for row in rows:
            assert row.previous == last.get(row.finding_id), "a step begins where the one before ended"
            assert row.previous != row.status or row.by, "an audit never moves it to where it is"
            last[row.finding_id] = row.status
        for found in stored.values():
            assert last[found["id"]] == found["status"]
