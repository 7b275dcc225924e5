"""Findings put into a store as they stand, without an audit: for what only reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, update

from liveaudit.model import Outcome, Resource
from liveaudit.store import codec, work
from liveaudit.store.database import Database
from liveaudit.store.schema import findings, resources, transitions, verdicts


def stand(database: Database, given: Sequence[Mapping[str, Any]]) -> None:
    """Put findings in, each as :func:`liveaudit.store.findings.finding_row` gives it; resources are made as needed.

    Each has the verdict FAIL while it is not closed, and one transition with what ``moved`` of it says.
    """
    wanted = {
        Resource(
            "aws", each["account"], each["region"], each["type"], codec.storable(each["resource"])
        ): codec.storable(each["arn"])
        for each in given
    }
    keys = database.write_now(lambda connection: work.resource_keys(connection, wanted, 0.0))
    rows, judged, moved = [], [], []
    for each in given:
        key = keys[
            Resource("aws", each["account"], each["region"], each["type"], codec.storable(each["resource"]))
        ]
        # every row has the same columns: SQLAlchemy takes those of the first one
        told: dict[str, Any] = {"owner": "", "decided_by": "", "actor": "", "closed_before": None}
        told |= {name: value for name, value in each.items() if name not in ("resource", "arn", "moved")}
        told["reason"] = codec.storable(told["reason"])
        for name in ("evidence", "opened_by", "opened_hops"):
            told[name] = codec.dump(told[name])
        for name in ("closed_by", "closed_hops"):
            told[name] = None if told[name] is None else codec.dump(told[name])
        rows.append({**told, "resource_id": key})
        if each["status"] not in ("resolved", "archived"):
            judged.append(
                {
                    "resource_id": key,
                    "policy": each["policy"],
                    "outcome": Outcome.FAIL.value,
                    "reason": told["reason"],
                    "evidence": told["evidence"],
                    "read_order": 1,
                    "judged_at": each["updated_at"],
                }
            )
        moved.append(
            {
                "finding_id": each["id"],
                "status": each["status"],
                "at": each["updated_at"],
                "by": "",
                "reason": told["reason"],
                "changes": "[]",
                "hops": "{}",
                **each.get("moved", {}),
            }
        )

    def write(connection: Any) -> None:
        connection.execute(update(resources).values(state="present"))
        connection.execute(insert(findings), rows)
        if judged:
            connection.execute(insert(verdicts), judged)
        connection.execute(insert(transitions), moved)

    database.write_now(write)
