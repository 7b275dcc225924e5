"""What a report tells: how every control stands, and of every policy what was found and what is excepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.deliver.interface import Found
from liveaudit.frameworks.framework import Framework
from liveaudit.frameworks.state import ControlState, State
from liveaudit.model import Outcome
from liveaudit.policies.rulebook import Exemption
from liveaudit.store.reports import Looked


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that stands and is accepted, or that is said to be none: by whom or what, when, and why.

    ``exemption``: the one that accepts it, where it is none by hand.
    """

    finding: Found
    by: str = ""
    reason: str = ""
    at: float | None = None
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands of one policy: ``open``, ``exceptions`` and ``unjudged`` are the first of them, at most as many as
    the report shows; the numbers are of all. ``first``, ``last``: between when its verdicts were made.
    """

    policy: str
    title: str
    why: str
    fix: str
    severity: str
    controls: Sequence[str]
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    first: float | None = None
    last: float | None = None
    open_number: int = 0
    open: Sequence[Found] = ()
    exceptions_number: int = 0
    exceptions: Sequence[Accepted] = ()
    unjudged: Sequence[Mapping[str, Any]] = ()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is known: it has judged nothing, and no finding of it stands."""
        return not (self.outcomes or self.open_number or self.exceptions_number)

    def number(self, outcome: str) -> int:
        """How many verdicts are of that outcome."""
        return self.outcomes.get(Outcome(outcome), 0)


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. ``evidence`` is gone through once, while the report is written."""

    framework: Framework
    states: Sequence[ControlState]
    exceptions: Mapping[str, int]
    places: Sequence[Looked]
    evidence: Iterable[Evidence]
    made_at: float
    shown: int
    account: str = ""
    region: str = ""

    def number(self, state: str) -> int:
        """How many controls are of that state."""
        return sum(1 for each in self.states if each.state == State(state))

    def excepted(self, control: ControlState) -> int:
        """How many findings of a control's policies are accepted."""
        return sum(self.exceptions.get(each, 0) for each in control.built)
