"""``liveaudit fix --run`` and ``--undo``: asks, changes, has the resource audited again, and tells the verdict."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack, aclosing, closing
from functools import partial
from typing import TYPE_CHECKING

import typer

from liveaudit.cli.common import (
    EXIT_ERROR,
    EXIT_INCOMPLETE,
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    note,
    open_store,
    print_json,
    safe,
    this_user,
)
from liveaudit.cli.fix import known_of_all, lines, one_plan, plain_fixing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liveaudit.fix.plan import Plan
    from liveaudit.fix.run import Fixer
    from liveaudit.settings import Settings
    from liveaudit.store.audit_log import Entry
    from liveaudit.store.database import Database
    from liveaudit.store.fixes import Fixing


def run(
    loaded: Settings, finding: str, undo: str, *, by: str, yes: bool, anyway: bool, as_json: bool
) -> None:
    """Mend a finding, or take a fix back (``undo``). ``yes``: nobody is asked before."""
    import asyncio

    from liveaudit.cli import logs
    from liveaudit.fixing import fix_caller_of

    # said before anything is asked
    fix_caller_of(loaded)
    logs.configure()
    who = by or this_user()
    with closing(open_store(loaded)) as database:
        if undo:
            fixing = database.read_now(partial(_one_fix, prefix=undo))
            _tell_undo(fixing)
            _ask("Run these commands to take it back?", yes=yes)
            ended = asyncio.run(_carry_out(loaded, database, None, fixing, who, anyway=anyway))
        else:
            plan = database.read_now(partial(one_plan, prefix=finding, known=known_of_all()))
            note("\n".join(lines(plan)))
            if plan.why_not:
                raise CommandError(safe(f"it is not run: {plan.why_not}"))
            _ask("Run the commands above?", yes=yes)
            ended = asyncio.run(_carry_out(loaded, database, plan, None, who, anyway=anyway))
    _tell(ended, as_json=as_json)


def _one_fix(connection: Connection, prefix: str) -> Fixing:
    from liveaudit.store import fixes

    found = fixes.get(connection, prefix)
    if not found:
        raise CommandError(f"no fix {prefix!r}; see: liveaudit fix --history", EXIT_NOT_FOUND)
    if len(found) > 1:
        raise CommandError(f"{prefix!r} is the beginning of several fixes; give more of it", EXIT_USAGE)
    return found[0]


def _tell_undo(fixing: Fixing) -> None:
    from liveaudit.fix.plan import undo_commands
    from liveaudit.fix.row import step_of

    note(safe(f"The fix {fixing.id} of {fixing.policy} on {fixing.arn}, run by {fixing.by}"))
    steps = [step_of(each) for each in fixing.steps]
    for each in undo_commands(steps, fixing.resource):
        note(f"  {safe(each)}")


def _ask(question: str, *, yes: bool) -> None:
    if not yes and not typer.confirm(question, err=True):
        raise CommandError("nothing was changed")


async def _carry_out(
    loaded: Settings, database: Database, plan: Plan | None, fixing: Fixing | None, who: str, *, anyway: bool
) -> Fixing:
    from liveaudit.assembly import caller_of, context_of, make_parts
    from liveaudit.fixing import fix_caller_of, make_fixer
    from liveaudit.provision.resolve import resolve

    async with AsyncExitStack() as stack:
        reading, fixing_caller = caller_of(loaded), fix_caller_of(loaded)
        stack.push_async_callback(reading.close)
        stack.push_async_callback(fixing_caller.close)
        known = known_of_all()
        installation = (await resolve(loaded, reading, catalog=known.catalog)).installation
        parts = make_parts(database, reading, context_of(loaded, installation))
        await stack.enter_async_context(aclosing(parts))

        async def audit(cause: str) -> None:
            claims = await parts.auditor.claim(parts.auditor.tuning.batch, only=[cause])
            await parts.auditor.audit(claims)

        fixer = make_fixer(loaded, database, parts.catalog, reading, fixing_caller, parts.clock, audit=audit)
        return await _settled(fixer, plan, fixing, who, anyway=anyway)


async def _settled(
    fixer: Fixer, plan: Plan | None, fixing: Fixing | None, who: str, *, anyway: bool
) -> Fixing:
    if plan is not None:
        ended = await fixer.run(plan, _entry(who, "fix.run", plan.finding["id"], plan.commands))
    elif fixing is not None:
        ended = await fixer.undo(fixing, _entry(who, "fix.undo", fixing.id, ()), anyway=anyway)
    else:
        raise ValueError("neither a plan nor a fix")
    note(f"{ended.kind} {ended.id}: {ended.state.value}; the resource is audited again")
    return await fixer.settle(ended)


def _entry(who: str, action: str, target: str, commands: tuple[str, ...]) -> Entry:
    from liveaudit.store.audit_log import Entry

    return Entry(who, action, target, "\n".join(commands), way="command line")


def _tell(ended: Fixing, *, as_json: bool) -> None:
    from liveaudit.store.fixes import State

    if as_json:
        print_json(plain_fixing(ended))
    else:
        if ended.message:
            sys.stdout.write(safe(f"after {ended.done} of {len(ended.steps)} calls: {ended.message}") + "\n")
        verdict = ended.verdict or "no verdict yet: no audit came; does a worker run?"
        sys.stdout.write(safe(f"{ended.policy}: {verdict} {ended.reason}".rstrip()) + "\n")
        if ended.kind == "fix":
            sys.stdout.write(f"to take it back: liveaudit fix --undo {ended.id}\n")
    if ended.state is not State.DONE:
        raise typer.Exit(EXIT_ERROR)
    if ended.kind == "fix" and ended.verdict not in ("PASS", "NOT_APPLICABLE"):
        raise typer.Exit(EXIT_INCOMPLETE)
