"""Resources as they are listed and looked at: filters, counts of what stands on each, sections, verdicts, edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, tuple_

from liveaudit.model import FindingStatus, Resource
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of
from liveaudit.store.schema import edges, findings, resources, sections, verdicts

_OURS = "liveaudit::"
"""How the types begin of what is no resource but work of ours."""
OPEN = tuple(each.value for each in FindingStatus if each.is_open)
STATES = ("present", "gone", "new")
_FEW = ("gone", "new")
Place = tuple[str, str, str, str]
"""Account, region, type and id: by these resources are sorted."""
_R = resources.c
_PLACE = (_R.account, _R.region, _R.type, _R.rid)
MOST_EDGES = 200
_REAL = or_(_R.type < _OURS, _R.type > f"{_OURS}~")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which resources; empty fields want all. ``text``: a part of the id, or an ARN. ``open``: only those with open findings."""

    types: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    state: str = ""
    text: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource in a list. ``open``: how many findings are open on it, by severity; times in Unix seconds."""

    key: int
    resource: Resource
    arn: str
    state: str
    first_seen: float
    audited_at: float | None
    changed_at: float | None
    open: dict[str, int] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """By what it is sorted."""
        each = self.resource
        return each.account, each.region, each.type, each.id


def _conditions(wanted: Wanted, *, sqlite: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_REAL]
    if wanted.types:
        found.append(_R.type.in_(wanted.types))
    if wanted.account:
        found.append(_R.account == wanted.account)
    if wanted.region:
        found.append(_R.region == wanted.region)
    if wanted.state:
        found.append(_R.state == wanted.state)
    if wanted.text:
        # the id stands in the index by which is sorted; SQLite's LIKE knows no case by itself
        like = _R.rid.contains if sqlite else _R.rid.icontains
        found.append(or_(like(wanted.text, autoescape=True), _R.arn == wanted.text))
    if wanted.open:
        found.append(exists().where(findings.c.resource_id == _R.id, _is_open(sqlite=sqlite)))
    return found


def _is_open(*, sqlite: bool) -> ColumnElement[bool]:
    # as an expression no index serves it: SQLite would rather go through all that are open than through a resource's own
    status = findings.c.status.concat("") if sqlite else findings.c.status
    return status.in_(OPEN)


def list_resources(
    connection: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50
) -> list[Listed]:
    """The resources that match, by account, region, type and id; those after a place."""
    sqlite = dialect_of(connection) == "sqlite"
    query = select(resources).where(*_conditions(wanted, sqlite=sqlite))
    if after is not None:
        query = query.where(tuple_(*_PLACE) > after)
    order: Sequence[ColumnElement[str]] = _PLACE
    if sqlite and wanted.state in _FEW and not wanted.account:
        # as an expression no index serves it: SQLite would rather go through all in order than sort the few
        order = [each.concat("") for each in _PLACE]
    rows = connection.execute(query.order_by(*order).limit(limit)).all()
    standing = _open(connection, [row.id for row in rows])
    return [_listed(row, standing.get(row.id, {})) for row in rows]


def get_resource(connection: Connection, key: int) -> Listed | None:
    """The resource of this number, or None."""
    row = connection.execute(select(resources).where(_R.id == key)).first()
    return None if row is None else _listed(row, _open(connection, [key]).get(key, {}))


def find_resources(connection: Connection, name: str, *, limit: int = 20) -> list[Listed]:
    """The resources of this id, ARN or number."""
    query = select(resources).where(
        or_(
            _R.rid == name,
            _R.arn == name,
            *([_R.id == int(name)] if name.isdecimal() and len(name) < 16 else []),
        )
    )
    rows = connection.execute(query.where(_REAL).order_by(_R.id).limit(limit)).all()
    standing = _open(connection, [row.id for row in rows])
    return [_listed(row, standing.get(row.id, {})) for row in rows]


def key_of_finding(connection: Connection, finding_id: str) -> int | None:
    """The number of the resource that a finding is of."""
    found = connection.execute(select(findings.c.resource_id).where(findings.c.id == finding_id)).scalar()
    return None if found is None else int(found)


def _listed(row: Any, standing: dict[str, int]) -> Listed:
    resource = Resource(row.partition, row.account, row.region, row.type, row.rid)
    return Listed(
        row.id, resource, row.arn, row.state, row.first_seen, row.audited_at, row.event_at, standing
    )


def _open(connection: Connection, keys: Sequence[int]) -> dict[int, dict[str, int]]:
    f = findings.c
    query = (
        select(f.resource_id, f.severity, func.count())
        .where(f.resource_id.in_(keys), _is_open(sqlite=dialect_of(connection) == "sqlite"))
        .group_by(f.resource_id, f.severity)
    )
    found: dict[int, dict[str, int]] = {}
    for key, severity, number in connection.execute(query) if keys else ():
        found.setdefault(key, {})[severity] = number
    return found


@dataclass(frozen=True, slots=True)
class Kind:
    """Resources of one account, region and type, and how many there are."""

    account: str
    region: str
    type: str
    number: int


def kinds(connection: Connection) -> list[Kind]:
    """What there is to filter by. Goes through all resources."""
    names = (_R.account, _R.region, _R.type)
    query = select(*names, func.count()).where(_REAL).group_by(*names)
    return [Kind(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class StandingSection:
    """A section as it stands. ``doubt``: why it may be outdated. Times in Unix seconds."""

    name: str
    state: str
    value: Any
    size: int
    doubt: str
    read_at: float
    event_at: float | None


def sections_of(connection: Connection, key: int) -> list[StandingSection]:
    """The sections of a resource, by name."""
    rows = connection.execute(
        select(sections).where(sections.c.resource_id == key).order_by(sections.c.section)
    )
    return [
        StandingSection(
            row.section,
            row.state,
            codec.load(row.value),
            len(row.value or ""),
            row.reason,
            row.read_at,
            row.event_at,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class StandingVerdict:
    """What a policy says, and the finding of it if there ever was one."""

    policy: str
    outcome: str
    reason: str
    unsettled: str
    judged_at: float
    finding: str | None
    status: str | None
    severity: str | None


def verdicts_of(connection: Connection, key: int) -> list[StandingVerdict]:
    """The verdicts on a resource: what fails first, then by policy."""
    v, f = verdicts.c, findings.c
    query = (
        select(v.policy, v.outcome, v.reason, v.unsettled, v.judged_at, f.id, f.status, f.severity)
        .outerjoin(findings, (f.resource_id == v.resource_id) & (f.policy == v.policy))
        .where(v.resource_id == key)
    )
    order = {"FAIL": 0, "UNKNOWN": 1, "PASS": 2}
    found = [StandingVerdict(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda each: (order.get(each.outcome, 3), each.policy))


@dataclass(frozen=True, slots=True)
class Edge:
    """A section that stands on another resource's. ``section`` is of who stands on it, ``other`` the other resource."""

    section: str
    other: Listed
    other_section: str


def stands_on(connection: Connection, key: int, names: Sequence[str] | None = None) -> list[Edge]:
    """On which sections of others a resource stands."""
    query = select(edges.c.section, edges.c.on_section, resources).join(resources, _R.id == edges.c.on_id)
    query = query.where(edges.c.resource_id == key)
    if names is not None:
        query = query.where(edges.c.section.in_(names))
    rows = connection.execute(query.order_by(edges.c.section, edges.c.on_id).limit(MOST_EDGES))
    return [Edge(row.section, _listed(row, {}), row.on_section) for row in rows]


def dependents_of(connection: Connection, key: int) -> list[Edge]:
    """Who stands on a resource: ``section`` is theirs, ``other_section`` the one they stand on."""
    query = (
        select(edges.c.section, edges.c.on_section, resources)
        .join(resources, _R.id == edges.c.resource_id)
        .where(edges.c.on_id == key)
        .order_by(edges.c.resource_id, edges.c.section)
        .limit(MOST_EDGES)
    )
    return [Edge(row.section, _listed(row, {}), row.on_section) for row in connection.execute(query)]
