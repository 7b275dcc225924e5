"""How far the first sweep is: by account and region, out of the store, whoever makes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from liveaudit.model import GLOBAL_REGION, FindingStatus
from liveaudit.store import findings, sweeps
from liveaudit.store.sweeps import Sweep
from liveaudit.web.console import Console
from liveaudit.web.running import Matrix
from liveaudit.web.setup.draft import Drafted
from liveaudit.web.setup.told import rows_of

_LEVELS = {"asked": "none", "listing": "running", "auditing": "running", "done": "ok"}
_ORDER = ("done", "auditing", "listing", "asked")


@dataclass(frozen=True, slots=True)
class Sweeping:
    """How far it is. ``places``: account, region and service; ``found``: resources, of which ``audited`` are done."""

    places: int = 0
    ended: int = 0
    found: int = 0
    waiting: int = 0
    not_listed: list[dict[str, str]] = field(default_factory=list)
    open_findings: int = 0
    matrix: dict[str, Any] = field(default_factory=dict)

    @property
    def audited(self) -> int:
        """Resources that have been audited."""
        return self.found - self.waiting

    @property
    def state(self) -> str:
        """In a word."""
        if not self.places:
            return "not begun"
        return "done" if self.ended == self.places else "running"


def sweeping(console: Console, drafted: Drafted) -> Sweeping:
    """How far the sweeps of the draft's accounts are."""
    found = console.database.read_now(sweeps.list_sweeps)
    installation = drafted.installation
    if installation is not None and installation.organization is None:
        found = [each for each in found if each.place.account in installation.account_ids]
    names = rows_of(installation) if installation is not None else {}
    accounts = {each.place.account for each in found}
    rows = {each: name for each, name in names.items() if each in accounts}
    rows |= {each: each for each in sorted(accounts - rows.keys())}
    order = sorted({each.place.region for each in found}, key=lambda one: (one != GLOBAL_REGION, one))
    matrix = Matrix("Sweep", rows, tuple(order))
    cells: dict[tuple[str, str], list[Sweep]] = {}
    for each in found:
        cells.setdefault((each.place.account, each.place.region), []).append(each)
    for (account, region), those in cells.items():
        matrix.put(account, region, *_cell(those))
    counts = console.database.read_now(findings.count_findings)
    return Sweeping(
        places=len(found),
        ended=sum(each.state == "done" for each in found),
        found=sum(each.found for each in found),
        waiting=sum(each.waiting for each in found),
        not_listed=[
            {"account": each.place.account, "region": each.place.region, "type": name, "reason": reason}
            for each in found
            for name, reason in each.failed.items()
        ][:500],
        open_findings=sum(number for (status, _), number in counts.items() if FindingStatus(status).is_open),
        matrix=matrix.plain(),
    )


def _cell(those: Iterable[Sweep]) -> tuple[str, str, str]:
    those = list(those)
    failed = [f"{name}: {reason}" for each in those for name, reason in each.failed.items()]
    states = {each.state for each in those}
    done = sum(each.state == "done" for each in those)
    if states == {"done"}:
        number = sum(each.found for each in those)
        return (
            ("warning" if failed else "ok"),
            f"{number:,}",
            "; ".join(failed) or f"{number:,} resources audited",
        )
    worst = max(states, key=_ORDER.index)
    level = "running" if done or states - {"asked"} else _LEVELS[worst]
    return level, f"{done} of {len(those)}", f"{done} of {len(those)} services swept"
