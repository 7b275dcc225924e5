"""``liveaudit lab``: a small AWS on this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import EXIT_ERROR, EXIT_USAGE, CommandError, note

if TYPE_CHECKING:
    from liveaudit.lab import Lab

DEFAULT_ACCOUNTS = ["111111111111", "222222222222"]
DEFAULT_REGIONS = ["us-east-1", "eu-west-1"]


def make_lab(accounts: tuple[str, ...], regions: tuple[str, ...], port: int) -> Lab:
    """The lab, or a clear word on what is missing for it."""
    try:
        from liveaudit.lab import Lab as Made
    except ModuleNotFoundError as error:
        raise CommandError(
            f"the lab needs {error.name}, which is not installed: pip install 'liveaudit[lab]'", EXIT_ERROR
        ) from error
    return Made(accounts=accounts, regions=regions, host="127.0.0.1", port=port)


def exports(lab: Lab, account: str, region: str) -> str:
    """Shell lines that point the ``aws`` command, boto3 and liveaudit at the lab."""
    return "".join(
        f"export {name}={value}\n" for name, value in sorted(lab.environment(account, region).items())
    )


def lab(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.", min=0, max=65535)] = 5566,
    account: Annotated[list[str] | None, typer.Option(help="Account id; may be given several times.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Region; may be given several times.")] = None,
    organization: Annotated[
        bool, typer.Option("--organization", help="The first account manages an organization of all of them.")
    ] = False,
) -> None:
    """Run a small AWS on this machine: several accounts and regions, with CloudTrail events that travel."""
    import signal
    import threading

    accounts = tuple(account or DEFAULT_ACCOUNTS)
    regions = tuple(region or DEFAULT_REGIONS)
    if any(len(each) != 12 or not each.isdigit() for each in accounts):
        raise CommandError("--account: an account id has twelve digits", EXIT_USAGE)
    made = make_lab(accounts, regions, port)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        made.start()
    except OSError as error:
        raise CommandError(f"port {port} cannot be had: {error}; choose another with --port") from error
    try:
        if organization:
            made.organize(accounts[0], {"": accounts[1:]})
        sys.stdout.write(f"# the lab answers at {made.endpoint_url}; stop it with Ctrl-C\n")
        for each in accounts:
            sys.stdout.write(f"# account {each}\n{exports(made, each, regions[0])}")
        sys.stdout.flush()
        stopping.wait()
        note("stopping")
    finally:
        made.stop()
