"""Whether this installation can work at all: its store, its clock, its disk, its credentials and roles."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from liveaudit.aws.caller import AMBIENT, Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.provision.installation import Installation
from liveaudit.store.database import Database
from liveaudit.store.migrate import NEWEST_SCHEMA

OK, FAILED, WARNING = "ok", "failed", "warning"
SKEW = 60.0
"""Seconds by which the clock may be wrong: AWS refuses signatures from 5 minutes on (IAM User Guide, "Signing")."""
ROOM = 1 << 30
"""Bytes that should be free beside a SQLite store."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``outcome`` is ``ok``, ``failed`` or ``warning``; ``text``: what was seen, and what to do."""

    name: str
    outcome: str
    text: str


def check_store(database: Database) -> Check:
    """Opening it has migrated it already."""
    return Check("store", OK, f"{database.name}, schema {NEWEST_SCHEMA}")


def check_disk(
    database: Database, free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
) -> Check:
    """Room for a store that is a file; a server looks after its own."""
    file = database.engine.url.database
    if database.engine.dialect.name != "sqlite" or not file:
        return Check("disk", OK, "the store is on a server")
    left = free(Path(file).resolve().parent)
    if left < ROOM:
        return Check("disk", FAILED, f"{left >> 20} MiB are free beside {file}: make room, or move the store")
    return Check("disk", OK, f"{left >> 30} GiB are free beside {file}")


def check_clock(database_clock: Callable[[], float], own: Callable[[], float] = time.time) -> Check:
    """This machine's clock against the database's."""
    ahead = own() - database_clock()
    if abs(ahead) > SKEW:
        way = "ahead of" if ahead > 0 else "behind"
        return Check("clock", FAILED, f"{abs(ahead):.0f} s {way} the store's: set it by NTP")
    return Check("clock", OK, f"{abs(ahead):.1f} s off the store's")


async def check_aws_clock(url: str, own: Callable[[], float] = time.time) -> Check:
    """This machine's clock against the Date that AWS puts on any answer, an unsigned request's too."""
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(url)
        ahead = own() - parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError) as error:
        text = f"{url} tells no time ({type(error).__name__}): see that AWS can be reached"
        return Check("AWS clock", WARNING, text)
    if abs(ahead) > SKEW:
        way = "ahead of" if ahead > 0 else "behind"
        return Check(
            "AWS clock", FAILED, f"{abs(ahead):.0f} s {way} AWS's: set it by NTP, or calls are refused"
        )
    return Check("AWS clock", OK, f"{abs(ahead):.0f} s off AWS's")


async def check_roles(caller: Caller, installation: Installation) -> Sequence[Check]:
    """The ambient credentials, and entering each account."""
    checks = [await _identity(caller, AMBIENT, "credentials", installation.home)]
    if checks[0].outcome == FAILED:
        return checks
    accounts = sorted(installation.account_ids)
    checks += await asyncio.gather(
        *(_identity(caller, each, f"account {each}", installation.home) for each in accounts)
    )
    return checks


async def _identity(caller: Caller, account: str, name: str, region: str) -> Check:
    try:
        answer = await caller.call(account, region, "sts", "GetCallerIdentity", {})
    except AwsCallError as error:
        to_do = "see liveaudit setup check" if account else "try: aws sts get-caller-identity"
        return Check(name, FAILED, f"{error}: {to_do}")
    there = str(answer.get("Account", ""))
    if account and there != account:
        return Check(name, FAILED, f"its role leads into {there}: mend role_arn in the settings")
    return Check(name, OK, f"as {answer.get('Arn', '')}")
