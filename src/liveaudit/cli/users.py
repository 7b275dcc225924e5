"""``liveaudit users``: who may use the console."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
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
    this_user,
)
from liveaudit.cli.console_store import StoreOption, place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liveaudit.store.audit_log import Entry
    from liveaudit.store.database import Database
    from liveaudit.store.users import User

app = typer.Typer(help="Who may use the console.", no_args_is_help=True, rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(help="The user's name.", metavar="NAME")]
RoleOption = Annotated[str, typer.Option("--role", help="viewer, operator or administrator.", metavar="ROLE")]


def entry(action: str, target: str, detail: str = "") -> Entry:
    """What was done by a command, for the audit log."""
    from liveaudit.store.audit_log import Entry

    return Entry(this_user(), action, target, detail, "administrator", "command line")


def _new_password(name: str) -> str:
    """A password, asked twice at a terminal, else one line of standard input. Returns what is kept of it."""
    from liveaudit.web.access.passwords import PasswordError, Passwords, check_password

    if sys.stdin.isatty():
        given = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != given:
            raise CommandError("the two are not the same", EXIT_USAGE)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    try:
        return Passwords().kept(check_password(given, name))
    except PasswordError as error:
        raise CommandError(str(error), EXIT_USAGE) from error


def known(database: Database, name: str) -> User:
    """The user of this name. Raises CommandError."""
    from liveaudit.store import users

    found = database.read_now(partial(users.find_name, name=name))
    if found is None:
        raise CommandError(f"no user {name!r}; see: liveaudit users list", EXIT_NOT_FOUND)
    return found


@app.command("add")
def add_user(
    name: NameArgument, role: RoleOption = "viewer", store: StoreOption = "", settings: SettingsOption = None
) -> None:
    """Add a user with a password, which is asked for, or read from standard input."""
    from liveaudit.store import audit_log, sign_ins, users
    from liveaudit.store.roles import Role
    from liveaudit.web.access.passwords import PasswordError, check_name

    try:
        kept, wanted = check_name(name), Role(role)
    except PasswordError as error:
        raise CommandError(str(error), EXIT_USAGE) from error
    except ValueError as error:
        raise CommandError(f"--role: {role!r} is none of: {', '.join(Role)}", EXIT_USAGE) from error
    database = place(settings, store).open()
    try:
        password = _new_password(kept)

        def add(connection: Connection) -> None:
            now = time.time()
            users.add(connection, kept, wanted, password, now)
            sign_ins.drop_first_links(connection)
            audit_log.put(connection, entry("user.add", kept, f"role {wanted}"), now)

        database.write_now(add)
    finally:
        database.close()
    note(f"{kept} can sign in as {wanted}")


@app.command("list")
def list_users(store: StoreOption = "", settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """List all users."""
    from liveaudit.store import users

    database = place(settings, store).open()
    try:
        found = database.read_now(users.list_users)
    finally:
        database.close()
    if as_json:
        for each in found:
            print_json(
                {
                    "name": each.name,
                    "role": each.role,
                    "by": "password" if each.local else "provider",
                    "disabled": each.disabled,
                    "made_at": iso(each.made_at),
                    "seen_at": iso(each.seen_at),
                }
            )
        return
    print_table(
        ("name", "role", "signs in by", "state", "last sign-in"),
        (
            (
                each.name,
                each.role,
                "password" if each.local else "provider",
                "disabled" if each.disabled else "active",
                iso(each.seen_at) or "never",
            )
            for each in found
        ),
    )


def _change(
    name: str, store: str, settings: Path | None, action: str, change: Callable[[Connection, User], None]
) -> None:
    from liveaudit.store import audit_log

    database = place(settings, store).open()
    try:
        user = known(database, name)

        def changed(connection: Connection) -> None:
            change(connection, user)
            audit_log.put(connection, entry(action, user.name), time.time())

        database.write_now(changed)
    finally:
        database.close()


@app.command("disable")
def disable_user(
    name: NameArgument,
    again: Annotated[bool, typer.Option("--undo", help="Let a disabled user in again.")] = False,
    store: StoreOption = "",
    settings: SettingsOption = None,
) -> None:
    """Shut a user out: sessions end at once, tokens are of no use."""
    from liveaudit.store import users

    def change(connection: Connection, user: User) -> None:
        users.set_disabled(connection, user.id, not again)

    _change(name, store, settings, "user.enable" if again else "user.disable", change)
    note(f"{name} {'is let in again' if again else 'is shut out'}")


@app.command("role")
def change_role(
    name: NameArgument,
    role: Annotated[str, typer.Argument(help="viewer, operator or administrator.", metavar="ROLE")],
    store: StoreOption = "",
    settings: SettingsOption = None,
) -> None:
    """Give a user another role, from their next request on. Those of a provider get theirs from there."""
    from liveaudit.store import users
    from liveaudit.store.roles import Role

    try:
        wanted = Role(role)
    except ValueError as error:
        raise CommandError(f"ROLE: {role!r} is none of: {', '.join(Role)}", EXIT_USAGE) from error

    def change(connection: Connection, user: User) -> None:
        users.set_role(connection, user.id, wanted)

    _change(name, store, settings, f"user.role.{wanted}", change)
    note(f"{name} is {wanted}")


@app.command("password")
def change_password(name: NameArgument, store: StoreOption = "", settings: SettingsOption = None) -> None:
    """Give a local user another password, which is asked for, or read from standard input; their sessions end."""
    from liveaudit.store import console_sessions, users

    def change(connection: Connection, user: User) -> None:
        users.set_password(connection, user.id, password)
        console_sessions.end_all(connection, user.id)

    database = place(settings, store).open()
    try:
        if not known(database, name).local:
            raise CommandError(f"{name} signs in by the provider, and has no password here", EXIT_USAGE)
    finally:
        database.close()
    password = _new_password(name)
    _change(name, store, settings, "user.password", change)
    note(f"{name} has another password")


@app.command("link")
def print_link(
    name: Annotated[
        str,
        typer.Argument(
            help="For this user; else, as long as there is none, for whoever begins.", metavar="[NAME]"
        ),
    ] = "",
    address: Annotated[
        str, typer.Option("--address", help="Where the console is reached.", metavar="URL")
    ] = "http://127.0.0.1:8430",
    store: StoreOption = "",
    settings: SettingsOption = None,
) -> None:
    """Print a link that lets one browser in, once, within an hour: for who has forgotten the password, or begins."""
    from liveaudit.store import audit_log, users
    from liveaudit.web.access.sign_in import one_time_link

    database = place(settings, store).open()
    try:
        user = known(database, name) if name else None
        if user is None and database.read_now(users.anybody):
            raise CommandError("there are users: say for whom; see: liveaudit users list", EXIT_USAGE)
        if user is not None and user.disabled:
            raise CommandError(f"{name} is disabled; see: liveaudit users disable --undo", EXIT_USAGE)
        code = one_time_link(database, time.time(), None if user is None else user.id)
        database.write_now(partial(audit_log.put, entry=entry("user.link", name), now=time.time()))
    finally:
        database.close()
    sys.stdout.write(f"{address.rstrip('/')}/sign-in/link#{code}\n")
