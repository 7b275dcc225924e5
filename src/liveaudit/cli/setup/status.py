"""``liveaudit setup status``: what stands, account by account and region by region."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    JsonOption,
    SettingsOption,
    note,
    print_json,
    print_table,
    safe,
)
from liveaudit.cli.setup.common import run_setup
from liveaudit.cli.setup.drift import drift_lines, drift_objects
from liveaudit.cli.setup.matrix import Matrix
from liveaudit.cli.setup.plan import tell_problems

if TYPE_CHECKING:
    from liveaudit.provision.drifts import Drifts
    from liveaudit.provision.installation import Installation
    from liveaudit.provision.queue_state import QueueState
    from liveaudit.provision.status import Status
    from liveaudit.setting_up import SetupContext


def status(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Show what stands and what does not, the grants, how full the queues are, and what was changed by hand.

    Ends with 3 when not all stands as it should.
    """
    installation, found, drifts = run_setup(settings, _status)
    if as_json:
        _print_json(found)
        for told in drift_objects(drifts, "what"):
            print_json(told)
    else:
        _print(installation, found)
        for line in drift_lines(drifts):
            sys.stdout.write(line + "\n")
    if not found.complete or drifts.found or drifts.unread:
        raise typer.Exit(EXIT_INCOMPLETE)


async def _status(setup: SetupContext) -> tuple[Installation, Status, Drifts]:
    from liveaudit.provision.apply import setting_up
    from liveaudit.provision.status import status as look
    from liveaudit.setting_up import drifts_of

    tell_problems(setup)
    wanted = setting_up(setup.installation, setup.catalog, setup.policies)
    found = await look(setup.caller, setup.installation, wanted)
    return setup.installation, found, await drifts_of(setup, found.observed)


def _print_json(found: Status) -> None:
    for (account, region), cell in found.cells.items():
        print_json(
            {
                "what": "stack",
                "account": account,
                "region": region,
                "standing": cell.standing,
                "reason": cell.reason,
            }
        )
    for region, queue in found.queues.items():
        print_json(
            {
                "what": "region",
                "region": region,
                "grants": found.grants.get(region, ""),
                "waiting": queue.waiting,
                "in_flight": queue.in_flight,
                "dead_letters": queue.dead_letters,
                "queue": "unknown" if queue.reason else "there" if queue.exists else "missing",
                "reason": queue.reason,
            }
        )
    for key, operation in found.observed.running:
        print_json({"what": "operation", "stack_set": key.name, "operation": operation})


def _print(installation: Installation, found: Status) -> None:
    matrix = Matrix({each.id: each.name for each in installation.accounts})
    matrix.cells = {target: str(cell.standing) for target, cell in found.cells.items()}
    matrix.reasons = {target: cell.reason for target, cell in found.cells.items()}
    for line in matrix.lines(shutil.get_terminal_size((100, 24)).columns):
        sys.stdout.write(line + "\n")
    for line in matrix.told_reasons():
        sys.stdout.write(f"  {line}\n")
    sys.stdout.write("\n")
    print_table(
        ("region", "grants", "waiting", "in flight", "dead letters"),
        (
            (region, found.grants.get(region, "as they should be"), *_queue(queue))
            for region, queue in found.queues.items()
        ),
    )
    for region, queue in found.queues.items():
        if queue.reason:
            note(safe(f"{installation.receiver} {region}: the queue cannot be seen: {queue.reason}"))
    for key, operation in found.observed.running:
        note(safe(f"{key.name}: operation {operation} is under way"))


def _queue(queue: QueueState) -> tuple[object, object, object]:
    if queue.reason:
        return "unknown", "unknown", "unknown"
    if not queue.exists:
        return "no queue", "", ""
    return queue.waiting, queue.in_flight, queue.dead_letters
