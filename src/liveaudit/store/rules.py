"""What people set, as rows: settings of policies and exemptions. Every change gives the book a new version.

Workers ask for the version with every batch of audits, and read the book anew when it is another. Since a change is
written before anything becomes due because of it, what becomes due is judged by the new book, whoever judges it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, or_, select, update

from liveaudit.model import Severity
from liveaudit.policies.rulebook import Exemption, Rulebook, Setting, State
from liveaudit.policies.scope import Controls, scope_of
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema import sequences
from liveaudit.store.schema_rules import exemptions, policy_settings
from liveaudit.store.work import next_value

FILE = "file"
"""The source of what the settings file says."""
_VERSION = "rules"
_LOOK = select(sequences.c.value).where(sequences.c.name == _VERSION)
_IN_ORDER = select(policy_settings).order_by(
    (policy_settings.c.source != FILE), policy_settings.c.position, policy_settings.c.id
)


def version(connection: Connection) -> int:
    """The version of all that is set; 0 as long as nothing ever was."""
    return int(connection.execute(_LOOK).scalar() or 0)


def read_book(connection: Connection, controls: Controls) -> Rulebook:
    """All that is set, and the exemptions that count or may. ``controls``: which policies serve which frameworks."""
    return Rulebook(
        tuple(list_settings(connection)),
        tuple(list_exemptions(connection, standing=True)),
        controls,
        version(connection),
    )


def new_id() -> str:
    """An id for a setting or an exemption."""
    return uuid.uuid4().hex[:12]


def list_settings(connection: Connection) -> list[Setting]:
    """The settings in their order: a later one decides before an earlier one."""
    return [_setting(row) for row in connection.execute(_IN_ORDER)]


def put_setting(connection: Connection, setting: Setting) -> None:
    """Write a setting, a new one as the last, or another version of one that stands."""
    standing = connection.execute(
        select(policy_settings.c.position).where(policy_settings.c.id == setting.id)
    ).scalar()
    position = next_value(connection, "policy setting") if standing is None else int(standing)
    _write_settings(connection, [(setting, position)])
    next_value(connection, _VERSION)


def drop_setting(connection: Connection, setting_id: str) -> Setting | None:
    """Take a setting away. Returns what it was; None: there is none of this id."""
    row = connection.execute(select(policy_settings).where(policy_settings.c.id == setting_id)).first()
    if row is None:
        return None
    connection.execute(delete(policy_settings).where(policy_settings.c.id == setting_id))
    next_value(connection, _VERSION)
    return _setting(row)


def publish_settings(connection: Connection, given: Sequence[Setting]) -> bool:
    """Put what a settings file says in the place of what it said before. Returns whether that was anything else."""
    standing = [each for each in list_settings(connection) if each.source == FILE]
    if [each.digest for each in standing] == [each.digest for each in given]:
        return False
    connection.execute(delete(policy_settings).where(policy_settings.c.source == FILE))
    _write_settings(connection, [(each, number) for number, each in enumerate(given)])
    next_value(connection, _VERSION)
    return True


def _write_settings(connection: Connection, given: Sequence[tuple[Setting, int]]) -> None:
    overwritten = ("source", "position", "body", "made_by", "made_at")
    rows = [
        {
            "id": setting.id,
            "source": setting.source,
            "position": position,
            "body": codec.dump(
                {
                    "scope": setting.scope.plain(),
                    "state": setting.state and setting.state.value,
                    "severity": setting.severity and setting.severity.value,
                    "parameters": dict(setting.parameters),
                    "reason": setting.reason,
                }
            ),
            "made_by": codec.storable(setting.made_by)[:200],
            "made_at": setting.made_at,
        }
        for setting, position in given
    ]
    if rows:
        connection.execute(upsert(dialect_of(connection), policy_settings, ("id",), overwritten), rows)


def _setting(row: Row[Any]) -> Setting:
    body = codec.load(row.body)
    return Setting(
        id=row.id,
        scope=scope_of(body["scope"]),
        state=body["state"] and State(body["state"]),
        severity=body["severity"] and Severity(body["severity"]),
        parameters=body["parameters"],
        reason=body["reason"],
        source=row.source,
        made_by=row.made_by,
        made_at=row.made_at,
    )


def list_exemptions(
    connection: Connection, *, ids: Sequence[str] = (), standing: bool = False
) -> list[Exemption]:
    """The exemptions, the newest first. ``standing``: without those that were withdrawn."""
    query = select(exemptions).order_by(exemptions.c.made_at.desc(), exemptions.c.id)
    if ids:
        query = query.where(exemptions.c.id.in_(list(ids)))
    if standing:
        query = query.where(exemptions.c.withdrawn_at.is_(None))
    return [_exemption(row) for row in connection.execute(query)]


def put_exemptions(connection: Connection, given: Sequence[Exemption]) -> None:
    """Write exemptions, new ones or other versions of those that stand."""
    if not given:
        return
    overwritten = ("source", "body", "ends_at", "made_by", "made_at", "withdrawn_at", "withdrawn_by")
    connection.execute(
        upsert(dialect_of(connection), exemptions, ("id",), overwritten),
        [
            {
                "id": each.id,
                "source": each.source,
                "body": codec.dump(
                    {
                        "scope": each.scope.plain(),
                        "excluding": [scope.plain() for scope in each.excluding],
                        "reason": each.reason,
                        "owner": each.owner,
                        "approver": each.approver,
                    }
                ),
                "ends_at": each.ends_at,
                "made_by": codec.storable(each.made_by)[:200],
                "made_at": each.made_at,
                "withdrawn_at": each.withdrawn_at,
                "withdrawn_by": codec.storable(each.withdrawn_by)[:200],
            }
            for each in given
        ],
    )
    next_value(connection, _VERSION)


def add_exemptions(connection: Connection, given: Sequence[Exemption]) -> list[Exemption]:
    """Write those of these exemptions that are not there yet; returns them. One that was withdrawn stays withdrawn."""
    known = {each.id for each in list_exemptions(connection, ids=[each.id for each in given])}
    new = list({each.id: each for each in given if each.id not in known}.values())
    put_exemptions(connection, new)
    return new


def withdraw_exemption(connection: Connection, exemption_id: str, *, by: str, now: float) -> bool:
    """End an exemption; it stays to be read. Returns whether there was one to end."""
    ended = connection.execute(
        update(exemptions)
        .where(exemptions.c.id == exemption_id, exemptions.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=codec.storable(by)[:200])
    ).rowcount
    if ended:
        next_value(connection, _VERSION)
    return bool(ended)


def publish_exemptions(connection: Connection, given: Sequence[Exemption], now: float) -> bool:
    """Put what a settings file exempts in the place of what it exempted before. Returns whether that was anything else.

    One that stands in the file as it did keeps the time at which it was made.
    """
    standing = {each.id: each for each in list_exemptions(connection, standing=True) if each.source == FILE}
    changed = []
    for each in given:
        old = standing.pop(each.id, None)
        if old is None:
            changed.append(each)
        elif replace(each, made_at=old.made_at, made_by=old.made_by) != old:
            changed.append(replace(each, made_at=old.made_at))
    gone = [replace(each, withdrawn_at=now, withdrawn_by="the settings file") for each in standing.values()]
    put_exemptions(connection, [*changed, *gone])
    return bool(changed or gone)


def _exemption(row: Row[Any]) -> Exemption:
    body = codec.load(row.body)
    return Exemption(
        id=row.id,
        scope=scope_of(body["scope"]),
        excluding=tuple(scope_of(each) for each in body["excluding"]),
        reason=body["reason"],
        owner=body["owner"],
        approver=body["approver"],
        ends_at=row.ends_at,
        source=row.source,
        made_by=row.made_by,
        made_at=row.made_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )


@dataclass(frozen=True, slots=True)
class Unapplied:
    """An exemption that begins, changed or is over, since the findings were last held against it."""

    exemption: Exemption
    before: str
    after: str


_STANDING = select(exemptions).where(or_(exemptions.c.withdrawn_at.is_(None), exemptions.c.applied != ""))
_ID: Any = bindparam("its")
_APPLY = (
    update(exemptions)
    .where(exemptions.c.id == _ID, exemptions.c.applied == bindparam("before"))
    .values(applied=bindparam("after"))
)


def unapplied(connection: Connection, now: float) -> list[Unapplied]:
    """The exemptions against which findings are to be held now."""
    found = []
    for row in connection.execute(_STANDING):
        each = _exemption(row)
        after = each.digest if each.is_in_force(now) else ""
        if after != row.applied:
            found.append(Unapplied(each, row.applied, after))
    return found


def apply(connection: Connection, one: Unapplied) -> bool:
    """Take it on that the findings are held against it: returns True to one of several who ask."""
    given = {"its": one.exemption.id, "before": one.before, "after": one.after}
    return bool(connection.execute(_APPLY, given).rowcount)


def count_settings(connection: Connection) -> int:
    """How many settings there are."""
    return int(connection.execute(select(func.count()).select_from(policy_settings)).scalar_one())


def plain_exemption(each: Exemption, now: float) -> Mapping[str, Any]:
    """An exemption for JSON. ``state``: ``in force``, ``expired`` or ``withdrawn``."""
    return {
        "id": each.id,
        "state": each.state(now),
        "scope": each.scope.plain(),
        "excluding": [scope.plain() for scope in each.excluding],
        "reason": each.reason,
        "owner": each.owner,
        "approver": each.approver,
        "ends_at": each.ends_at,
        "source": each.source,
        "made_by": each.made_by,
        "made_at": each.made_at,
        "withdrawn_at": each.withdrawn_at,
        "withdrawn_by": each.withdrawn_by,
    }
