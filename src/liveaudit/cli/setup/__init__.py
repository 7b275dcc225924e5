"""``liveaudit setup``: check, plan, apply, verify, status, destroy. One module a command."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Set up the receiver and the publishers, prove it, take it down.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
