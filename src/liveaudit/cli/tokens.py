"""``liveaudit tokens``: tokens by which programs use the API."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    iso,
    note,
    print_json,
    print_table,
)
from liveaudit.cli.console_store import StoreOption, place
from liveaudit.cli.users import entry, known

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(help="Tokens by which programs use the API.", no_args_is_help=True, rich_markup_mode=None)


@app.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="What it is for.", metavar="NAME")],
    scope: Annotated[
        str, typer.Option("--scope", help="read, write or admin: what it may do.", metavar="SCOPE")
    ] = "read",
    days: Annotated[int, typer.Option("--days", help="Days that it holds.", min=1, max=3650)] = 90,
    user: Annotated[
        str,
        typer.Option(
            "--user", help="Whose it is: it may no more than this user, and ends with them.", metavar="NAME"
        ),
    ] = "",
    store: StoreOption = "",
    settings: SettingsOption = None,
) -> None:
    """Make a token and print it, this once. Send it as: Authorization: Bearer TOKEN."""
    from liveaudit.store import api_tokens, audit_log
    from liveaudit.store.api_tokens import Scope, TokenError
    from liveaudit.web.access.secret_words import digest, hint, new_token

    try:
        wanted = Scope(scope)
    except ValueError as error:
        raise CommandError(f"--scope: {scope!r} is none of: {', '.join(Scope)}", EXIT_USAGE) from error
    done = entry("token.create", name, f"scope {wanted}, {days} days" + (f", of {user}" if user else ""))
    database = place(settings, store).open()
    try:
        owner = known(database, user).id if user else None
        now, secret = time.time(), new_token()

        def issue(connection: Connection) -> None:
            api_tokens.issue(
                connection,
                digest(secret),
                name=name,
                hint=hint(secret),
                scope=wanted,
                user_id=owner,
                made_by=done.name,
                now=now,
                days=days,
            )
            audit_log.put(connection, done, now)

        try:
            database.write_now(issue)
        except TokenError as error:
            raise CommandError(str(error), EXIT_USAGE) from error
    finally:
        database.close()
    note(f"{wanted} for {days} days; it is not shown again:")
    sys.stdout.write(secret + "\n")


@app.command("list")
def list_tokens(
    store: StoreOption = "", settings: SettingsOption = None, as_json: JsonOption = False
) -> None:
    """List all tokens, without what they are."""
    from liveaudit.store import api_tokens

    database = place(settings, store).open()
    try:
        found = database.read_now(api_tokens.list_tokens)
    finally:
        database.close()
    now = time.time()
    rows = [
        {
            "id": each.id,
            "name": each.name,
            "begins": each.hint,
            "scope": each.scope,
            "user": each.user,
            "made_by": each.made_by,
            "made_at": iso(each.made_at),
            "seen_at": iso(each.seen_at),
            "expires_at": iso(each.expires_at),
            "expired": each.expires_at <= now,
        }
        for each in found
    ]
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_table(
        ("id", "name", "begins", "scope", "user", "expires", "last used"),
        (
            (
                row["id"],
                row["name"],
                row["begins"],
                row["scope"],
                row["user"] or "-",
                f"{row['expires_at']}{' (over)' if row['expired'] else ''}",
                row["seen_at"] or "never",
            )
            for row in rows
        ),
    )


@app.command("revoke")
def revoke_token(
    token: Annotated[int, typer.Argument(help="The id, as listed.", metavar="ID")],
    store: StoreOption = "",
    settings: SettingsOption = None,
) -> None:
    """End a token, at once."""
    from liveaudit.store import api_tokens, audit_log

    database = place(settings, store).open()
    try:

        def revoke(connection: Connection) -> str | None:
            gone = api_tokens.get(connection, token)
            if gone is not None and api_tokens.revoke(connection, token):
                audit_log.put(connection, entry("token.revoke", gone.name), time.time())
            return None if gone is None else gone.name

        name = database.write_now(revoke)
    finally:
        database.close()
    if name is None:
        raise CommandError(f"no token {token}; see: liveaudit tokens list", EXIT_NOT_FOUND)
    note(f"{name!r} is of no use any more")
