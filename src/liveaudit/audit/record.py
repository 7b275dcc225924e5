"""One audit's outcome written in one transaction: snapshot, verdicts, findings, dependents, and the end of the row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from sqlalchemy import Connection

from liveaudit.audit import recall
from liveaudit.audit.asked.putting import put_questions
from liveaudit.audit.chronicle import Chronicle
from liveaudit.audit.mover import Mover
from liveaudit.audit.narrate import Moved
from liveaudit.audit.outcome import Audit, borrowed, read_of
from liveaudit.audit.reading import State
from liveaudit.audit.reconcile import responsible
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Cause, Resource
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.policies.tags import tag_sections
from liveaudit.store import (
    clocks,
    dependents,
    doubts,
    leases,
    locks,
    questions,
    records,
    snapshots,
    verdicts,
    work,
)
from liveaudit.store.clocks import CLOCK
from liveaudit.store.questions import Claimed
from liveaudit.store.rejudging import POLICY
from liveaudit.store.snapshots import Read
from liveaudit.store.work import Claim

_READ_OTHERWISE = "what it stands on was read otherwise by another audit; it is looked at again"

_OVERTAKEN = "another audit read it otherwise just after; it is looked at again"


@dataclass(slots=True)
class Recorder:
    """Writes audits. ``clock`` gives Unix seconds, ``new_id`` a finding's id. ``moved``: what the last one did to findings."""

    catalog: Catalog
    policies: PolicyRegistry
    clock: Callable[[], float]
    new_id: Callable[[], str]
    moved: list[Moved] = field(default_factory=list)

    def record(self, connection: Connection, audit: Audit) -> None:
        """Write one audit. Raises LeaseLostError (and writes nothing) when the row is no longer ours."""
        claim, now = audit.claim, self.clock()
        # a transaction that did not come off is done again
        self.moved.clear()
        others = (
            {} if audit.reading.gone else {each: self.catalog.arn(each) for each, _ in audit.reading.stood_on}
        )
        keys = work.resource_keys(connection, others, now)
        own = {} if audit.reading.gone else self._own(audit)
        written = self._written(audit, keys, own)
        if locks.are_needed(connection):
            changing = {key: snapshots.differing(connection, key, read) for key, read in written.items()}
            locks.due_rows_of_dependents(connection, claim.key, changing)
        locks.due_rows(connection, [claim.key])
        stood_on = set(keys.values()) | ({claim.key} if audit.from_store else set())
        locks.sections(connection, written=written.keys(), stood_on=stood_on - written.keys())
        contradicted = self._contradicted(connection, audit, keys)
        self._look_at_overtaken(connection, audit, own)
        self._give_back(connection, audit, now)
        if not audit.settled.believed:
            leases.audited(connection, claim, streak=audit.streak, now=now)
            return
        if audit.reading.gone:
            self._gone(connection, audit, now)
            return
        changed = self._snapshot(connection, audit, keys, contradicted, own, now)
        self._retag(connection, audit, changed, now)
        self._fan_out(connection, claim, claim.key, changed, now)
        self._count(connection, audit, changed, now)
        put_questions(connection, self.catalog, self.policies, audit, now)
        self._mover(now).verdicts(connection, audit)
        self._come_back(connection, audit, now)

    def record_answer(
        self, connection: Connection, audit: Audit, claimed: Claimed, again_at: float | None
    ) -> bool:
        """Write what a question was answered. Returns whether it counts: not if it was asked anew meanwhile, or is over.

        ``again_at``: when to ask it again, as it was not answered; None: it is over.
        """
        self.moved.clear()
        locks.due_rows(connection, [claimed.key])
        locks.sections(connection, written=set(), stood_on={claimed.key})
        if not questions.is_held(connection, claimed):
            return False
        if again_at is None:
            questions.end(connection, claimed)
        else:
            questions.put_off(connection, claimed, again_at)
        if self.policies.get(claimed.policy, claimed.resource.type) is None:
            return False
        self._mover(self.clock()).verdicts(connection, audit, alone=True)
        return True

    def _mover(self, now: float) -> Mover:
        return Mover(self.catalog, self.policies, now, self.new_id, self.moved)

    def _give_back(self, connection: Connection, audit: Audit, now: float) -> None:
        """End the row of due work, or say when it is to be audited again."""
        claim, settled = audit.claim, audit.settled
        if settled.believed and audit.reading.gone:
            clocks.stop(connection, claim.key)
        if audit.retry_at is not None:
            leases.put_off(connection, claim, until=audit.retry_at, now=now, rest=audit.rest)
        else:
            leases.finish(
                connection,
                claim,
                now=now,
                rest=audit.rest,
                keep=settled.keep,
                besides=settled.besides,
                besides_at=settled.again_at,
                rings=audit.rings,
            )
        if settled.never_shown:
            records.count_up(connection, Counter(("never shown", name) for name in settled.never_shown))

    def _written(
        self, audit: Audit, keys: Mapping[Resource, int], own: Mapping[str, Read]
    ) -> dict[int, Mapping[str, Read]]:
        """The sections on which others may stand that are about to be written, by row; none: it is gone."""
        claim = audit.claim
        written: dict[int, Mapping[str, Read]] = {
            keys[other]: read for other, read in borrowed(audit).items()
        }
        if self.catalog.dependents(claim.resource.type) and (own or audit.reading.gone):
            written[claim.key] = own
        return written

    def _own(self, audit: Audit) -> dict[str, Read]:
        """The sections that were read and are to be written: those that are held stand as they are."""
        resource_type = self.catalog.types[audit.claim.resource.type]
        return {
            name: read_of(each, audit, *audit.settled.newest_of(name))
            for name, each in audit.reading.sections.items()
            if each.state != State.UNKNOWN
            and resource_type.sections[name].reference is None
            and name not in audit.settled.held
        }

    def _contradicted(
        self, connection: Connection, audit: Audit, keys: Mapping[Resource, int]
    ) -> set[tuple[Resource, str]]:
        """What was read of others and is another than their own audit has just found: that one tells, and we look again.

        They are due themselves, else we would have stood on what is stored.
        """
        found = {
            (other, name)
            for other, read in borrowed(audit).items()
            for name in doubts.contradicted(connection, keys[other], read, window=audit.window)
        }
        for name, pairs in sorted(audit.reading.edges.items()):
            if pairs & found:
                audit.settled.look_besides(audit.look_at, name)
                audit.settled.unsettled[name] = _READ_OTHERWISE
        return found

    def _look_at_overtaken(self, connection: Connection, audit: Audit, own: Mapping[str, Read]) -> None:
        """What others read of this resource just after, and is another: theirs stands, and we look again.

        They knew nothing of what has changed, so AWS may have shown them an older state.
        """
        if not own or not self.catalog.dependents(audit.claim.resource.type):
            return
        standing = snapshots.stored_digests(connection, audit.claim.key)
        for name, each in own.items():
            stored = standing.get(name, snapshots.NOTHING_STORED)
            if stored.order > each.order and stored.digest != each.digest:
                audit.settled.look_again(audit.claim.causes, audit.look_at, name, _OVERTAKEN)

    def _snapshot(
        self,
        connection: Connection,
        audit: Audit,
        keys: Mapping[Resource, int],
        contradicted: Set[tuple[Resource, str]],
        own: Mapping[str, Read],
        now: float,
    ) -> set[str]:
        claim, reading = audit.claim, audit.reading
        chronicle = Chronicle(self.catalog, audit, now)
        changed = snapshots.write_sections(connection, claim.key, own, chronicle.own())
        chronicle.late(connection, own, changed)
        if audit.retry_at is None:
            unread = {
                name: each.reason for name, each in reading.sections.items() if self._is_unread(audit, name)
            }
            changed |= doubts.doubt(connection, claim.key, unread, order=audit.order)
        if audit.nothing_read:
            pass
        elif reading.present:
            chronicle.appears(connection)
            snapshots.mark_resource(
                connection,
                claim.key,
                state="present",
                order=audit.order,
                read_at=audit.began,
                newest=audit.settled.newest,
                streak=audit.streak,
                now=now,
                arn=audit.arn,
            )
        else:
            leases.audited(connection, claim, streak=audit.streak, now=now)
        if reading.edges:
            self._stand_on(connection, audit, keys, contradicted, now)
        return changed

    def _retag(self, connection: Connection, audit: Audit, changed: Set[str], now: float) -> None:
        """Judge by all policies anew when the tags have changed that somebody asked for: others may be meant now."""
        claim = audit.claim
        if not changed & tag_sections(self.catalog.types[claim.resource.type]):
            return
        judging = [each for each in self.policies.of(claim.resource.type) if audit.ruled.judges(each)]
        if any(each.id not in audit.verdicts and each.id not in audit.asks for each in judging):
            reads = {name for each in judging for name in each.sections}
            cause = Cause(f"tags:{claim.order}", POLICY, frozenset(reads))
            work.add_causes(connection, claim.key, [(cause, work.POLICY_PRIORITY)], now)

    def _stand_on(
        self,
        connection: Connection,
        audit: Audit,
        keys: Mapping[Resource, int],
        contradicted: Set[tuple[Resource, str]],
        now: float,
    ) -> None:
        """Keep the edges, and what was read of others; come back if they are not what we stood on any more."""
        claim, reading = audit.claim, audit.reading
        for other, read in sorted(borrowed(audit).items()):
            certain = {name: each for name, each in read.items() if (other, name) not in contradicted}
            if not certain:
                continue
            if snapshots.gone_since(connection, keys[other], min(each.order for each in certain.values())):
                continue
            tell = Chronicle(self.catalog, audit, now).borrowed(other)
            changed = snapshots.write_sections(connection, keys[other], certain, tell)
            self._fan_out(connection, claim, keys[other], changed, now, but=claim.key)
        snapshots.write_edges(
            connection,
            claim.key,
            {
                name: {(keys[other], section) for other, section in pairs}
                for name, pairs in reading.edges.items()
            },
        )
        overtaken, outdated = set[str](), set[int]()
        for (other, section), used in reading.stood_on.items():
            standing = snapshots.stored_digests(connection, keys[other]).get(section)
            if used.state == State.UNKNOWN or (other, section) in contradicted:
                continue
            if standing is None:
                if used.state == State.VALUE:
                    overtaken.add(section)
            elif standing.digest == read_of(used, audit).digest:
                continue
            elif used.order is not None and standing.order <= used.order:
                # it was just found gone, and what stands of it is older: its own audit has to tell
                outdated.add(keys[other])
            else:
                overtaken.add(section)
        for key in sorted(outdated):
            cause = Cause(f"outdated:{claim.order}", "dependency")
            work.add_causes(connection, key, [(cause, work.DEPENDENT_PRIORITY)], now)
        if overtaken:
            cause = Cause(f"overtaken:{claim.order}", "dependency")
            work.add_causes(connection, claim.key, [(cause, work.DEPENDENT_PRIORITY)], now)

    def _fan_out(
        self,
        connection: Connection,
        claim: Claim,
        key: int,
        changed: set[str],
        now: float,
        but: int | None = None,
    ) -> None:
        changes = responsible(claim.causes, None)
        dependents.make_due(
            connection,
            key,
            changed,
            order=claim.order,
            now=now,
            change=changes[-1] if changes else None,
            but=but,
        )

    def _come_back(self, connection: Connection, audit: Audit, now: float) -> None:
        """Judge again if what was taken from the store is not what stands there any more."""
        claim = audit.claim
        if not audit.from_store:
            return
        standing = snapshots.stored_digests(connection, claim.key)
        if any(
            name in standing and standing[name].digest != read_of(used, audit).digest
            for name, used in audit.from_store.items()
        ):
            again = [(cause, work.POLICY_PRIORITY) for cause in claim.causes if cause.kind in (POLICY, CLOCK)]
            work.add_causes(connection, claim.key, again, now)

    def _is_unread(self, audit: Audit, name: str) -> bool:
        section = self.catalog.types[audit.claim.resource.type].sections[name]
        return section.reference is None and audit.reading.sections[name].state == State.UNKNOWN

    def _gone(self, connection: Connection, audit: Audit, now: float) -> None:
        claim = audit.claim
        Chronicle(self.catalog, audit, now).vanishes(connection)
        names = snapshots.forget_sections(connection, claim.key)
        questions.keep_only(connection, claim.key, ())
        verdicts.forget_verdicts(connection, claim.key)
        snapshots.mark_resource(
            connection,
            claim.key,
            state="gone",
            order=audit.order,
            read_at=audit.began,
            newest=audit.settled.newest,
            streak=audit.streak,
            now=now,
        )
        self._fan_out(connection, claim, claim.key, names, now)
        self._count(connection, audit, set(), now)
        self._mover(now).gone(connection, audit)

    def _count(self, connection: Connection, audit: Audit, changed: set[str], now: float) -> None:
        recall.count(
            connection,
            self.catalog,
            audit.claim,
            audit.standing,
            audit.reading,
            changed - audit.settled.held,
            began=audit.began,
            window=audit.window,
            now=now,
        )
