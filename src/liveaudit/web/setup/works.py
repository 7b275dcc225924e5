"""The set-up's long works as jobs of the console: check, plan, roll out, prove, ask for the first sweep.

Each is what the command of the same name does, on the draft instead of the file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from liveaudit.audit.places import places
from liveaudit.provision.apply import setting_up
from liveaudit.provision.installation import Installation
from liveaudit.provision.observe import observe
from liveaudit.provision.preflight.check import Check
from liveaudit.setting_up import SetupContext, carried_out, mending, opened, planned, preflight_of, proved
from liveaudit.settings import Settings
from liveaudit.store import sweeps
from liveaudit.store.jobs import Job
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.running import Telling, Work, runner_of
from liveaudit.web.setup import draft
from liveaudit.web.setup.draft import Drafted
from liveaudit.web.setup.told import (
    ApplyBoard,
    CheckBoard,
    HelloBoard,
    checks_told,
    outcome_told,
    plan_told,
    proof_told,
)

CHECK, PLAN, APPLY, VERIFY, SWEEP = "setup check", "setup plan", "setup apply", "setup verify", "setup sweep"
PATIENCE = 3600.0
"""Seconds for which a roll-out waits for AWS at most."""
HELLO_TIMEOUT = 60.0
_RESOLVING = "looking up accounts and regions"


async def begin(console: Console, kind: str, who: Principal, *, thorough: bool = False) -> Job:
    """Begin one of the works on the draft as it stands. Raises SettingsError for a draft with mistakes, and
    JobRunningError.
    """
    drafted = await asyncio.to_thread(draft.read, console)
    settings = drafted.checked.usable()
    works: dict[str, Work] = {
        CHECK: partial(_check, settings=settings, thorough=thorough),
        PLAN: partial(_plan, settings=settings),
        APPLY: partial(_apply, console=console, settings=settings, drafted=drafted),
        VERIFY: partial(_verify, console=console, settings=settings),
        SWEEP: partial(_sweep, console=console, settings=settings),
    }
    return await runner_of(console).begin(kind, who.name, works[kind], drafted.fingerprint)


async def _check(telling: Telling, *, settings: Settings, thorough: bool) -> Mapping[str, Any]:
    telling.message = _RESOLVING
    async with opened(settings, whatever=True) as setup:
        boards: list[CheckBoard] = []
        preflight = preflight_of(setup, thorough=thorough, on_check=lambda each: boards[0].put(_plain(each)))
        boards.append(CheckBoard(setup.installation, telling, len(preflight.expected())))
        telling.message = "entering the accounts"
        checks = [_plain(each) for each in await preflight.run()]
        telling.message = ""
        return {**checks_told(checks, setup.problems), "calls": sum(setup.caller.counts.values())}


def _plain(check: Check) -> Check:
    """The check with what the console's documents page gives instead of a command that needs the settings file."""
    return replace(check, command="") if "liveaudit iam " in check.command else check


async def _plan(telling: Telling, *, settings: Settings) -> Mapping[str, Any]:
    telling.message = _RESOLVING
    async with opened(settings) as setup:
        telling.message = "looking at what stands"
        made = await planned(setup)
        telling.message = ""
        return {**plan_told(made, setup.problems), **_size(setup.installation)}


def _size(installation: Installation) -> dict[str, Any]:
    return {
        "accounts": len(installation.accounts),
        "publishers": len(installation.publishers),
        "regions": list(installation.regions),
    }


async def _apply(
    telling: Telling, *, console: Console, settings: Settings, drafted: Drafted
) -> Mapping[str, Any]:
    told = await _rolled_out(telling, settings)
    if told["complete"] and told["undetermined"]:
        # the roles that it has brought let in who asks for the regions of these accounts
        told = await _rolled_out(telling, settings)
    if told["complete"]:
        await asyncio.to_thread(draft.write_file, console, drafted)
        told["written"] = str(console.settings_path)
    telling.message = ""
    return told


async def _rolled_out(telling: Telling, settings: Settings) -> dict[str, Any]:
    telling.message = _RESOLVING
    async with opened(settings) as setup:
        board = ApplyBoard(setup.installation, telling)
        telling.message = "looking at what stands"
        options, by_hand = await mending(setup, await observe(setup.caller, setup.installation))
        wanted = setting_up(setup.installation, setup.catalog, setup.policies)
        outcome = await carried_out(setup, wanted, patience=PATIENCE, progress=board, options=options)
        board.finished(setup.installation, outcome)
        for drift in by_hand.found:
            telling.note(f"{drift.account} {drift.region}: {drift.resource}: {drift.what}: {drift.mend}")
        for unread in by_hand.unread:
            telling.note(f"{unread.account} {unread.region}: {unread.resource}: {unread.reason}")
        return {
            **outcome_told(outcome),
            **_size(setup.installation),
            "written": "",
            "undetermined": list(setup.installation.undetermined),
            "problems": [str(each) for each in setup.problems],
        }


async def _verify(telling: Telling, *, console: Console, settings: Settings) -> Mapping[str, Any]:
    telling.message = _RESOLVING
    async with opened(settings) as setup:
        board = HelloBoard(setup.installation, telling)
        telling.message = "looking at what was rolled out"

        def came(result: Any) -> None:
            telling.message = "hellos are on their way"
            board.put(result)

        targets = list(setup.installation.targets())
        proof = await proved(setup, console.database, targets, HELLO_TIMEOUT, came)
        for each in proof.results:
            board.put(each)
        telling.message = ""
        return proof_told(proof, setup.problems)


async def _sweep(telling: Telling, *, console: Console, settings: Settings) -> Mapping[str, Any]:
    telling.message = _RESOLVING
    async with opened(settings) as setup:
        asked = 0
        for each in setup.installation.accounts:
            if each.regions:
                asked += await _ask(console, setup, each.id)
                telling.done += 1
        telling.message = ""
        return {"asked": asked, "problems": [str(each) for each in setup.problems]}


async def _ask(console: Console, setup: SetupContext, account_id: str) -> int:
    account = setup.installation.account(account_id)
    services = frozenset(setup.installation.services)
    asked = sweeps.Asked(
        setup.settings.partition,
        account.id,
        places(setup.catalog, account.regions, services),
        account.regions,
        sweeps.DEMAND,
    )
    write = console.database.write
    await write(partial(sweeps.watch, account=account.id, watched=account.publishes))
    return await write(partial(sweeps.ask, asked=asked, now=console.clock()))
