"""``liveaudit setup``: check, plan, apply, verify, status, destroy. One module a command."""

from __future__ import annotations

import typer

from liveaudit.cli.setup import apply, check, destroy, plan, status, verify

app = typer.Typer(
    help="Set up the receiver and the publishers, prove it, take it down.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("check")(check.check)
app.command("plan")(plan.plan)
app.command("apply")(apply.apply)
app.command("verify")(verify.verify)
app.command("status")(status.status)
app.command("destroy")(destroy.destroy)
