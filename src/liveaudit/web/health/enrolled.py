"""Which accounts are watched, as far as the console knows without asking AWS."""

from __future__ import annotations

from dataclasses import dataclass, field

from liveaudit.provision.installation import Installation
from liveaudit.provision.resolve import declared
from liveaudit.settings import Settings, SettingsError
from liveaudit.web.console import Console


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The accounts, each with its name. ``publishers``: those whose events should come, None: not known for all. ``queue``
    and ``regions``: the receiver's; ``problem``: why nothing is known, else empty. ``complete``: no account is left out."""

    accounts: dict[str, str] = field(default_factory=dict)
    publishers: frozenset[str] | None = None
    queue: str = ""
    regions: tuple[str, ...] = ()
    partition: str = "aws"
    complete: bool = False
    problem: str = ""


def enrolled(console: Console) -> Enrolled:
    """What the running worker has resolved, or what the settings declare."""
    try:
        settings = console.settings()
    except SettingsError as error:
        return Enrolled(problem=str(error))
    if settings is None:
        return Enrolled(problem="nothing is set up yet")
    running = console.supervisor.made if console.supervisor is not None else None
    if running is not None and running.installation is not None:
        return _of(settings, running.installation, complete=True)
    return _of(settings, declared(settings), complete=not settings.needs_lookup)


def _of(settings: Settings, installation: Installation, *, complete: bool) -> Enrolled:
    return Enrolled(
        accounts={each.id: each.name for each in installation.accounts},
        publishers=frozenset(each.id for each in installation.publishers) if complete else None,
        queue=installation.queue,
        regions=installation.regions if complete else (),
        partition=settings.partition,
        complete=complete,
    )
