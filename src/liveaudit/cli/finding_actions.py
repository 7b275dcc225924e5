"""``liveaudit findings act``: what people do to findings, from the command line."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    SettingsOption,
    note,
    one_of,
    open_store,
    read_settings,
    this_user,
)


def act_on_findings(
    action: Annotated[
        str,
        typer.Argument(help="review, 'false positive', suppress, reopen, owner or note.", metavar="ACTION"),
    ],
    ids: Annotated[list[str], typer.Argument(help="Ids of findings, whole.", metavar="ID...")],
    text: Annotated[
        str,
        typer.Option(
            help="The reason (false positive, suppress and reopen need one), the owner or the note."
        ),
    ] = "",
    by: Annotated[str, typer.Option(help="Who does it. Default: the user of this machine.")] = "",
    settings: SettingsOption = None,
) -> None:
    """Decide on findings, give them to an owner or write a note to them. It stands in their history.

    A false positive and what is suppressed stay so, whatever audits find, until somebody reopens them or the resource is gone.
    """
    from liveaudit.store import decisions
    from liveaudit.store.decisions import Action, UnfitError
    from liveaudit.store.life import by_person

    one_of(action, list(Action), "ACTION")
    who = by_person(by or this_user())
    database = open_store(read_settings(settings))
    try:
        done = database.write_now(
            lambda c: decisions.act(c, ids, Action(action), text, by=who, now=time.time())
        )
    except UnfitError as error:
        raise CommandError(f"--text: {error}", EXIT_USAGE) from error
    finally:
        database.close()
    for each in done:
        note(f"{each.id}: {each.refused or each.status}")
    missing = set(ids) - {each.id for each in done}
    if missing:
        raise CommandError(
            f"no finding {sorted(missing)[0]!r}; see: liveaudit findings list --all", EXIT_NOT_FOUND
        )
