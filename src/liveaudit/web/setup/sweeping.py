"""How far the first sweep is: by account and region, out of the store, whoever makes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liveaudit.model import GLOBAL_REGION, FindingStatus
from liveaudit.store import findings, sweep_totals
from liveaudit.store.sweep_totals import NotListed, Total
from liveaudit.web.console import Console
from liveaudit.web.running import Matrix
from liveaudit.web.setup.draft import Drafted
from liveaudit.web.setup.told import rows_of


@dataclass(frozen=True, slots=True)
class Sweeping:
    """How far it is. ``places``: account, region and service; ``found``: resources, of which ``audited`` are done."""

    places: int = 0
    ended: int = 0
    found: int = 0
    waiting: int = 0
    not_listed: list[NotListed] = field(default_factory=list)
    open_findings: int = 0
    matrix: dict[str, Any] = field(default_factory=dict)

    @property
    def audited(self) -> int:
        """Resources that have been audited."""
        return max(0, self.found - self.waiting)

    @property
    def state(self) -> str:
        """In a word."""
        if not self.places:
            return "not begun"
        return "done" if self.ended == self.places else "running"


def sweeping(console: Console, drafted: Drafted) -> Sweeping:
    """How far the sweeps of the draft's accounts are."""
    read = console.database.read_now
    found = read(sweep_totals.totals)
    installation = drafted.installation
    if installation is not None and installation.organization is None:
        found = [each for each in found if each.account in installation.account_ids]
    counts = read(findings.count_findings)
    return Sweeping(
        places=sum(each.places for each in found),
        ended=sum(each.ended for each in found),
        found=sum(each.found for each in found),
        waiting=read(sweep_totals.waiting),
        not_listed=read(sweep_totals.not_listed),
        open_findings=sum(number for (status, _), number in counts.items() if FindingStatus(status).is_open),
        matrix=_matrix(found, rows_of(installation) if installation is not None else {}).plain(),
    )


def _matrix(found: list[Total], names: dict[str, str]) -> Matrix:
    accounts = {each.account for each in found}
    rows = {each: name for each, name in names.items() if each in accounts}
    rows |= {each: each for each in sorted(accounts - rows.keys())}
    regions = sorted({each.region for each in found}, key=lambda one: (one != GLOBAL_REGION, one))
    matrix = Matrix("Resources found, by region", rows, tuple(regions))
    for each in found:
        matrix.put(each.account, each.region, *_cell(each))
    return matrix


def _cell(total: Total) -> tuple[str, str, str]:
    if total.ended == total.places:
        if total.failed:
            return "warning", f"{total.found:,}", f"of {total.failed} services something could not be listed"
        return "ok", f"{total.found:,}", f"{total.found:,} resources audited"
    told = f"{total.ended} of {total.places}"
    return "running" if total.begun else "none", told, f"{told} services swept"
