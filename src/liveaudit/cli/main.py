"""The program: its command groups and how errors end it."""

from __future__ import annotations

import sys

import typer

from liveaudit.cli import (
    calls,
    catalog,
    channels,
    demo,
    doctor,
    exemptions,
    explain,
    export,
    finding_actions,
    findings,
    fix,
    frameworks,
    iam,
    jobs,
    lab,
    monitoring,
    policies,
    quarantine,
    raw_event,
    rejudge,
    resources,
    serve,
    settings,
    settings_new,
    setup,
    status,
    sweep,
    sweeps,
    tokens,
    users,
    worker,
)
from liveaudit.cli.common import EXIT_ERROR, CommandError
from liveaudit.model import LiveauditError

app = typer.Typer(
    name="liveaudit",
    help="Near-real-time configuration audit for AWS.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("lab")(lab.lab)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("sweep")(sweep.sweep)
app.command("rejudge")(rejudge.rejudge)
app.command("explain")(explain.explain)
app.command("iam")(iam.iam)
app.command("calls")(calls.calls)
app.command("fix")(fix.fix)
findings.app.command("export")(export.export_findings)
findings.app.command("act")(finding_actions.act_on_findings)
findings.app.command("event")(raw_event.show_event)
frameworks.app.command("report")(export.report_framework)
app.add_typer(setup.app, name="setup")
app.add_typer(findings.app, name="findings")
app.add_typer(resources.app, name="resources")
app.add_typer(sweeps.app, name="sweeps")
app.add_typer(policies.app, name="policies")
app.add_typer(exemptions.app, name="exemptions")
app.add_typer(frameworks.app, name="frameworks")
app.add_typer(channels.app, name="channels")
app.add_typer(catalog.app, name="catalog")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(jobs.app, name="jobs")
app.add_typer(monitoring.app, name="monitoring")
settings.app.command("new")(settings_new.new)
app.add_typer(settings.app, name="settings")
app.add_typer(users.app, name="users")
app.add_typer(tokens.app, name="tokens")


def main() -> None:
    """Run the program. Exit codes: 0 done, 1 an error, 2 wrong usage, 3 done but incomplete, 4 nothing found."""
    try:
        app()
    except CommandError as error:
        sys.stderr.write(f"liveaudit: {error}\n")
        raise SystemExit(error.exit_code) from error
    except LiveauditError as error:
        sys.stderr.write(f"liveaudit: {error}\n")
        raise SystemExit(EXIT_ERROR) from error
    except BrokenPipeError as error:
        # the reader of our output went away: nothing more to say
        sys.stderr.close()
        raise SystemExit(EXIT_ERROR) from error


if __name__ == "__main__":
    main()
