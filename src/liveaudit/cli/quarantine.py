"""``liveaudit quarantine``: messages that were not understood, why, and another try."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    ago,
    iso,
    note,
    open_store,
    print_json,
    print_table,
    read_settings,
    resolve_settings,
    safe,
)

if TYPE_CHECKING:
    from liveaudit.store.quarantine import Which

app = typer.Typer(help="Messages that were not understood.", no_args_is_help=True, rich_markup_mode=None)

ReasonOption = Annotated[str, typer.Option("--reason", help="Only those kept for this reason.")]
QueueOption = Annotated[str, typer.Option("--queue", help="Only those of this queue, as REGION/NAME.")]
OlderOption = Annotated[
    str, typer.Option("--older-than", help="Only those kept longer than this: 30m, 12h, 7d.", metavar="AGE")
]
NewerOption = Annotated[
    str, typer.Option("--newer-than", help="Only those kept no longer than this.", metavar="AGE")
]
IdsArgument = Annotated[list[int] | None, typer.Argument(help="Ids, as listed.", metavar="[ID]...")]

_AGE = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(age: str, option: str) -> float:
    """An age as it is given on the command line. Raises CommandError naming the option."""
    found = _AGE.fullmatch(age)
    if found is None:
        raise CommandError(f"{option}: {age!r} is no age; write 30m, 12h or 7d", EXIT_USAGE)
    return float(int(found[1]) * _SECONDS[found[2]])


def _which(reason: str, queue: str, older_than: str, newer_than: str, ids: list[int] | None = None) -> Which:
    from liveaudit.intake.envelope import Flaw
    from liveaudit.store.quarantine import Which

    reasons = [each.value for each in Flaw]
    if reason and reason not in reasons:
        raise CommandError(f"--reason: {reason!r} is none of: {', '.join(reasons)}", EXIT_USAGE)
    now = time.time()
    return Which(
        ids=tuple(ids or ()),
        reason=reason,
        queue=queue,
        before=now - seconds(older_than, "--older-than") if older_than else None,
        after=now - seconds(newer_than, "--newer-than") if newer_than else None,
    )


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "at": iso(row["at"]),
        "sent": iso(row["sent"]),
        "reason": row["reason"],
        "detail": row["detail"],
        "queue": row["queue"],
        "message_id": row["message_id"],
        "body": row["body"],
    }


@app.command("list")
def list_messages(
    reason: ReasonOption = "",
    queue: QueueOption = "",
    older_than: OlderOption = "",
    newer_than: NewerOption = "",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 100,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the messages, the latest first. With --json the raw body is in."""
    from liveaudit.store.quarantine import list_quarantine

    which = _which(reason, queue, older_than, newer_than)
    database = open_store(read_settings(settings))
    try:
        found = database.read_now(lambda connection: list_quarantine(connection, which, limit=limit))
    finally:
        database.close()
    if as_json:
        for row in found:
            print_json(_told(row))
        return
    now = time.time()
    print_table(
        ("id", "kept", "reason", "queue", "detail"),
        ((row["id"], ago(row["at"], now), row["reason"], row["queue"], row["detail"][:100]) for row in found),
    )


@app.command("show")
def show_message(
    message: Annotated[int, typer.Argument(help="The id, as listed.", metavar="ID")],
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one message: why it is kept, and its body."""
    from liveaudit.store.quarantine import Which, list_quarantine

    database = open_store(read_settings(settings))
    try:
        found = database.read_now(lambda connection: list_quarantine(connection, Which(ids=(message,))))
    finally:
        database.close()
    if not found:
        raise CommandError(f"no message {message}; see: liveaudit quarantine list", EXIT_NOT_FOUND)
    one = _told(found[0])
    if as_json:
        print_json(one)
        return
    lines = [
        f"Message  {one['id']} ({safe(one['message_id'])})",
        f"Queue    {safe(one['queue'])}",
        f"Sent     {one['sent'] or 'not known'}   Kept since {one['at']}",
        f"Reason   {one['reason']}: {safe(one['detail'])}",
        "",
        *(safe(line) for line in _readable(one["body"]).splitlines()),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _readable(body: str) -> str:
    """JSON with its parts on lines of their own; what is no JSON as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=True)
    except (ValueError, RecursionError):
        return body


@app.command("replay")
def replay_messages(
    ids: IdsArgument = None,
    every: Annotated[bool, typer.Option("--all", help="All that the other options leave.")] = False,
    reason: ReasonOption = "",
    queue: QueueOption = "",
    older_than: OlderOption = "",
    newer_than: NewerOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take messages in again. What is understood now leaves quarantine, and the workers audit it."""
    if bool(ids) == every:
        raise CommandError("name the ids, or say --all", EXIT_USAGE)
    which = _which(reason, queue, older_than, newer_than, ids)
    loaded = read_settings(settings)
    from liveaudit.intake.replay import replay
    from liveaudit.services import load
    from liveaudit.store.clock import StoreClock

    catalog, _ = load()
    enrolled = resolve_settings(loaded).installation.account_ids
    database = open_store(loaded)
    try:
        result = replay(database, catalog, enrolled, StoreClock(database), which)
    finally:
        database.close()
    left = sum(result.stay.values())
    if ids and not result.understood and not left:
        raise CommandError("no message of these ids; see: liveaudit quarantine list", EXIT_NOT_FOUND)
    if as_json:
        print_json({"understood": result.understood, "due": result.due, "stay": dict(result.stay)})
    else:
        note(f"{result.understood} understood, {result.due} resources due")
        for why, number in sorted(result.stay.items()):
            note(f"{number} stay: {why}")
    if left:
        raise typer.Exit(EXIT_INCOMPLETE)


@app.command("purge")
def purge_messages(
    older_than: OlderOption = "",
    every: Annotated[bool, typer.Option("--all", help="However young they are.")] = False,
    reason: ReasonOption = "",
    queue: QueueOption = "",
    settings: SettingsOption = None,
) -> None:
    """Remove messages for good: those older than an age, or --all."""
    if bool(older_than) == every:
        raise CommandError("say how old they have to be with --older-than, or --all", EXIT_USAGE)
    from liveaudit.store.quarantine import purge

    which = _which(reason, queue, older_than, "")
    database = open_store(read_settings(settings))
    try:
        removed = database.write_now(lambda connection: purge(connection, which))
    finally:
        database.close()
    note(f"{removed} removed")
