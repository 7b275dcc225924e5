"""The statements by which findings are listed: each with all conditions, and made so that one index is taken.

SQLite takes an index for whatever column stands bare in a condition, even where that means to sort all there is. So the
columns by which it shall not go stand in expressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    values,
)
from sqlalchemy import column as named_column

from liveaudit.store import resource_tags, texts
from liveaudit.store.dialects import dialect_of
from liveaudit.store.finding_wanted import SEVERITIES, STATUSES, After, Order, Wanted
from liveaudit.store.resource_tags import Tag
from liveaudit.store.schema import findings, resources
from liveaudit.store.schema_finding_counts import finding_texts
from liveaudit.store.words import asked

_RANK = case({name: number for number, name in enumerate(SEVERITIES)}, value=findings.c.severity)
_NEVER = literal(1) == 0


@dataclass(slots=True)
class Conditions:
    """What is wanted, in which order, after which place."""

    connection: Connection
    wanted: Wanted
    order: Order
    after: After | None

    @property
    def falling(self) -> bool:
        """Whether the latest is the first."""
        return self.order in (Order.MOVED, Order.OPENED, Order.SEVERITY)

    def order_of(self, of: Any) -> list[Any]:
        """The order of rows with rank, key and id."""
        key, number = of.c.k, of.c.id
        return [of.c.rank, *([key.desc(), number.desc()] if self.falling else [key, number])]

    def order_within(self) -> list[Any]:
        """The order of a branch, in which rank and severity are the same: as an index has it."""
        time = findings.c.updated_at if self.order == Order.MOVED else findings.c.opened_at
        return [time.desc(), findings.c.id.desc()] if self.falling else [time, findings.c.id]

    def walk(self, status: str | None, severity: str | None, along: str = "") -> Select[Any]:
        """A branch of a walk; None: of all. ``along``: the column before the status in the index."""
        query = self._rows(severity)
        query = query.where(
            self._beyond_branch(severity), *self._beside(severity, along), *self._places(along)
        )
        query = query.where(*self._named(along))
        if status is not None:
            query = query.where(findings.c.status == status)
        elif len(self.wanted.status) < len(STATUSES):
            query = query.where(self._hidden(findings.c.status).in_(self.wanted.status))
        if severity is not None:
            return query.where(findings.c.severity == severity)
        return query.where(*self._severities())

    def gathered(self, *, drive: str = "", words: bool = True, tag: Tag | None = None) -> Select[Any]:
        """All that match, found by the index of a column, or of resources with a tag."""
        query = self._rows(None, every=True).where(self._beyond())
        query = query.where(
            *self._beside(None, drive, words=words), *self._places(drive), *self._named(drive)
        )
        query = query.where(self._hidden(findings.c.status).in_(self.wanted.status), *self._severities())
        if self.wanted.resource:
            keys = select(resources.c.id).where(
                or_(resources.c.rid == self.wanted.resource, resources.c.arn == self.wanted.resource)
            )
            query = query.where(findings.c.resource_id.in_(keys))
        if tag is not None:
            query = query.where(findings.c.resource_id.in_(resource_tags.bearing(tag)))
        return query

    def of_pairs(self, pairs: Sequence[tuple[str, ...]]) -> Select[Any]:
        """All that match, found by account and policy."""
        query = self.gathered()
        if dialect_of(self.connection) == "sqlite":
            return query.where(tuple_(findings.c.account, findings.c.policy).in_(pairs))
        pair = values(
            named_column("account", findings.c.account.type), named_column("policy", findings.c.policy.type)
        )
        given: Any = pair.data(list(pairs)).alias("pairs")
        return query.join(
            given, and_(given.c.account == findings.c.account, given.c.policy == findings.c.policy)
        )

    def named(self, name: str) -> Select[Any]:
        """Those of an owner, an actor, or who decided."""
        return select(literal(1)).select_from(findings).where(*self._is_named(name))

    def _rows(self, severity: str | None, *, every: bool = False) -> Select[Any]:
        rank: Any = literal_column("0")
        if self.order == Order.SEVERITY:
            rank = _RANK if every or severity is None else literal_column(str(SEVERITIES.index(severity)))
        return select(rank.label("rank"), self._key(severity).label("k"), findings.c.id.label("id"))

    def _key(self, severity: str | None) -> ColumnElement[float]:
        if self.order == Order.MOVED:
            return findings.c.updated_at
        if self.order != Order.DUE:
            return findings.c.opened_at
        if severity is not None:
            return findings.c.opened_at + literal_column(repr(float(self.wanted.due[severity])))
        return findings.c.opened_at + self._allowed()

    def _allowed(self) -> ColumnElement[float]:
        given: dict[Any, Any] = {
            each: literal_column(repr(float(self.wanted.due[each]))) for each in self.wanted.severity
        }
        return case(given, value=findings.c.severity)

    def _beyond(self) -> ColumnElement[bool]:
        """What comes after the place where the page before ended."""
        after = self.after
        if after is None:
            return true()
        place: Any = tuple_(self._key(None), findings.c.id)
        given: Any = tuple_(literal(after.key), literal(after.id))
        later: ColumnElement[bool] = place < given if self.falling else place > given
        if self.order != Order.SEVERITY:
            return later
        here = SEVERITIES.index(after.severity)
        rank: ColumnElement[int] = _RANK
        return or_(rank > here, and_(rank == here, later))

    def _beyond_branch(self, severity: str | None) -> ColumnElement[bool]:
        """The same within a branch; the time is bounded besides, so that the walk begins there."""
        after = self.after
        if after is None:
            return true()
        if self.order == Order.SEVERITY and severity is not None:
            here, there = SEVERITIES.index(severity), SEVERITIES.index(after.severity)
            if here != there:
                return true() if here > there else _NEVER
        key = self._key(severity)
        place: Any = tuple_(key, findings.c.id)
        given: Any = tuple_(literal(after.key), literal(after.id))
        later: ColumnElement[bool] = place < given if self.falling else place > given
        if self.falling:
            return and_(later, key <= after.key)
        if self.order == Order.DUE and severity is not None:
            return and_(later, findings.c.opened_at >= after.key - self.wanted.due[severity] - 1)
        return and_(later, key >= after.key)

    def _beside(self, severity: str | None, drive: str, *, words: bool = True) -> list[ColumnElement[bool]]:
        """What the counts do not know."""
        wanted, found = self.wanted, list[ColumnElement[bool]]()
        opened, moved = findings.c.opened_at, findings.c.updated_at
        if wanted.unowned:
            found.append(self._hidden(findings.c.owner) == "")
        if wanted.opened_since is not None:
            # what opened since then moved since then
            found.append(self._time(opened, drive) >= wanted.opened_since)
            found.append(self._time(moved, drive) >= wanted.opened_since)
        if wanted.opened_before is not None:
            found.append(self._time(opened, drive) < wanted.opened_before)
        if wanted.overdue and severity is not None:
            found.append(opened < wanted.now - wanted.due[severity])
        elif wanted.overdue:
            found.append(self._time(opened, drive) + self._allowed() < wanted.now)
        if wanted.regression:
            found.append(opened - findings.c.closed_before <= wanted.again_within)
        found += [resource_tags.bears(each, findings.c.resource_id) for each in wanted.tags]
        if words and (given := asked(wanted.text)):
            # a value, of which a planner assumes that half of it is true. EXISTS it would make a join of all texts, as it
            # takes words for rare; they are asked for here where they are not
            text = select(texts.beginning(given)).where(finding_texts.c.finding_id == findings.c.id)
            found.append(text.scalar_subquery())
        return found

    def _time(self, column: ColumnElement[float], drive: str) -> ColumnElement[float]:
        """Bare only where the walk goes by it."""
        by = findings.c.updated_at if self.order == Order.MOVED else findings.c.opened_at
        if (column is by and not drive) or dialect_of(self.connection) != "sqlite":
            return column
        return column + literal_column("0.0")

    def _severities(self) -> list[ColumnElement[bool]]:
        if len(self.wanted.severity) == len(SEVERITIES):
            return []
        return [self._hidden(findings.c.severity).in_(self.wanted.severity)]

    def _places(self, drive: str) -> list[ColumnElement[bool]]:
        found = []
        for name in ("account", "policy", "type", "region"):
            given = list(getattr(self.wanted, name))
            if len(given) == 1:
                # the account's index knows the policy too
                bare = name == drive or (
                    name == "policy" and drive == "account" and self.order != Order.MOVED
                )
                found.append((findings.c[name] if bare else self._hidden(findings.c[name])) == given[0])
            elif given:
                found.append(self._hidden(findings.c[name]).in_(given))
        return found

    def _named(self, drive: str) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        for name in ("owner", "actor", "decided_by"):
            value = getattr(self.wanted, name)
            if value and name == drive:
                found += self._is_named(name)
            elif value:
                found.append(self._hidden(findings.c[name]) == value)
        return found

    def _is_named(self, name: str) -> list[ColumnElement[bool]]:
        # said outright, as a partial index is only taken then
        there: ColumnElement[bool] = literal_column(f"findings.{name} <> ''")
        return [findings.c[name] == getattr(self.wanted, name), there]

    def _hidden(self, column: ColumnElement[str]) -> ColumnElement[str]:
        """As an expression, for which SQLite takes no index."""
        return column.concat("") if dialect_of(self.connection) == "sqlite" else column
