"""What of a reading is believed: every case, on the made-up service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.audit.patience import PATIENCE
from liveaudit.audit.reading import ABSENT, Reading, ResourceReading, State
from liveaudit.audit.settle import MAY_BE_OLD, UNEXPLAINED, Settler
from liveaudit.audit.settled import Settled
from liveaudit.aws.errors import Kind
from liveaudit.catalog.changes import Effect
from liveaudit.model import Cause, Expected, Shows
from liveaudit.store import codec
from liveaudit.store.standing import NEVER_READ, Look, Standing, StandingResource, digest_of, short_id
from tests.support.fake import resource, widget

NOW = 1_000_000.0
WINDOW = PATIENCE.window
NUMBERS = iter(range(10**6))


def event(
    at: float,
    *sections: str,
    effect: Effect = Effect.UPDATE,
    expected: Sequence[Expected] = (),
    lasts: float = 0.0,
    name: str = "Change",
    done_by: str = "",
) -> Cause:
    """An event whose change was made ``at`` seconds after NOW."""
    change = {"name": name, "hops": {"event": NOW + at}}
    done = frozenset([done_by] if done_by else [])
    number = f"e{next(NUMBERS)}"
    return Cause(number, "event", frozenset(sections), effect.value, change, tuple(expected), lasts, done)


def stood(value: Any, *, read: float, event_at: float | None = None) -> Standing:
    """A section as it was read ``read`` seconds after NOW; None: absent."""
    state, text = ("absent", "null") if value is None else ("value", codec.dump(value))
    at = None if event_at is None else NOW + event_at
    return Standing(state, text, digest_of(state, text), 1, NOW + read, NOW + read, at)


def present(read: float, event_at: float | None = None, **sections: Standing) -> StandingResource:
    return StandingResource("present", NOW + read, None if event_at is None else NOW + event_at, sections)


def settled(
    causes: Sequence[Cause],
    standing: StandingResource,
    *,
    looks: int = 0,
    gone: bool = False,
    began: float = 0.0,
    **sections: Any,
) -> Settled:
    """What is done with a reading of NOW; a section's value None: absent."""
    reading = ResourceReading(resource("w"), gone=gone, present=not gone)
    for name, value in sections.items():
        reading.sections[name] = (
            value if isinstance(value, Reading) else ABSENT if value is None else Reading(State.VALUE, value)
        )
    settler = Settler(widget, standing, NOW + began, NOW + began, looks, PATIENCE)
    return settler.settle(causes, reading)


def done(given: Settled) -> bool:
    return given.believed and look(given) is None and not given.unsettled


def look(given: Settled) -> float | None:
    """When the next look is, after NOW; None: there is none."""
    times = [each.at for each in given.keep.values()]
    times += [given.again_at] if given.besides is not None else []
    return min(times) - NOW if times else None


BEFORE = stood("old", read=-500.0)


def test_a_lone_change_that_shows_costs_no_further_call() -> None:
    given = settled([event(-3, "lock")], present(-500, lock=BEFORE), lock="new")
    assert done(given)
    assert given.event_at == {"lock": NOW - 3}
    assert given.newest == NOW - 3


def test_what_does_not_show_is_looked_at_early_and_at_the_end() -> None:
    change = event(-3, "lock")
    first = settled([change], present(-500, lock=BEFORE), lock="old")
    assert first.keep == {change.id: Look(frozenset({"lock"}), NOW + PATIENCE.early)}
    assert first.unsettled == {"lock": MAY_BE_OLD}
    again = stood("old", read=0, event_at=-3)
    second = settled([change], present(0, -3, lock=again), looks=1, began=4, lock="old")
    assert look(second) == -3 + 1 + WINDOW
    last = settled([change], present(4, -3, lock=again), looks=2, began=WINDOW - 2, lock="old")
    assert done(last)


