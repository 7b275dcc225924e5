"""What an audit adds to the history of configuration: which sections are another than they were, and what made them so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from liveaudit.audit.outcome import Audit
from liveaudit.audit.reconcile import in_order, responsible
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.changes import Effect
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Resource
from liveaudit.same import same, surely_differ
from liveaudit.store import codec, history
from liveaudit.store.history import GONE, NEW, PRESENT, Before, Found, Recent
from liveaudit.store.snapshots import Read, Stored, Telling

_WHOLE = ""
_VALUE = "value"


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Writes the history that one audit makes. ``now``: when it is stored (Unix seconds)."""

    catalog: Catalog
    audit: Audit
    now: float

    def own(self) -> Telling:
        """Is told the audited resource's own sections that change."""
        return self._telling(self.audit.claim.resource, borrowed=False)

    def borrowed(self, other: Resource) -> Telling:
        """Is told the sections of another resource that were read on the way."""
        return self._telling(other, borrowed=True)

    def _telling(self, resource: Resource, *, borrowed: bool) -> Telling:
        resource_type = self.catalog.types[resource.type]

        def tell(connection: Connection, key: int, others: Sequence[tuple[str, Stored, Read]]) -> None:
            standing = history.texts(connection, key, [name for name, _, _ in others])
            changed = [
                Before(name, *standing[name], stored.read_at, read.state, read.order)
                for name, stored, read in others
                if not _is_same(resource_type, name, standing[name], read)
            ]
            # who changed another resource its own audit will tell
            causes = {} if borrowed else {each.section: self._causes(each.section) for each in changed}
            history.note(connection, key, changed, self._found, causes)

        return tell

    @property
    def _found(self) -> Found:
        return Found(self.audit.began, self.now)

    def _causes(self, section: str) -> Sequence[Mapping[str, Any]]:
        """The events that may have changed this section (empty: the whole), or else what led to the audit."""
        causes = self.audit.claim.causes
        changes = responsible(causes, frozenset({section}) if section else None, root=self._root)
        kinds = sorted({each.kind for each in causes if each.kind != "event"})
        return changes or [{"kind": kind} for kind in kinds]

    @property
    def _root(self) -> str:
        return self.catalog.types[self.audit.claim.resource.type].root

    def appears(self, connection: Connection) -> None:
        """The resource was gone and is there again, or an event made it."""
        audit = self.audit
        made = any(each.effect == Effect.CREATE for each in audit.claim.causes)
        if audit.standing.state == GONE or (audit.standing.state == NEW and made):
            self._note_whole(connection, audit.standing.state, PRESENT)

    def vanishes(self, connection: Connection) -> None:
        """The resource is gone: what it was is kept before it is forgotten."""
        claim = self.audit.claim
        causes = self._causes(_WHOLE)
        history.note_sections_gone(connection, claim.key, self._found, self.audit.order, causes)
        if self.audit.standing.state == PRESENT:
            self._note_whole(connection, PRESENT, GONE)

    def _note_whole(self, connection: Connection, before: str, after: str) -> None:
        audit = self.audit
        row = Before(_WHOLE, before, None, audit.standing.read_at, after, audit.order)
        history.note(connection, audit.claim.key, [row], self._found, {_WHOLE: self._causes(_WHOLE)})

    def late(self, connection: Connection, read: Iterable[str], changed: Set[str]) -> None:
        """Events come late whose change an earlier audit has seen already: it is put down to them too."""
        told = {
            name: events
            for name in read
            if name not in changed
            and (events := responsible(self.audit.claim.causes, frozenset({name}), root=self._root))
        }
        if not told:
            return
        for name, known in history.newest(connection, self.audit.claim.key, told).items():
            late = late_events(told[name], known)
            if late:
                events = [each for each in known.changes if "name" in each]
                history.amend(connection, known.id, in_order([*events, *late]))


def late_events(events: Iterable[Mapping[str, Any]], known: Recent) -> list[dict[str, Any]]:
    """Of events those that may have made a change that was found without them.

    It was made after the section was read last, and before it was read to be another. CloudTrail gives whole seconds:
    what may as well have been made after the reading is not ``certain``.
    """
    ids = {each.get("event_id") for each in known.changes}
    found = []
    for event in events:
        hops = event.get("hops", {})
        made = float(hops.get("event", 0.0))
        since = known.before_read_at
        if (
            event.get("event_id") in ids
            or made > known.read_at
            or (since is not None and made + 1.0 <= since)
        ):
            continue
        certain = made + 1.0 <= known.read_at or float(hops.get("sent", known.read_at + 1)) <= known.read_at
        found.append({**event, "certain": certain})
    return found


def _is_same(resource_type: ResourceType, name: str, standing: tuple[str, str | None], read: Read) -> bool:
    """Whether only the order of it is another, or what changes by itself."""
    state, text = standing
    if state != read.state:
        return False
    silent = resource_type.sections[name].silent if name in resource_type.sections else frozenset()
    if state != _VALUE:
        return True
    if text is None or (not silent and surely_differ(text, read.text)):
        return False
    return same(codec.load(text), codec.load(read.text), silent)
