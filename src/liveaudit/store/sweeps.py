"""Sweeps as rows: one for each place (account, region and service), with what became of the last one that was asked for.

The work itself is due work (``liveaudit::Service``); what is found bears the cause ``sweep:N`` of its sweep. Rows of
accounts are locked before those of places, and both before all that :mod:`liveaudit.store.locks` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, or_, select, update

from liveaudit.catalog.targets import SERVICE_TYPE
from liveaudit.model import GLOBAL_REGION, Cause, Resource
from liveaudit.store import codec, work
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import due_causes, misses, resources, sweep_accounts, sweeps, verdicts
from liveaudit.store.work import Due

ENROLMENT, SCHEDULE, DEMAND = "enrolment", "schedule", "demand"
"""Why a sweep was asked for."""
_MOST_CLOSED = 500


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What is swept at once. ``region`` is ``global`` for all that belongs to the account or is listed for all regions."""

    account: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Sweeps to ask for. ``places``: (region, service); ``regions``: those of the account that are watched."""

    partition: str
    account: str
    places: tuple[tuple[str, str], ...]
    regions: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """A place with its last sweep. Times are Unix seconds; None: not yet.

    ``found``: resources made due; ``waiting``: those of them not yet audited. ``missed``, ``unknown``: changes that no
    event brought, and resources with an UNKNOWN verdict, counted at the end. ``left``: types still to be listed, None:
    it was not broken off. ``failed``: type to the reason why it was not listed. ``first``: type to when its first
    complete listing began and was over; before that nothing was known.
    """

    place: Place
    why: str
    cause: str
    regions: tuple[str, ...]
    asked_at: float
    began_at: float | None = None
    listed_at: float | None = None
    ended_at: float | None = None
    found: int = 0
    missed: int = 0
    unknown: int = 0
    waiting: int = 0
    left: tuple[str, ...] | None = None
    failed: Mapping[str, str] = field(default_factory=dict)
    first: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Where it stands, in a word."""
        if self.began_at is None or self.asked_at > self.began_at:
            return "asked"
        if self.listed_at is None:
            return "listing"
        return "auditing" if self.ended_at is None else "done"


@dataclass(frozen=True, slots=True)
class AccountTurn:
    """When all of an account was last asked for, and what all was."""

    account: str
    asked_at: float
    scope: str


# asking


def turns(connection: Connection) -> dict[str, AccountTurn]:
    """The accounts that were ever asked for."""
    rows = connection.execute(select(sweep_accounts))
    return {row.account: AccountTurn(row.account, row.asked_at, row.scope) for row in rows}


def take_turn(
    connection: Connection, asked: Asked, *, before: float, scope: str, watched: bool, now: float
) -> str:
    """Ask for all of an account if nobody has done so. Returns why, empty: somebody had, or it was not yet time.

    An account that was never asked for is asked for at once; another if that was ``before`` this time. If only its
    ``scope`` is another (regions and services), what was never swept is asked for.
    """
    made = connection.execute(
        insert_for(dialect_of(connection), sweep_accounts)
        .values(account=asked.account, asked_at=now, scope=scope, watched=int(watched))
        .on_conflict_do_nothing()
        .returning(sweep_accounts.c.account)
    ).first()
    if made:
        ask(connection, asked, now, why=ENROLMENT)
        return ENROLMENT
    ours = sweep_accounts.c.account == asked.account
    given = {"scope": scope, "watched": int(watched)}
    if connection.execute(
        update(sweep_accounts).where(ours, sweep_accounts.c.asked_at < before).values(asked_at=now, **given)
    ).rowcount:
        _leave_out(connection, asked)
        ask(connection, asked, now, why=SCHEDULE)
        return SCHEDULE
    other = or_(sweep_accounts.c.scope != scope, sweep_accounts.c.watched != int(watched))
    if connection.execute(update(sweep_accounts).where(ours, other).values(**given)).rowcount:
        _leave_out(connection, asked)
        known = set(_places(connection, asked.account))
        places = tuple(each for each in asked.places if each not in known)
        more = Asked(asked.partition, asked.account, places, asked.regions, ENROLMENT)
        ask(connection, more, now)
        return ENROLMENT if places else ""
    return ""


def _places(connection: Connection, account: str) -> Iterable[tuple[str, str]]:
    query = (
        select(sweeps.c.region, sweeps.c.service)
        .where(sweeps.c.account == account)
        .order_by(sweeps.c.region, sweeps.c.service)
        .with_for_update()
    )
    return [(row.region, row.service) for row in connection.execute(query)]


def _leave_out(connection: Connection, asked: Asked) -> None:
    """Forget the places that are none any more; their regions or services are not watched now."""
    for region, service in set(_places(connection, asked.account)) - set(asked.places):
        connection.execute(delete(sweeps).where(_at(Place(asked.account, region, service))))


def ask(connection: Connection, asked: Asked, now: float, *, why: str = "") -> int:
    """Put sweeps in for any worker. What is under way is swept once more. Returns how many places."""
    places = sorted(set(asked.places))
    if not places:
        return 0
    statement = insert_for(dialect_of(connection), sweeps)
    given = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "region", "service"],
            set_={"why": given.why, "regions": given.regions, "asked_at": given.asked_at},
        ),
        [
            {
                "account": asked.account,
                "region": region,
                "service": service,
                "why": why or asked.why,
                "regions": codec.dump(list(asked.regions)),
                "asked_at": now,
            }
            for region, service in places
        ],
    )
    cause = Cause("asked", "sweep")
    work.add_due(
        connection,
        [
            Due(
                Resource(asked.partition, asked.account, region, SERVICE_TYPE, service),
                f"liveaudit:{asked.account}:{region}:{service}",
                cause,
                work.LISTING_PRIORITY,
            )
            for region, service in places
        ],
        now,
    )
    return len(places)


