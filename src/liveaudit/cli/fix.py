"""``liveaudit fix``: what mends a finding, as exact commands; and, where that is switched on, mending it and taking it back."""

from __future__ import annotations

import sys
import time
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
    open_store,
    print_json,
    read_settings,
    safe,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liveaudit.fix.plan import Known, Plan


def fix(
    finding: Annotated[str, typer.Argument(help="The finding's id, or the beginning of it.")],
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the commands that mend a finding, filled in for its resource, and those that undo them.

    Ends with 4 when there is no such finding, and with 1 when it cannot be mended by calls.
    """
    with closing(open_store(read_settings(settings))) as database:
        known = known_of_all()
        plan = database.read_now(partial(one_plan, prefix=finding, known=known))
    if as_json:
        print_json(plain(plan))
    else:
        sys.stdout.write("\n".join(lines(plan)) + "\n")


def known_of_all() -> Known:
    """All services and policies, for plans."""
    from liveaudit.fix.plan import Known
    from liveaudit.policies.tags import tags_of
    from liveaudit.services import load

    return Known(*load(), tags_of)


def one_plan(connection: Connection, prefix: str, known: Known) -> Plan:
    """The plan for the finding whose id begins so. Raises CommandError, UnfixableError."""
    from liveaudit.fix.plan import NoFindingError, plan_of
    from liveaudit.store.findings import get_findings

    found = get_findings(connection, prefix)
    if len(found) > 1:
        raise CommandError(f"{prefix!r} is the beginning of several findings; give more of it", EXIT_USAGE)
    try:
        return plan_of(connection, found[0]["id"] if found else prefix, known, time.time())
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
