"""How the controls of the frameworks stand, in all or in an account and region, kept between requests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from liveaudit.frameworks.framework import Framework
from liveaudit.frameworks.state import ControlState, State, Tally, state_of
from liveaudit.store.tallies import tally
from liveaudit.web.console import Console
from liveaudit.web.kept import Kept
from liveaudit.web.problems import Problem

FRESH = 2.0
"""Seconds that the tallies stand."""
MOST_KEPT = 32
"""Accounts and regions whose tallies are kept."""
_NAME = "tallies"
_Tallies = Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class Standing:
    """A framework with the state of each of its controls, and how many have which; ``findings``: those open."""

    framework: Framework
    controls: tuple[ControlState, ...]
    counts: Mapping[State, int]
    findings: int

    @property
    def judged(self) -> int:
        """Controls that pass, fail, or could not be judged."""
        return self.counts[State.PASS] + self.counts[State.FAIL] + self.counts[State.UNKNOWN]

    @property
    def share(self) -> float | None:
        """The share of passing controls among those judged, 0 to 1; None: none is."""
        return self.counts[State.PASS] / self.judged if self.judged else None


def slug(name: str) -> str:
    """A framework's name as it stands in an address: ``cis-7.0``."""
    return name.lower().replace(" ", "-").replace(":", "-").replace("/", "-")


class _KeptTallies:
    """The tallies of the places that were asked for last."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], Kept[_Tallies]] = {}

    def of(self, account: str, region: str) -> _Tallies:
        """What stands of each policy."""
        place = (account, region)
        with self._lock:
            found = self._kept.pop(place, None)
            if found is None:
                read = partial(tally, account=account, region=region)
                found = Kept(partial(self._console.database.read_now, read), FRESH)
            # those used last stand last
            self._kept[place] = found
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return found.get()


def tallies_of(console: Console, account: str, region: str) -> _Tallies:
    """What stands of each policy in an account and region; empty: in all."""
    kept: _KeptTallies = console.shared.setdefault(_NAME, _KeptTallies(console))
    return kept.of(account, region)


def standings(console: Console, account: str = "", region: str = "") -> list[Standing]:
    """Every framework."""
    tallies = tallies_of(console, account, region)
    return [_standing(console, each, tallies) for each in console.frameworks.values()]


def framework_of(console: Console, name: str) -> Framework:
    """A framework by its slug. Raises Problem for one that there is not."""
    found = next((each for each in console.frameworks.values() if slug(each.name) == name), None)
    if found is None:
        raise Problem(404, "No such framework", f"there are: {', '.join(map(slug, console.frameworks))}")
    return found


def standing_of(console: Console, name: str, account: str = "", region: str = "") -> Standing:
    """A framework by its slug, and how it stands. Raises Problem for one that there is not."""
    return _standing(console, framework_of(console, name), tallies_of(console, account, region))


def _standing(console: Console, framework: Framework, tallies: _Tallies) -> Standing:
    built = frozenset(policy.id for policy in console.policies.all())
    controls = tuple(state_of(control, built, tallies) for control in framework.controls.values())
    counted = Counter(each.state for each in controls)
    policies = {policy for each in controls for policy in each.built}
    return Standing(
        framework,
        controls,
        {state: counted[state] for state in State},
        sum(tallies[each].findings for each in policies if each in tallies),
    )
