"""The findings that exemptions hold: how many, by which policies, and which of them nobody ever saw open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, func, select, update

from liveaudit.policies.rulebook import Exemption
from liveaudit.store.life import EXEMPTION, by_exemption
from liveaudit.store.rules import list_exemptions
from liveaudit.store.schema import findings, resources
from liveaudit.store.schema_rules import exemptions
from liveaudit.text import iso

SOON = 14 * 86_400.0
"""Seconds before its end in which an exemption is reported."""


@dataclass(frozen=True, slots=True)
class Use:
    """What an exemption holds: how many ``findings``, and of these ``hidden`` that opened only after it was made."""

    findings: int = 0
    hidden: int = 0


UNUSED = Use()


def hand_over(connection: Connection, finding_id: str, by: str) -> None:
    """Let another exemption hold a finding: it stays suppressed."""
    connection.execute(update(findings).where(findings.c.id == finding_id).values(decided_by=by))


def decided_policies(connection: Connection, exemption_id: str) -> Sequence[tuple[str, str]]:
    """The policies, by type and id, of whose findings this exemption holds some."""
    rows = connection.execute(
        select(findings.c.type, findings.c.policy)
        .where(findings.c.decided_by == by_exemption(exemption_id))
        .distinct()
    )
    return [(row.type, row.policy) for row in rows]


def uses(connection: Connection, given: Sequence[Exemption]) -> dict[str, Use]:
    """What each of these exemptions holds, by its id; those that hold nothing are not in it."""
    held_by = EXEMPTION + ":" + exemptions.c.id
    query = (
        select(
            exemptions.c.id,
            func.count().label("number"),
            func.count().filter(findings.c.opened_at > exemptions.c.made_at).label("hidden"),
        )
        .join(findings, findings.c.decided_by == held_by)
        .where(exemptions.c.id.in_([each.id for each in given]), findings.c.decided_by != "")
        .group_by(exemptions.c.id)
    )
    return {row.id: Use(row.number, row.hidden) for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Remark:
    """What is odd about an exemption. ``kind``: ``unused``, ``hides``, ``ends soon`` or ``never ends``."""

    exemption: Exemption
    kind: Literal["unused", "hides", "ends soon", "never ends"]
    text: str


def remarks_on(connection: Connection, now: float) -> list[Remark]:
    """What is to be reported of the exemptions that count."""
    standing = [each for each in list_exemptions(connection, standing=True) if each.is_in_force(now)]
    held = uses(connection, standing)
    found = []
    for each in standing:
        use = held.get(each.id, UNUSED)
        if not use.findings:
            found.append(Remark(each, "unused", "it holds no finding: it may be taken away"))
        if use.hidden:
            number = f"{use.hidden} finding{'s' if use.hidden > 1 else ''}"
            found.append(
                Remark(each, "hides", f"{number} opened only after it was made, and nobody saw them")
            )
        if each.ends_at is None:
            found.append(Remark(each, "never ends", "it counts until somebody takes it away"))
        elif each.ends_at - now < SOON:
            found.append(Remark(each, "ends soon", f"it ends on {(iso(each.ends_at) or '')[:10]}"))
    return found


def held_findings(connection: Connection, exemption_id: str, limit: int) -> list[dict[str, str]]:
    """Findings that an exemption holds, those that were found last first."""
    query = (
        select(
            findings.c.id,
            findings.c.policy,
            findings.c.severity,
            findings.c.account,
            findings.c.region,
            resources.c.arn,
            findings.c.opened_at,
        )
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.decided_by == by_exemption(exemption_id))
        .order_by(findings.c.opened_at.desc(), findings.c.id)
        .limit(limit)
    )
    return [dict(row._mapping) for row in connection.execute(query)]