def test_what_must_be_true_is_waited_for_with_back_off_and_given_up_in_the_end() -> None:
    change = event(-3, "lock", expected=[Expected("lock", Shows.ABSENT)], name="DeleteLock")
    looks = []
    standing = present(-500, lock=BEFORE)
    for number in range(9):
        given = settled([change], standing, looks=number, lock="old")
        assert given.believed
        assert given.unsettled["lock"].startswith("DeleteLock of 13:46:37 does not show yet")
        looks.append(look(given))
    assert looks == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    given = settled([change], standing, looks=9, began=WINDOW, lock="old")
    assert look(given) is None
    assert given.unsettled["lock"] == "DeleteLock of 13:46:37 did not come to show within 121 s"
    assert given.never_shown == ["DeleteLock"]
    assert done(settled([change], standing, looks=3, began=15, lock=None))


@pytest.mark.parametrize(
    ("wanted", "value", "shown"),
    [
        (Expected("lock", Shows.PRESENT), "x", True),
        (Expected("lock", Shows.PRESENT), None, False),
        (Expected("lock", Shows.HOLDS, "Name", ("n",)), {"Name": "N"}, True),
        (Expected("lock", Shows.HOLDS, "Name", ("n",)), {"Name": "m"}, False),
        (Expected("lock", Shows.HOLDS, "Name", ("n",)), None, False),
        (Expected("lock", Shows.HOLDS, "On", ("true",)), {"On": True}, True),
        (Expected("lock", Shows.HOLDS, "[].Id", ("a", "b")), [{"Id": "b"}, {"Id": "a"}, {"Id": "c"}], True),
        (Expected("lock", Shows.HOLDS, "[].Id", ("a", "b")), [{"Id": "a"}], False),
        (Expected("lock", Shows.LACKS, "[].Id", ("a",)), [{"Id": "b"}], True),
        (Expected("lock", Shows.LACKS, "[].Id", ("a",)), [{"Id": "a"}], False),
        (Expected("lock", Shows.HOLDS, "][", ("a",)), "a", False),
    ],
)
def test_how_a_change_shows(wanted: Expected, value: Any, shown: bool) -> None:
    given = settled([event(-3, "lock", expected=[wanted])], present(-500, lock=BEFORE), lock=value)
    assert done(given) == shown


def test_an_old_event_needs_no_look() -> None:
    change = event(-WINDOW - 1, "lock", expected=[Expected("lock", Shows.ABSENT)])
    assert done(settled([change], present(-500, lock=BEFORE), lock="old"))
    assert done(settled([change], present(-500, lock=BEFORE), lock="new"))


def test_a_burst_is_looked_at_once_more_at_its_end() -> None:
    burst = [event(-9, "lock"), event(-3, "lock")]
    given = settled(burst, present(-500, lock=BEFORE), lock="new")
    assert look(given) == -3 + 1 + WINDOW
    assert set(given.keep) == {each.id for each in burst}
    one = stood("new", read=-8, event_at=-9)
    late = settled([event(-3, "lock")], present(-8, -9, lock=one), lock="newer")
    assert look(late) == -3 + 1 + WINDOW, "the change before it is young too"


def test_a_reading_made_after_the_change_proves_nothing() -> None:
    ahead = stood("new", read=-1)
    given = settled([event(-3, "lock")], present(-1, lock=ahead), lock="new")
    assert look(given) == -3 + 1 + WINDOW


def test_absence_is_the_whole_value() -> None:
    changes = [event(-9, "lock"), event(-3, "lock", expected=[Expected("lock", Shows.ABSENT)])]
    assert done(settled(changes, present(-500, lock=BEFORE), lock=None))


def test_contradictions_of_one_second_are_looked_at_once_more() -> None:
    put = event(-3, "lock", expected=[Expected("lock", Shows.PRESENT)])
    delete = event(-3, "lock", expected=[Expected("lock", Shows.ABSENT)])
    for value in ("new", None):
        given = settled([put, delete], present(-500, lock=BEFORE), lock=value)
        assert look(given) == -3 + 1 + WINDOW


