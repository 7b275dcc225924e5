"""A finding told as a story: what is wrong and since when, who changed what and from what, how to mend it, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from liveaudit.catalog.catalog import Catalog
from liveaudit.frameworks.framework import controls_by_policy
from liveaudit.policies.filled import filled
from liveaudit.policies.policy import Policy, PolicyRegistry
from liveaudit.policies.remedies import Remedies
from liveaudit.store import history, resource_pages
from liveaudit.store.findings import get_findings
from liveaudit.store.resource_pages import Listed
from liveaudit.story.diff import Diff, compare
from liveaudit.story.events import Step, Told, found_by, responsible_event, steps, told_events

OPENED = ("new", "reopened")
_MOST_SECTIONS = 20
_MOST_MOVES = 100
_MOST_DIFFS = 8


@dataclass(frozen=True, slots=True)
class Changed:
    """A section that is another than it was. ``resource``: None for the finding's own, else whose it is."""

    id: int
    section: str
    resource: Listed | None
    before_state: str
    after_state: str
    before_read_at: float | None
    read_at: float
    events: tuple[Told, ...]
    found_by: str
    diff: Diff


@dataclass(frozen=True, slots=True)
class Move:
    """A step of the finding's life. ``by``: the person; ``events``: those that it is put down to."""

    status: str
    previous: str | None
    at: float
    reason: str
    by: str
    events: tuple[Told, ...]
    found_by: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A finding with all that belongs to it. ``finding``: its row as it is told. ``changes``: what opened it, and what
    closed it (``closing``). ``who``: the event that it is put down to, None: no event was seen. ``remedies``: filled in."""

    finding: Mapping[str, Any]
    resource: Listed
    policy: Policy | None
    frameworks: Mapping[str, Sequence[str]]
    who: Told | None
    found_by: str
    changes: tuple[Changed, ...]
    closing: tuple[Changed, ...]
    steps: tuple[Step, ...]
    remedies: Mapping[str, str]
    no_remedies: Mapping[str, str]
    moves: tuple[Move, ...]

    @property
    def is_open(self) -> bool:
        """Whether it stands violated."""
        return self.finding["status"] not in ("resolved", "archived")


def tell_finding(
    connection: Connection,
    finding_id: str,
    *,
    catalog: Catalog,
    policies: PolicyRegistry,
    remedies: Mapping[str, Remedies],
) -> Story | None:
    """The story of the finding of this id, or None."""
    found = get_findings(connection, finding_id)
    key = resource_pages.key_of_finding(connection, found[0]["id"]) if len(found) == 1 else None
    resource = resource_pages.get_resource(connection, key) if key is not None else None
    if resource is None:
        return None
    finding = found[0]
    policy = policies.get(finding["policy"], finding["type"])
    moves = finding["history"][-_MOST_MOVES:]
    opening = max((n for n, each in enumerate(moves) if each["status"] in OPENED), default=None)
    closing = len(moves) - 1 if moves and moves[-1]["status"] in ("resolved", "archived") else None
    read = _Reader(connection, catalog, policy, resource)
    known = remedies.get(finding["policy"])
    resource_type = catalog.types.get(finding["type"])
    return Story(
        finding=finding,
        resource=resource,
        policy=policy,
        frameworks=controls_by_policy().get(finding["policy"], {}),
        who=responsible_event(finding["opened_by"]),
        found_by=found_by(finding["opened_by"]),
        changes=read.between(moves, opening),
        closing=read.between(moves, closing),
        steps=tuple(steps(finding["opened_hops"])) if told_events(finding["opened_by"]) else (),
        remedies=filled(known, resource_type, resource.resource, resource.arn)
        if known and resource_type
        else {},
        no_remedies={name: way.why_none for name, way in known.ways().items() if way.why_none}
        if known
        else {},
        moves=tuple(_move(each) for each in reversed(moves)),
    )


def _move(step: Mapping[str, Any]) -> Move:
    events = tuple(told_events(step["changes"]))
    return Move(
        status=step["status"],
        previous=step["previous"],
        at=step["at"],
        reason=step["reason"],
        by=step.get("by") or "",
        events=events,
        found_by=found_by(step["changes"]) if not step.get("by") else "",
        steps=tuple(steps(step["hops"])) if events else (),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what changed of the sections that a policy stands on: the resource's own, and those of others."""

    connection: Connection
    catalog: Catalog
    policy: Policy | None
    resource: Listed

    def between(self, moves: Sequence[Mapping[str, Any]], number: int | None) -> tuple[Changed, ...]:
        """What changed between a move and the one before it."""
        if number is None:
            return ()
        until = float(moves[number]["at"])
        after = float(moves[number - 1]["at"]) if number else float("-inf")
        found = []
        for resource, section in self._stood_on():
            change = history.change_between(
                self.connection, resource.key, section, after=max(after, 0.0), until=until
            )
            if change is not None:
                found.append((change, resource, section))
        return tuple(
            each
            for change, resource, _ in sorted(found, key=lambda one: one[0])[-_MOST_DIFFS:]
            if (each := self._changed(change, resource)) is not None
        )

    def _stood_on(self) -> list[tuple[Listed, str]]:
        names = sorted(self.policy.sections) if self.policy is not None else []
        edges = resource_pages.stands_on(self.connection, self.resource.key, names) if names else []
        own = [(self.resource, name) for name in names]
        return [*own, *((each.other, each.other_section) for each in edges[:_MOST_SECTIONS])]

    def _changed(self, change_id: int, resource: Listed) -> Changed | None:
        both = history.compared(self.connection, change_id)
        if both is None:
            return None
        other = None if resource.key == self.resource.key else resource
        return tell_change(both, self.catalog, other, resource.resource.type)


def tell_change(both: history.Compared, catalog: Catalog, resource: Listed | None, type_name: str) -> Changed:
    """A change of a section with its comparison. ``resource``: told with it where it is not clear from elsewhere."""
    change = both.change
    resource_type = catalog.types.get(type_name)
    section = resource_type.sections.get(change.section) if resource_type else None
    return Changed(
        id=change.id,
        section=change.section,
        resource=resource,
        before_state=change.before_state,
        after_state=change.after_state,
        before_read_at=change.before_read_at,
        read_at=change.read_at,
        events=tuple(told_events(change.changes)),
        found_by=found_by(change.changes),
        diff=compare(both.before, both.after, section.silent if section else frozenset()),
    )
