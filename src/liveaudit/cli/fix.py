"""``liveaudit fix``: what mends a finding, as exact commands; and, where that is switched on, mending it and taking it back."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    ago,
    iso,
    open_store,
    print_json,
    print_table,
    read_settings,
    safe,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liveaudit.fix.plan import Known, Plan
    from liveaudit.store.fixes import Fixing


def fix(
    finding: Annotated[str, typer.Argument(help="The finding's id, or the beginning of it.")] = "",
    run: Annotated[
        bool, typer.Option("--run", help="Run the commands, audit the resource again and tell the verdict.")
    ] = False,
    undo: Annotated[
        str, typer.Option(help="Take back the fix of this id, or the beginning of it.", metavar="ID")
    ] = "",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="With --undo: also where others have changed something since.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before something is changed.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="The last fixes that were run, of the finding if one is named.")
    ] = False,
    every: Annotated[bool, typer.Option("--list", help="The policies that have a fix.")] = False,
    by: Annotated[str, typer.Option(help="Who does it. Default: the user of this machine.")] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the commands that mend a finding, filled in for its resource, and those that undo them; or run them.

    Ends with 4 when there is no such finding, with 1 when it cannot be mended by calls or a call failed, and with 3 when the
    policy does not pass afterwards.
    """
    if every:
        _list_all(as_json=as_json)
        return
    if not finding and not undo and not history:
        raise CommandError(
            "name a finding, or a fix with --undo; liveaudit findings list tells of them", EXIT_USAGE
        )
    if undo and (finding or run or history):
        raise CommandError("--undo takes the id of a fix, and goes alone: see --history", EXIT_USAGE)
    loaded = read_settings(settings, thoroughly=run or bool(undo))
    if run or undo:
        from liveaudit.cli import fix_running

        fix_running.run(loaded, finding, undo, by=by, yes=yes, anyway=anyway, as_json=as_json)
        return
    with closing(open_store(loaded)) as database:
        if history:
            _tell_history(database.read_now(partial(_history, prefix=finding)), as_json=as_json)
            return
        plan = database.read_now(partial(one_plan, prefix=finding, known=known_of_all()))
    if as_json:
        print_json(plain(plan))
    else:
        sys.stdout.write("\n".join(lines(plan)) + "\n")


def known_of_all() -> Known:
    """All services and policies, for plans."""
    from liveaudit.fix.plan import Known
    from liveaudit.services import load

    return Known(*load())


def one_finding(connection: Connection, prefix: str) -> str:
    """The id of the finding that begins so; the prefix itself where there is none. Raises CommandError."""
    from liveaudit.store.findings import get_findings

    found = get_findings(connection, prefix)
    if len(found) > 1:
        raise CommandError(f"{prefix!r} is the beginning of several findings; give more of it", EXIT_USAGE)
    return str(found[0]["id"]) if found else prefix


def one_plan(connection: Connection, prefix: str, known: Known) -> Plan:
    """The plan for the finding whose id begins so. Raises CommandError, UnfixableError."""
    from liveaudit.fix.plan import NoFindingError, plan_of

    try:
        return plan_of(connection, one_finding(connection, prefix), known, time.time())
    except NoFindingError as error:
        raise CommandError(str(error), EXIT_NOT_FOUND) from error


def lines(plan: Plan) -> list[str]:
    """A plan in words, for a terminal."""
    told = [
        safe(f"{plan.finding['policy']} on {plan.resource.arn}"),
        f"{plan.finding['severity']}, {plan.finding['status']}: {safe(plan.finding['reason'])}",
        "",
        plan.fix.does,
        *(f"  {safe(each)}" for each in plan.commands),
    ]
    if plan.fix.beware:
        told += ["", f"Beware: {plan.fix.beware}"]
    if plan.undo_commands:
        told += ["", "To undo it", *(f"  {safe(each)}" for each in plan.undo_commands)]
    told += ["", *plan.not_undone] if plan.not_undone else []
    if plan.why_not:
        told += ["", safe(f"It may not be run from here: {plan.why_not}")]
    return told


def plain(plan: Plan) -> dict[str, Any]:
    """A plan as JSON has it."""
    return {
        "finding": plan.finding["id"],
        "policy": plan.finding["policy"],
        "arn": plan.resource.arn,
        "does": plan.fix.does,
        "beware": plan.fix.beware,
        "steps": [each.plain() for each in plan.steps],
        "commands": list(plan.commands),
        "undo_commands": list(plan.undo_commands),
        "not_undone": list(plan.not_undone),
        "why_not": plan.why_not,
    }


def _list_all(*, as_json: bool) -> None:
    from liveaudit.fix.table import FIXES

    found = [(policy, type_name, fix.does, fix.beware) for (policy, type_name), fix in sorted(FIXES.items())]
    if as_json:
        for policy, type_name, does, beware in found:
            print_json({"policy": policy, "type": type_name, "does": does, "beware": beware})
    else:
        print_table(("policy", "type", "does"), (each[:3] for each in found))


def _history(connection: Connection, prefix: str) -> list[Fixing]:
    from liveaudit.store import fixes

    return fixes.list_fixes(connection, finding_id=one_finding(connection, prefix) if prefix else "")


def _tell_history(found: Iterable[Fixing], *, as_json: bool) -> None:
    if as_json:
        for each in found:
            print_json(plain_fixing(each))
        return
    now = time.time()
    print_table(
        ("fix", "kind", "state", "verdict", "begun", "by", "policy", "resource", "message"),
        (
            (
                each.id[:12],
                each.kind,
                "undone" if each.kind == "fix" and each.other else each.state.value,
                each.verdict,
                f"{ago(each.began_at, now)} ago",
                each.by,
                each.policy,
                each.arn,
                each.message[:80],
            )
            for each in found
        ),
    )


def plain_fixing(each: Fixing) -> dict[str, Any]:
    """A fix that was run, as JSON has it."""
    return {
        "id": each.id,
        "kind": each.kind,
        "finding": each.finding_id,
        "policy": each.policy,
        "arn": each.arn,
        "account": each.resource.account,
        "region": each.resource.region,
        "by": each.by,
        "rule": each.rule,
        "state": each.state.value,
        "steps": list(each.steps),
        "done": each.done,
        "message": each.message,
        "began_at": iso(each.began_at),
        "ended_at": iso(each.ended_at),
        "verdict": each.verdict,
        "reason": each.reason,
        "other": each.other,
    }