def test_what_no_event_explains_is_held() -> None:
    young = stood("new", read=-5, event_at=-9)
    for causes in ([], [Cause("d", "dependency")], [event(-20, "lock")], [event(-3, "keys")]):
        given = settled(causes, present(-5, -9, lock=young), lock="other")
        assert given.held == {"lock"}
        assert given.reading.sections["lock"].value == "new"
        assert look(given) == -5 + WINDOW
        assert given.unsettled == {"lock": UNEXPLAINED}
        assert given.besides == Cause("look", "look", frozenset({"lock"}))
        assert "lock" not in given.event_at
    explained = settled([event(-3, "lock")], present(-5, -9, lock=young), lock="other")
    assert not explained.held
    old = settled([], present(-5, -9, lock=young), began=WINDOW, lock="other")
    assert done(old)


def test_a_sweep_takes_what_it_sees_and_looks_once_more() -> None:
    young = stood("new", read=-5)
    given = settled([Cause("sweep:1", "sweep")], present(-5, lock=young), lock="other")
    assert (given.believed, given.held) == (True, set())
    assert look(given) == -5 + WINDOW
    assert given.besides == Cause("look", "look", frozenset({"lock"}))
    absent = settled([Cause("sweep:1", "sweep")], present(-5), gone=True)
    assert absent.believed
    assert absent.besides == Cause("look", "look")


def test_an_absent_section_that_is_held_stands_absent() -> None:
    young = stood(None, read=-5)
    given = settled([], present(-5, lock=young), lock="other")
    assert given.reading.sections["lock"] == ABSENT


def test_not_found_straight_after_a_creation_is_no_deletion() -> None:
    made = event(-3, effect=Effect.CREATE)
    given = settled([made], NEVER_READ, gone=True)
    assert (given.believed, given.keep) == (False, {made.id: Look(frozenset(), NOW + 1)})
    late = settled([made], NEVER_READ, gone=True, looks=7, began=WINDOW)
    assert (late.believed, look(late)) == (True, None)
    assert done(settled([made], NEVER_READ, widget="x", lock="y"))


def test_a_change_says_that_the_resource_is_there() -> None:
    given = settled([event(-3, "lock")], NEVER_READ, gone=True)
    assert not given.believed
    given = settled([event(-3, "lock")], present(-500), gone=True)
    assert not given.believed


def test_a_deletion_is_believed_and_its_denial_is_not() -> None:
    gone = event(-3, effect=Effect.DELETE)
    assert done(settled([gone], present(-5, -9), gone=True))
    given = settled([gone], present(-5, -9, lock=BEFORE), lock="old", widget="x")
    assert look(given) == 1
    assert given.unsettled["widget"].endswith("does not show yet")
    never = settled([gone], present(-5, -9, lock=BEFORE), looks=9, began=WINDOW, lock="old", widget="x")
    assert never.never_shown == ["Change"]


def test_gone_without_an_event_is_held() -> None:
    given = settled([Cause("d", "dependency")], present(-5, -9), gone=True)
    assert (given.believed, given.keep) == (False, {"d": Look(frozenset(), NOW - 5 + WINDOW)})
    assert done(settled([Cause("d", "dependency")], present(-5 - WINDOW, -500), gone=True))


def test_a_late_deletion_does_not_undo_a_creation() -> None:
    late = event(-20, effect=Effect.DELETE)
    assert not settled([late], present(-5, -9), gone=True).believed
    both = [event(-20, effect=Effect.DELETE), event(-9, effect=Effect.CREATE)]
    assert not settled(both, present(-500), gone=True).believed


def test_a_late_reading_does_not_undo_a_deletion() -> None:
    gone = StandingResource("gone", NOW - 5, NOW - 9)
    for causes in ([Cause("d", "look")], [event(-20, effect=Effect.CREATE)], [event(-20, "lock")]):
        given = settled(causes, gone, widget="x")
        assert (given.believed, look(given)) == (False, -5 + WINDOW)
    again = settled([event(-3, effect=Effect.CREATE)], gone, widget="x")
    assert again.believed
    assert settled([], gone, began=WINDOW, widget="x").believed


def test_made_and_deleted_in_one_second_is_looked_at_once_more() -> None:
    both = [event(-3, effect=Effect.DELETE), event(-3, effect=Effect.CREATE)]
    for given in (settled(both, present(-500), gone=True), settled(both, present(-500), widget="x")):
        assert given.believed
        assert look(given) == -3 + 1 + WINDOW


