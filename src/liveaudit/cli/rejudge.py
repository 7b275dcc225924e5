"""``liveaudit rejudge``: policies judge what is stored, with no AWS call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    EXIT_NOT_FOUND,
    CommandError,
    JsonOption,
    SettingsOption,
    note,
    print_json,
    read_settings,
    safe,
)

if TYPE_CHECKING:
    from liveaudit.policies.policy import Context, Policy
    from liveaudit.settings import Settings


@dataclass(slots=True)
class Counts:
    """What came of it."""

    resources: int = 0
    moved: int = 0
    left_out: int = 0
    left_to_workers: int = 0


def rejudge(
    policy: Annotated[
        list[str] | None, typer.Option(help="Only this policy; may be given several times.")
    ] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge what is stored anew, with no AWS call.

    Ends with 3 when something could not be judged because it is not stored.
    """
    import asyncio

    from liveaudit.cli import logs
    from liveaudit.services import load

    logs.configure()
    loaded = read_settings(settings, thoroughly=True)
    _, policies = load()
    unknown = [each for each in policy or () if not policies.named(each)]
    if unknown:
        raise CommandError(
            f"--policy: no policy {', '.join(map(repr, unknown))}; see: liveaudit policies list",
            EXIT_NOT_FOUND,
        )
    chosen = [each for each in policies.all() if not policy or each.id in policy]
    context = _context(loaded)
    if context is None:
        asking = sorted({each.id for each in chosen if "context" in each.parameters})
        chosen = [each for each in chosen if "context" not in each.parameters]
        if asking:
            note(safe(f"left out, as it is not known which accounts are ours: {', '.join(asking)}"))
    counts = asyncio.run(_run(loaded, context, chosen, complete=not policy and context is not None))
    if as_json:
        print_json(asdict(counts))
    else:
        typer.echo(f"{counts.resources} resources judged anew, {counts.moved} findings moved")
        if counts.left_out:
            typer.echo(
                f"{counts.left_out} verdicts stay as they are: what they need is not stored; liveaudit sweep reads it"
            )
        if counts.left_to_workers:
            typer.echo(
                f"{counts.left_to_workers} resources are due for other reasons too: workers judge them"
            )
    if counts.left_out or context is None:
        raise typer.Exit(EXIT_INCOMPLETE)


def _context(loaded: Settings) -> Context | None:
    """What policies may know; None where that takes AWS, which does not answer."""
    from liveaudit.assembly import context_of
    from liveaudit.cli.common import resolve_settings
    from liveaudit.provision.installation import SetupError

    if not loaded.needs_lookup:
        return context_of(loaded)
    try:
        return context_of(loaded, resolve_settings(loaded).installation)
    except SetupError as error:
        note(safe(f"accounts or regions are not looked up: {error}"))
        return None


async def _run(
    loaded: Settings, context: Context | None, chosen: Sequence[Policy], *, complete: bool
) -> Counts:
    from liveaudit.assembly import make_judge
    from liveaudit.audit.sweep import Progress
    from liveaudit.cli.sweep import progress_bar
    from liveaudit.policies.policy import Context as NoContext
    from liveaudit.store import rejudging
    from liveaudit.store.database import Database
    from liveaudit.store.findings import count_transitions

    database = Database(loaded.store)
    counts = Counts()
    try:
        auditor, rejudger = make_judge(database, context or NoContext(), chosen)
        before = await database.read(count_transitions)
        with progress_bar("judge") as told:
            begun = await rejudger.begin(chosen, complete=complete)
            more = bool(begun.causes)
            while more:
                made = await rejudger.make_due()
                claims = await auditor.claim(auditor.tuning.batch, only=begun.causes)
                await auditor.audit(claims)
                counts.resources += len(claims)
                told(Progress(begun.resources, counts.resources))
                more = bool(made or claims)
        counts.moved = await database.read(count_transitions) - before
        counts.left_out = auditor.left_out
        if begun.causes:
            counts.left_to_workers = await database.read(
                lambda connection: rejudging.waiting(connection, begun.causes)
            )
    finally:
        database.close()
    return counts
