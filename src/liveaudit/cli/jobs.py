"""``liveaudit jobs``: long work that was begun in the console: how far it is, what it came to, how to end it."""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
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
    this_user,
)

if TYPE_CHECKING:
    from liveaudit.store.jobs import Job

app = typer.Typer(
    help="Long work of the console: how far it is, how to end it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


@app.command("list")
def list_jobs(
    kind: Annotated[str, typer.Option(help="Only of this kind, as 'setup check'.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=1000)] = 20,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the last jobs, the newest first."""
    from liveaudit.store import jobs
    from liveaudit.store.clock import StoreClock

    with closing(open_store(read_settings(settings))) as database:
        now = StoreClock(database)()
        found = database.read_now(partial(jobs.list_jobs, now=now, kind=kind, limit=limit))
    if as_json:
        for each in found:
            print_json(_plain(each))
        return
    print_table(
        ("job", "kind", "state", "done", "begun", "by", "message"),
        (
            (
                each.id,
                each.kind,
                each.state.value,
                f"{each.done}/{each.total}" if each.total else "",
                f"{ago(each.began_at, now)} ago",
                each.asked_by,
                each.message[:80],
            )
            for each in found
        ),
    )


@app.command("show")
def show(job: JobArgument, settings: SettingsOption = None) -> None:
    """Show a job with its progress and its result, as one JSON object. Ends with 4 when there is none."""
    from liveaudit.store import jobs
    from liveaudit.store.clock import StoreClock

    with closing(open_store(read_settings(settings))) as database:
        found = database.read_now(partial(jobs.get, job_id=job, now=StoreClock(database)()))
    if found is None:
        raise CommandError(f"{safe(job)}: there is no such job; see: liveaudit jobs list", EXIT_NOT_FOUND)
    print_json({**_plain(found), "progress": found.progress, "result": found.result})


@app.command("cancel")
def cancel(job: JobArgument, settings: SettingsOption = None) -> None:
    """Have a job ended at its next sign of life; what AWS has begun goes on. Ends with 4 when it does not run."""
    from liveaudit.store import jobs

    with closing(open_store(read_settings(settings))) as database:
        asked = database.write_now(partial(jobs.ask_to_end, job_id=job, by=f"{this_user()} in a terminal"))
    if not asked:
        raise CommandError(f"{safe(job)}: no such job is under way; see: liveaudit jobs list", EXIT_NOT_FOUND)
    sys.stdout.write(f"{safe(job)}: is asked to end\n")


def _plain(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "asked_by": job.asked_by,
        "began": iso(job.began_at),
        "ended": iso(job.ended_at),
        "cancelled_by": job.cancelled_by,
        "done": job.done,
        "total": job.total,
        "message": job.message,
    }