def test_what_lasts_is_looked_at_when_it_should_be_done() -> None:
    slow = event(-3, "lock", lasts=600.0)
    given = settled([slow], present(-500, lock=BEFORE), lock="new")
    assert look(given) == -3 + 1 + 600
    assert done(settled([slow], present(-500, lock=BEFORE), began=600, lock="new"))
    ready = event(-1, "lock", name="LockReady")
    slow = event(-3, "lock", lasts=600.0, done_by="LockReady")
    given = settled([slow, ready], present(-500, lock=BEFORE), lock="new")
    assert look(given) == -1 + 1 + WINDOW


def test_what_could_not_be_read_is_looked_at_when_nobody_can_be_shown_an_older_state() -> None:
    denied = Reading(State.UNKNOWN, reason="denied")
    change = event(-3, "lock")
    given = settled([change], present(-500, lock=BEFORE), lock=denied)
    assert given.keep == {change.id: Look(frozenset({"lock"}), NOW - 3 + 1 + WINDOW)}
    assert not given.unsettled, "the verdict is unknown and says why"
    old = event(-WINDOW - 9, "lock")
    assert done(settled([old], present(-500, lock=BEFORE), lock=denied))
    throttled = Reading(State.UNKNOWN, reason="throttled", retry=Kind.THROTTLED)
    assert done(settled([change], present(-500, lock=BEFORE), lock=throttled)), "it is tried again by itself"


def test_a_clock_that_is_behind_does_not_make_events_of_the_future() -> None:
    given = settled([event(10**6, "lock"), event(10**6, "lock")], present(-500, lock=BEFORE), lock="new")
    assert look(given) == 1 + WINDOW


def test_what_a_newer_event_has_undone_need_not_show() -> None:
    put = event(-9, "lock", expected=[Expected("lock", Shows.PRESENT)])
    given = settled([put], present(-2, -3, lock=stood(None, read=-2, event_at=-3)), lock=None)
    assert look(given) == -3 + 1 + WINDOW
    assert given.unsettled == {"lock": MAY_BE_OLD}


def test_what_another_of_the_same_second_has_undone_need_not_show() -> None:
    put = event(-WINDOW - 9, "lock", expected=[Expected("lock", Shows.PRESENT)])
    undone = stood(None, read=-2, event_at=-WINDOW - 9)
    by_itself = replace(undone, event_ids=frozenset({short_id(put.id)}))
    given = settled([put], present(-2, -WINDOW - 9, lock=by_itself), looks=3, lock=None)
    assert "did not come to show" in given.unsettled["lock"]
    by_another = replace(undone, event_ids=frozenset({short_id(put.id), short_id("another")}))
    assert done(settled([put], present(-2, -WINDOW - 9, lock=by_another), looks=3, lock=None))


def test_the_changes_of_the_newest_second_are_told() -> None:
    first, second, older = event(-3, "lock"), event(-3, "lock"), event(-4, "lock")
    given = settled([first, second, older], present(-500, lock=BEFORE), lock="new")
    assert given.newest_of("lock") == (NOW - 3, frozenset({short_id(first.id), short_id(second.id)}))
    assert given.newest_of("widget") == (None, frozenset())


def test_two_of_one_name_are_told_apart() -> None:
    """Deleted and made again: the reading may be of the former one."""
    both = [event(-9, effect=Effect.DELETE), event(-3, effect=Effect.CREATE)]
    assert look(settled(both, NEVER_READ, widget="x")) == -3 + 1 + WINDOW
    late = event(-20, effect=Effect.DELETE)
    given = settled([late], present(-2, -3, lock=stood("x", read=-2)), lock="x")
    assert (look(given), given.besides) == (-3 + 1 + WINDOW, Cause("look", "look"))
    former = stood("x", read=-20)
    made = event(-9, effect=Effect.CREATE)
    assert look(settled([made], present(-20, -3, lock=former), lock="x")) is not None
