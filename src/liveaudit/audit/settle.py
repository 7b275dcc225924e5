"""Whether what was read can be believed yet. AWS is eventually consistent: a read may show an older state.

A read shows everything that was made more than ``window`` seconds before it began. What is younger may show or not, and
one read may show less than the one before it. So a reading is compared with what stands in the store and with what the
events say must now be true:

- what the latest event says must be true and is not: **looked at again**, with back-off, until it shows or the change
  is older than the window;
- what differs from a young reading though no event explains it: **held**. The standing value stays until an event
  comes that explains the new one, or the standing reading is older than the window. A sweep, or a look after a fix of
  ours, is asked for what is there now: it takes the new value, which is looked at once more;
- what has changed as it had to, by the one young change of a section that was quiet before: **settled**;
- what may still be older than the last of several young changes: taken as it is, and looked at **once more** when all
  of them are older than the window.

An event that is older than the window when it comes needs none of that. Everything here is pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jmespath.exceptions import JMESPathError

from liveaudit.audit.answers import texts_at
from liveaudit.audit.patience import SECOND, Patience
from liveaudit.audit.reading import Reading, ResourceReading, State
from liveaudit.audit.settled import STAYING, Settled
from liveaudit.catalog.changes import Effect, is_shown
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Cause, Expected, Shows
from liveaudit.store import codec
from liveaudit.store.standing import Look, Standing, StandingResource, digest_of, short_id

MAY_BE_OLD = "AWS may still show an older state; it is looked at again"
UNEXPLAINED = (
    "a reading differs from the one just before it and no event explains that; it is looked at again"
)
_SWEEPING = ("sweep", "gap", "fix")


@dataclass(frozen=True, slots=True)
class _Change:
    """An event among the causes: when it was made, until when a reading may not show it, whether it is still going on."""

    cause: Cause
    made: float
    until: float
    lasts: bool

    @property
    def id(self) -> str:
        return short_id(self.cause.id)

    @property
    def deletes(self) -> bool:
        return self.cause.effect == Effect.DELETE

    @property
    def told(self) -> str:
        name = str((self.cause.change or {}).get("name", "the change"))
        at = dt.datetime.fromtimestamp(self.made, tz=dt.UTC).strftime("%H:%M:%S")
        return f"{name} of {at}"


@dataclass(slots=True)
class Settler:
    """Settles one reading. ``began``: when it began; ``now``: the time; ``looks``: how often it was looked at before."""

    resource_type: ResourceType
    standing: StandingResource
    began: float
    now: float
    looks: int
    patience: Patience
    sweeping: bool = False
    may_be_former: bool = False

    def settle(self, causes: Sequence[Cause], reading: ResourceReading) -> Settled:
        """What to do with ``reading``, which ``causes`` have asked for."""
        changes = self._changes(causes)
        self.sweeping = any(cause.kind in _SWEEPING for cause in causes)
        known = self.standing.event_at
        self.may_be_former = any(each.deletes for each in self._recent(changes)) or (
            self.standing.state == "gone" and known is not None and self._seen_from(known) > self.began
        )
        result = Settled(reading, newest=_newest(changes, self.standing.event_at))
        if not self.resource_type.ids_are_fixed:
            self._whole(causes, changes, result)
        if result.believed and not reading.gone:
            for name in sorted(reading.sections):
                self._section(name, changes, result)
        if result.held:
            result.reading = self._as_it_stands(reading, result.held)
        return result

    def _changes(self, causes: Iterable[Cause]) -> list[_Change]:
        made = [(cause, min(cause.made_at, self.began)) for cause in causes if cause.made_at is not None]
        names = {(str((cause.change or {}).get("name", "")), at) for cause, at in made}
        found = []
        for cause, at in made:
            done = any(name in cause.done_by and other >= at for name, other in names)
            lasts = 0.0 if done else cause.lasts
            found.append(_Change(cause, at, at + SECOND + max(self.patience.window, lasts), bool(lasts)))
        return found

    # the resource as a whole

    def _whole(self, causes: Sequence[Cause], changes: Sequence[_Change], result: Settled) -> None:
        """Whether it is there or gone: what that contradicts is not believed, and nothing of the reading with it."""
        latest = _latest(changes)
        made = [each for each in latest if not each.deletes]
        ended = [each for each in latest if each.deletes]
        known = self.standing.event_at
        news = bool(latest) and (known is None or latest[0].made >= known)
        if result.reading.gone:
            self._gone(causes, made, ended if news else [], result)
        elif self.standing.state == "gone" and result.reading.present:
            until = max(self._all_seen_at(), *(each.until for each in ended), 0.0)
            if not (made and news) and until > self.began:
                self._doubt_all(causes, until, result)
        elif ended and news and (recent := self._recent(ended)):
            until = max(each.until for each in recent)
            if made:
                self._look(result, self.resource_type.root, recent, until, MAY_BE_OLD)
            else:
                told = f"{recent[-1].told} does not show yet"
                self._look(result, self.resource_type.root, recent, min(self._next(), until), told)
        elif ended and news and not made and self.looks:
            self._give_up(result, self.resource_type.root, ended)
        elif ended and known is not None and self._seen_from(known) > self.began:
            # there was another of this name: what was read may have been that one
            result.look_besides(self._seen_from(known))

    def _gone(
        self, causes: Sequence[Cause], made: Sequence[_Change], ended: Sequence[_Change], result: Settled
    ) -> None:
        known = self.standing.event_at
        recent = self._recent(made)
        if self.standing.state == "gone":
            # what was made before it was deleted says nothing
            recent = [
                each
                for each in recent
                if known is None
                or each.made > known
                or (each.cause.effect == Effect.CREATE and each.made >= known)
            ]
        if ended and not made:
            return
        if ended and recent:
            until = max(each.until for each in recent)
            self._look(result, self.resource_type.root, [*recent, *ended], until, MAY_BE_OLD)
        elif recent:
            until = max(each.until for each in recent)
            self._hold_all(causes, min(self._next(), until), result)
        elif self.standing.state == "present" and not ended and (until := self._all_seen_at()) > self.began:
            self._doubt_all(causes, until, result)

    def _all_seen_at(self) -> float:
        """From when on a reading shows at least as much as the standing one, and every change that is known."""
        read_at, event_at = self.standing.read_at, self.standing.event_at
        return max(
            0.0 if read_at is None else read_at + self.patience.window,
            0.0 if event_at is None else self._seen_from(event_at),
        )

    def _doubt_all(self, causes: Sequence[Cause], look_at: float, result: Settled) -> None:
        """Another state than just before, and no event explains it."""
        if not self.sweeping:
            self._hold_all(causes, look_at, result)
            return
        result.unsettled[self.resource_type.root] = UNEXPLAINED
        result.look_besides(look_at)

    def _hold_all(self, causes: Sequence[Cause], look_at: float, result: Settled) -> None:
        result.believed = False
        result.keep = {cause.id: Look(cause.sections, look_at) for cause in causes if cause.kind in STAYING}
        if len(result.keep) < len(causes):
            result.look_besides(look_at)

    # one section

    def _section(self, name: str, changes: Sequence[_Change], result: Settled) -> None:
        read = result.reading.sections[name]
        if self.resource_type.sections[name].reference is not None:
            return
        standing = self.standing.sections.get(name)
        concerning = [each for each in changes if self._concerns(each, name, standing)]
        if read.state == State.UNKNOWN:
            self._unread(name, read, self._recent(concerning), result)
            return
        differs = standing is not None and standing.digest != digest_of(read.state, codec.dump(read.value))
        if differs and standing is not None and self._is_unexplained(standing, concerning):
            result.unsettled[name] = UNEXPLAINED
            result.look_besides(self._seen_at(standing), name)
            if not self.sweeping:
                result.held.add(name)
                return
        at = _newest(concerning, standing.event_at if standing else None)
        if at is not None:
            result.event_at[name] = at
            result.event_ids[name] = frozenset(each.id for each in concerning if each.made == at)
        recent = self._recent(concerning)
        if recent:
            only = concerning[0] if len(concerning) == 1 else None
            self._young(name, read, standing, recent, only, differs, result)
        elif concerning and (known := self._known_until(standing)) > self.began:
            # a change before the newest one: what we took for that one may have been this one
            self._look(result, name, concerning, known, MAY_BE_OLD)
        elif concerning and self.looks and self._unmet(name, read, standing, _latest(concerning)):
            self._give_up(result, name, _latest(concerning))

    def _unread(self, name: str, read: Reading, recent: Sequence[_Change], result: Settled) -> None:
        """A section that could not be read though it has just changed, and is not tried again by itself.

        Who may read it in a moment and knows nothing of the change may be shown an older state: the event stays until
        that cannot be any more.
        """
        if recent and read.retry is None:
            self._keep(result, name, recent, max(each.until for each in recent))

    def _concerns(self, change: _Change, name: str, standing: Standing | None) -> bool:
        if change.deletes:
            return False
        sections = change.cause.sections
        if change.cause.effect == Effect.CREATE and not sections:
            # what was surely read of it after it was made is none of its making
            return standing is None or standing.read_at < self._seen_from(change.made)
        return not sections or name in sections

    def _is_unexplained(self, standing: Standing, concerning: Sequence[_Change]) -> bool:
        known = standing.event_at
        if any(known is None or each.made >= known for each in concerning):
            return False
        return self._seen_at(standing) > self.began

    def _seen_at(self, standing: Standing) -> float:
        """From when on a reading of the section shows as much as the standing one, and every change that is known."""
        return max(standing.read_at + self.patience.window, self._known_until(standing))

    def _young(
        self,
        name: str,
        read: Reading,
        standing: Standing | None,
        recent: Sequence[_Change],
        only: _Change | None,
        differs: bool,
        result: Settled,
    ) -> None:
        """A section of which changes are known that this reading may not show. ``only``: if there is no more than one."""
        latest = _latest(recent)
        until = max(self._known_until(standing), *(each.until for each in recent))
        if self._unmet(name, read, standing, latest):
            told = f"{latest[-1].told} does not show yet"
            self._look(result, name, recent, min(self._next(), until), told)
        elif self._is_shown(name, read, standing, recent, only, differs):
            return
        elif (
            only is not None
            and standing is not None
            and standing.ended < only.made
            and not differs
            and not self.looks
            and not any(each.shows != Shows.PRESENT for each in _wanted(name, latest))
        ):
            self._look(result, name, recent, min(self.now + self.patience.early, until), MAY_BE_OLD)
        else:
            self._look(result, name, recent, until, MAY_BE_OLD)

    def _is_shown(
        self,
        name: str,
        read: Reading,
        standing: Standing | None,
        recent: Sequence[_Change],
        only: _Change | None,
        differs: bool,
    ) -> bool:
        """Whether the reading surely shows every change that is known."""
        wanted = [_wanted(name, [each]) for each in _latest(recent)]
        if any(each.lasts for each in recent):
            return False
        if read.state == State.ABSENT and all(
            any(one.shows == Shows.ABSENT for one in each) for each in wanted
        ):
            return True
        if only is None:
            return False
        if standing is None:
            return only.cause.effect == Effect.CREATE and not self.may_be_former
        return differs and self._known_until(standing) <= self.began and standing.ended < only.made

    def _seen_from(self, made: float) -> float:
        """From when on a reading surely shows a change."""
        return min(made, self.began) + SECOND + self.patience.window

    def _known_until(self, standing: Standing | None) -> float:
        """Until when a reading may not show the newest change that was known before."""
        at = standing.event_at if standing is not None else None
        return 0.0 if at is None else self._seen_from(at)

    def _unmet(self, name: str, read: Reading, standing: Standing | None, latest: Sequence[_Change]) -> bool:
        """Whether what the latest changes say must be true is not; of several in one second, of none of them.

        Of those that were made in one second some may be known from before, and what they said was looked for then.
        """
        if standing is not None and standing.event_at is not None:
            others = standing.event_ids - {each.id for each in latest}
            if latest[0].made < standing.event_at or (others and latest[0].made == standing.event_at):
                return False
        wanted = [each for each in (_wanted(name, [one]) for one in latest) if each]
        return bool(wanted) and not any(all(_holds(one, read) for one in each) for each in wanted)

    # looking again

    def _recent(self, changes: Iterable[_Change]) -> list[_Change]:
        return [each for each in changes if each.until > self.began]

    def _next(self) -> float:
        return self.patience.next_look(self.looks, self.now)

    def _look(self, result: Settled, name: str, changes: Iterable[_Change], look_at: float, why: str) -> None:
        self._keep(result, name, changes, look_at)
        result.unsettled[name] = why

    def _keep(self, result: Settled, name: str, changes: Iterable[_Change], look_at: float) -> None:
        for each in changes:
            before = result.keep.get(each.cause.id, Look(frozenset(), look_at))
            result.keep[each.cause.id] = Look(before.sections | {name}, min(before.at, look_at))

    def _give_up(self, result: Settled, name: str, changes: Sequence[_Change]) -> None:
        told = f"{changes[-1].told} did not come to show within {changes[-1].until - changes[-1].made:.0f} s"
        result.unsettled[name] = told
        result.never_shown.append(str((changes[-1].cause.change or {}).get("name", "")))

    def _as_it_stands(self, reading: ResourceReading, held: Iterable[str]) -> ResourceReading:
        sections = dict(reading.sections)
        for name in held:
            standing = self.standing.sections[name]
            sections[name] = Reading(State(standing.state), codec.load(standing.text))
        return ResourceReading(
            reading.resource,
            sections,
            reading.gone,
            reading.present,
            reading.borrowed,
            reading.edges,
            reading.stood_on,
        )


def _latest(changes: Sequence[_Change]) -> list[_Change]:
    """Those of the last second in which one was made: their order is not known."""
    last = max((each.made for each in changes), default=0.0)
    return [each for each in changes if each.made > last - SECOND]


def _newest(changes: Iterable[_Change], known: float | None) -> float | None:
    times = [each.made for each in changes]
    return max(times if known is None else [*times, known], default=None)


def _wanted(name: str, changes: Iterable[_Change]) -> list[Expected]:
    return [each for change in changes for each in change.cause.expected if each.section == name]


def _holds(wanted: Expected, read: Reading) -> bool:
    if wanted.shows in (Shows.PRESENT, Shows.ABSENT):
        return (read.state == State.VALUE) == (wanted.shows == Shows.PRESENT)
    try:
        return is_shown(wanted, texts_at(wanted.path, read.value))
    except JMESPathError:
        return False
