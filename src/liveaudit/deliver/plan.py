"""The channels and routes that count, as the settings and the console say them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import UNSET

from liveaudit.deliver.channels import KINDS
from liveaudit.deliver.channels.interface import Channel, ChannelKind, Kind
from liveaudit.deliver.routes import PATIENCE, Case, Route, route_from
from liveaudit.deliver.times import Quiet, next_digest, quiet, rate, seconds
from liveaudit.frameworks.framework import controls_by_policy
from liveaudit.model import responsible_one
from liveaudit.settings import ChannelSettings, Settings
from liveaudit.store.outbox import Letter

DIGEST, QUIET, GATHERED = "digest:", "quiet", "gathered:"
"""What the bundles of digests begin with; the bundle of what came in hours of quiet; what those begin with that systems gather."""


@dataclass(frozen=True, slots=True)
class Line:
    """A channel as it is set. ``at_most``: so many messages in so many seconds. ``give_up``: after so many seconds.

    ``gather``: seconds for which a system has findings gathered.
    """

    settings: ChannelSettings
    kind: ChannelKind
    at_most: tuple[int, float] | None
    give_up: float
    quiet: Quiet | None
    gather: float = 0.0

    @property
    def name(self) -> str:
        """What the routes call it."""
        return self.settings.name

    def build(self) -> Channel:
        """The channel itself. Raises ChannelError."""
        return self.kind.build(self.name, self.settings.target)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route says of a case. ``why_not``: why it does not fit, else empty. ``letters``: who is told, and when."""

    route: Route
    why_not: str
    letters: tuple[Letter, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Whom to tell of what. ``due``: the seconds after which a finding is overdue, by severity; ``address``: the console's."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    due: Mapping[str, float] = field(default_factory=dict)
    address: str = ""

    @cached_property
    def asks_for_tags(self) -> bool:
        """Whether any route does."""
        return any(each.asks_for_tags for each in self.routes)

    def answers(self, case: Case, now: float) -> list[Answer]:
        """What each route says, in order, until one stops."""
        found: list[Answer] = []
        told: set[str] = set()
        for route in self.routes:
            why_not = route.why_not(case, controls_by_policy)
            if why_not:
                found.append(Answer(route, why_not))
                continue
            names = route.overdue if case.kind == Kind.ESCALATION else route.tell
            letters = [
                letter
                for name in names
                if name in self.lines
                and name not in told
                and (letter := self._letter(self.lines[name], route, case, now)) is not None
            ]
            told.update(each.channel for each in letters)
            missing = tuple(each for each in names if each not in self.lines)
            found.append(Answer(route, "", tuple(letters), missing))
            if route.stop:
                break
        return found

    def letters(self, case: Case, now: float) -> list[Letter]:
        """Who is told."""
        return [letter for each in self.answers(case, now) for letter in each.letters]

    def _letter(self, line: Line, route: Route, case: Case, now: float) -> Letter | None:
        about = (line.name, route.name, case.finding, case.move, case.kind.value, case.at)
        if line.kind.whole and not line.gather:
            return Letter(*about)
        if line.kind.whole:
            due = (now // line.gather + 1) * line.gather
            return Letter(*about, f"{GATHERED}{due:.0f}", not_before=due)
        escalates = case.kind == Kind.ESCALATION
        if not escalates and case.kind.value not in route.moves:
            return None
        if route.digest and not escalates:
            bundle = f"{DIGEST}{_hashed(route.name)[:16]}"
            return Letter(*about, bundle, not_before=next_digest(route.digest, now))
        if line.quiet is not None and case.severity not in line.quiet.but:
            until = line.quiet.until(now)
            if until is not None:
                return Letter(*about, QUIET, not_before=until)
        return Letter(*about, case.cause, wait=route.wait)


def plan_of(
    settings: Settings,
    console: Sequence[Route] = (),
    kinds: Callable[[], Mapping[str, ChannelKind]] = lambda: KINDS,
) -> Plan:
    """What the settings and the console's routes say."""
    lines = {each.name: _line(each, kinds()[each.kind]) for each in settings.channels}
    routes = [route_from(each, number) for number, each in enumerate(settings.routes)]
    return Plan(
        lines, (*routes, *console), settings.findings.due.seconds, settings.console.address.rstrip("/")
    )


def _line(given: ChannelSettings, kind: ChannelKind) -> Line:
    hours = None if given.quiet is UNSET else given.quiet
    return Line(
        given,
        kind,
        rate(given.at_most),
        seconds(given.give_up),
        quiet(hours.hours, hours.days, hours.timezone, hours.but) if hours else None,
        kind.gather(given.target),
    )


def cause_of(changes: Sequence[Mapping[str, Any]], by: str, account: str) -> str:
    """A name for what has caused a move, the same for all that one run of a tool or one person does.

    A run has one session and one agent; what no event tells of is put together by account and by why it was audited.
    """
    one = responsible_one(changes)
    actor = one.get("actor") or {}
    if by:
        told: list[Any] = ["by", by]
    elif actor:
        told = ["actor", actor.get("arn") or actor.get("principal_id"), actor.get("user_agent")]
    else:
        told = ["audit", account, sorted({str(each.get("kind")) for each in changes})]
    return _hashed(json.dumps(told))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


__all__ = ["PATIENCE", "Answer", "Line", "Plan", "cause_of", "plan_of"]
