"""Quarantined messages taken in again: after an update, or once their account is enrolled, they may be understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.envelope import Flaw
from liveaudit.intake.sort import Message, fault, sort_messages
from liveaudit.intake.take import store_sorted
from liveaudit.store import quarantine
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError
from liveaudit.store.quarantine import Which

_PAGE = 100


@dataclass(slots=True)
class Replayed:
    """What came of a replay: how many were understood, and why the others stay, by reason."""

    understood: int = 0
    due: int = 0
    stay: Counter[str] = field(default_factory=Counter)


def replay(
    database: Database, catalog: Catalog, enrolled: Set[str], clock: Callable[[], float], which: Which
) -> Replayed:
    """Sort and store the raw body of each message that matches. What is understood now leaves quarantine.

    Each message is a transaction: it leaves in the moment in which what it asks for is stored. What is still not
    understood stays, with the reason of now.
    """
    result = Replayed()
    last = 0
    while rows := database.read_now(partial(quarantine.page, which=which, after_id=last, limit=_PAGE)):
        for row in rows:
            _one(database, catalog, enrolled, clock, row, result)
        last = rows[-1]["id"]
    return result


def _one(
    database: Database,
    catalog: Catalog,
    enrolled: Set[str],
    clock: Callable[[], float],
    row: Mapping[str, Any],
    result: Replayed,
) -> None:
    sent = row["at"] if row["sent"] is None else row["sent"]
    message = Message(row["message_id"], row["queue"], "", row["body"], sent, row["at"])
    batch = sort_messages(catalog, enrolled, [message])
    if batch.rejected:
        (rejected,) = batch.rejected
        reason, detail = rejected.flaw.value, rejected.detail
        database.write_now(lambda connection: quarantine.give_reason(connection, row["id"], reason, detail))
        result.stay[reason] += 1
        return

    def understood(connection: Connection) -> bool:
        # somebody else may replay it at the same time
        if not quarantine.take_out(connection, [row["id"]]):
            return False
        store_sorted(connection, batch, clock())
        return True

    try:
        was_there = database.write_now(understood)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - it stays, and says why
        detail = fault(error)
        database.write_now(
            lambda connection: quarantine.give_reason(connection, row["id"], Flaw.FAULT.value, detail)
        )
        result.stay[Flaw.FAULT.value] += 1
        return
    if was_there:
        result.understood += 1
        result.due += len(batch.due)
