"""How a control stands, from the verdicts of its policies. What is not judged is never a pass."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from liveaudit.frameworks.framework import Control, Kind
from liveaudit.model import Outcome


class State(StrEnum):
    """How a control stands.

    ``PASS``: every built policy of it has verdicts, and none fails or is unknown. ``FAIL``: a finding stands.
    ``UNKNOWN``: none does, but something could not be judged. ``NO_DATA``: a policy has no verdict yet.
    ``MANUAL``: people have to assess it. ``NOT_COVERED``: none of its policies is built.
    """

    PASS = "PASS"  # noqa: S105 - a state, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NO_DATA = "NO_DATA"
    MANUAL = "MANUAL"
    NOT_COVERED = "NOT_COVERED"


@dataclass(frozen=True, slots=True)
class Tally:
    """What stands of one policy: how many verdicts of each outcome, and how many open findings."""

    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    findings: int = 0

    @property
    def fails(self) -> bool:
        """Whether a verdict fails, or a finding stands open (an UNKNOWN leaves it as it was)."""
        return bool(self.outcomes.get(Outcome.FAIL) or self.findings)


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class ControlState:
    """How one control stands: ``built`` are the policies that judge it, ``missing`` those that are not built.

    ``failing``: the built policies that fail; ``findings``: how many of theirs are open.
    """

    control: Control
    state: State
    built: tuple[str, ...]
    missing: tuple[str, ...]
    failing: tuple[str, ...] = ()
    findings: int = 0


def state_of(control: Control, policies: Set[str], tallies: Mapping[str, Tally]) -> ControlState:
    """How a control stands. ``policies``: the ids of those that are built; ``tallies``: what stands, by policy id."""
    built = tuple(each for each in control.policies if each in policies)
    missing = tuple(each for each in control.policies if each not in policies)
    if not built:
        manual = control.kind == Kind.MANUAL and not missing
        return ControlState(control, State.MANUAL if manual else State.NOT_COVERED, built, missing)
    found = {each: tallies.get(each, NOTHING) for each in built}
    failing = tuple(each for each, tally in found.items() if tally.fails)
    findings = sum(tally.findings for tally in found.values())
    if failing:
        state = State.FAIL
    elif any(tally.outcomes.get(Outcome.UNKNOWN) for tally in found.values()):
        state = State.UNKNOWN
    elif not all(tally.outcomes for tally in found.values()):
        state = State.NO_DATA
    else:
        state = State.PASS
    return ControlState(control, state, built, missing, failing, findings)
