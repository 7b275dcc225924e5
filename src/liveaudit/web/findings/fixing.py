"""Fixes in the console: begun by an administrator, run as a job of this process, kept in the store like every other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from liveaudit.assembly import caller_of
from liveaudit.fix.plan import Known, NoFindingError, Plan, plan_of
from liveaudit.fix.row import UnfixableError
from liveaudit.fix.run import Fixer
from liveaudit.fixing import fix_caller_of, make_fixer
from liveaudit.settings import Settings, SettingsError
from liveaudit.store import fixes, jobs
from liveaudit.store.audit_log import Entry
from liveaudit.store.fixes import Fixing
from liveaudit.store.jobs import Job, JobRunningError
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem
from liveaudit.web.running import Telling, runner_of


def settings_with_role(console: Console) -> Settings | None:
    """The settings, where they name a role that runs fixes; None: fixes are not run from here."""
    try:
        settings = console.settings()
    except SettingsError:
        return None
    return settings if settings is not None and settings.fixes.role else None


def plan(console: Console, finding_id: str) -> tuple[Plan | None, str]:
    """What would be done about a finding; or nothing, and why. Raises Problem where there is no such finding."""
    known = Known(console.catalog, console.policies)
    try:
        found = console.database.read_now(
            partial(plan_of, finding_id=finding_id, known=known, now=console.clock())
        )
    except NoFindingError as error:
        raise Problem(404, "No such finding", str(error)) from error
    except UnfixableError as error:
        return None, str(error)
    return found, ""


def made(console: Console, finding_id: str) -> list[Fixing]:
    """The fixes of a finding, the newest first."""
    return console.database.read_now(partial(fixes.list_fixes, finding_id=finding_id))


def latest_job(console: Console, finding_id: str) -> Job | None:
    """The last time that somebody had something run for this finding here."""
    return console.database.read_now(partial(jobs.latest, kind=_kind(finding_id), now=console.clock()))


def _kind(finding_id: str) -> str:
    return f"fix {finding_id}"


async def run(console: Console, who: Principal, finding_id: str) -> None:
    """Begin to mend a finding. Raises Problem."""
    found, why = plan(console, finding_id)
    if found is None or found.why_not:
        raise Problem(409, "Not to be mended", why or (found.why_not if found else ""))
    chosen = found
    entry = who.entry("fix.run", finding_id, "\n".join(chosen.commands))
    await _begin(console, who, finding_id, lambda fixer: fixer.run(chosen, entry))


async def undo(console: Console, who: Principal, finding_id: str, fix_id: str, *, anyway: bool) -> None:
    """Begin to take a fix back. Raises Problem."""
    found = [each for each in made(console, finding_id) if each.id == fix_id]
    if not found:
        raise Problem(404, "No such fix", "it may be of another finding, or of another store")
    if not found[0].can_be_undone:
        raise Problem(409, "Not to be undone", "it changed nothing that can be taken back, or it was undone")
    entry: Entry = who.entry("fix.undo", fix_id)
    await _begin(console, who, finding_id, lambda fixer: fixer.undo(found[0], entry, anyway=anyway))


async def _begin(
    console: Console, who: Principal, finding_id: str, work: Callable[[Fixer], Awaitable[Fixing]]
) -> None:
    settings = settings_with_role(console)
    if settings is None:
        raise Problem(
            409,
            "Fixes are off",
            "name the role that runs fixes in the settings (fixes.role): see docs/fixes.md",
        )
    given = settings

    async def job(telling: Telling) -> Mapping[str, Any]:
        telling.message = "the calls are made"
        reading, changing = caller_of(given), fix_caller_of(given)
        try:
            fixer = make_fixer(given, console.database, console.catalog, reading, changing, console.clock)
            ended = await work(fixer)
            telling.message = "the resource is audited again"
            settled = await fixer.settle(ended)
        finally:
            await changing.close()
            await reading.close()
        telling.message = ""
        return {"fix": settled.id, "state": settled.state.value, "verdict": settled.verdict}

    try:
        await runner_of(console).begin(_kind(finding_id), who.name, job, finding_id)
    except JobRunningError as error:
        raise Problem(409, "Under way already", str(error)) from error