def watch(connection: Connection, account: str, *, watched: bool) -> None:
    """Note whether the events of an account are taken, so that its misses count; nothing is asked for."""
    statement = insert_for(dialect_of(connection), sweep_accounts)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account"], set_={"watched": statement.excluded.watched}
        ),
        {"account": account, "asked_at": 0.0, "scope": "", "watched": int(watched)},
    )


def forget(connection: Connection, accounts: Set[str]) -> None:
    """Accounts that are not enrolled any more: should they come again, nothing is known of the time between."""
    for account in sorted(accounts):
        connection.execute(delete(sweep_accounts).where(sweep_accounts.c.account == account))
        connection.execute(delete(sweeps).where(sweeps.c.account == account))


# how far they are


def begin(connection: Connection, place: Place, cause: str, now: float) -> Sweep | None:
    """A place's sweep begins, or goes on where its listing was put off. None: nobody has asked for it."""
    row = connection.execute(select(sweeps).where(_at(place)).with_for_update()).first()
    if row is None:
        return None
    standing = sweep_of(row)
    if standing.left is not None and standing.began_at is not None and standing.asked_at <= standing.began_at:
        return standing
    connection.execute(
        update(sweeps)
        .where(_at(place))
        .values(
            cause=cause,
            began_at=now,
            listed_at=None,
            ended_at=None,
            found=0,
            missed=0,
            unknown=0,
            left=None,
            failed="{}",
        )
    )
    return Sweep(place, standing.why, cause, standing.regions, standing.asked_at, now, first=standing.first)


def found_more(connection: Connection, place: Place, number: int) -> None:
    """So many more resources are about to be made due."""
    connection.execute(update(sweeps).where(_at(place)).values(found=sweeps.c.found + number))


def listed(
    connection: Connection,
    sweep: Sweep,
    *,
    complete: Iterable[str],
    failed: Mapping[str, str],
    again: Iterable[str] | None,
    now: float,
) -> None:
    """What came of the listing. ``complete``: types listed whole; ``again``: those that will be tried again."""
    first = {**{name: [sweep.began_at, now] for name in sorted(complete)}, **sweep.first}
    left = None if again is None else codec.dump(sorted(again))
    connection.execute(
        update(sweeps)
        .where(_at(sweep.place))
        .values(
            left=left,
            failed=codec.dump({name: codec.storable(failed[name]) for name in sorted(failed)}),
            listed_at=now if left is None else None,
            first=codec.dump(first),
        )
    )


def close(connection: Connection, now: float, types: Callable[[Place], Sequence[str]]) -> list[Sweep]:
    """End the sweeps of which everything that was found is audited; ``types``: the types of a place."""
    waits = exists().where(due_causes.c.cause_id == sweeps.c.cause)
    query = (
        select(sweeps)
        .where(sweeps.c.ended_at.is_(None), sweeps.c.listed_at.is_not(None), ~waits)
        .order_by(sweeps.c.account, sweeps.c.region, sweeps.c.service)
        .limit(_MOST_CLOSED)
    )
    closed = []
    for row in connection.execute(query).all():
        sweep = sweep_of(row)
        missed = select(func.count()).select_from(misses).where(misses.c.sweep == sweep.cause)
        done = connection.execute(
            update(sweeps)
            .where(_at(sweep.place), sweeps.c.ended_at.is_(None), sweeps.c.cause == sweep.cause)
            .values(
                ended_at=now,
                missed=connection.execute(missed).scalar_one(),
                unknown=_unknown(connection, sweep.place, types(sweep.place)),
            )
        ).rowcount
        if done:
            closed.append(sweep)
    return closed


def _unknown(connection: Connection, place: Place, types: Sequence[str]) -> int:
    there = [resources.c.account == place.account, resources.c.type.in_(list(types))]
    if place.region != GLOBAL_REGION:
        there.append(resources.c.region == place.region)
    query = (
        select(func.count(verdicts.c.resource_id.distinct()))
        .join(resources, resources.c.id == verdicts.c.resource_id)
        .where(*there, verdicts.c.outcome == "UNKNOWN")
    )
    return int(connection.execute(query).scalar_one())


# what is known of them


def watched_place(connection: Connection, place: Place) -> Sweep | None:
    """The place with its last sweep, if its account's events are taken; None else."""
    watched = and_(sweep_accounts.c.account == sweeps.c.account, sweep_accounts.c.watched == 1)
    row = connection.execute(select(sweeps).join(sweep_accounts, watched).where(_at(place))).first()
    return None if row is None else sweep_of(row)


def _at(place: Place) -> Any:
    return and_(
        sweeps.c.account == place.account, sweeps.c.region == place.region, sweeps.c.service == place.service
    )


def sweep_of(row: Row[Any], waiting: int = 0) -> Sweep:
    """A place's row as a value. ``waiting``: see :class:`Sweep`."""
    return Sweep(
        Place(row.account, row.region, row.service),
        row.why,
        row.cause,
        tuple(codec.load(row.regions)),
        row.asked_at,
        row.began_at,
        row.listed_at,
        row.ended_at,
        row.found,
        row.missed,
        row.unknown,
        waiting if row.cause else 0,
        None if row.left is None else tuple(codec.load(row.left)),
        codec.load(row.failed),
        codec.load(row.first),
    )
