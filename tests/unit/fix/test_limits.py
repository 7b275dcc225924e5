"""Fixes are begun one at a time on a resource and within their limits, and what died in the midst can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest

from liveaudit.fix.plan import Known, plan_of
from liveaudit.fix.run import fixing_of
from liveaudit.services import load
from liveaudit.store import audit_log, decisions, fixes
from liveaudit.store.audit_log import Entry
from liveaudit.store.database import Database
from liveaudit.store.findings import Filter, list_findings
from liveaudit.store.fixes import UNDO, Fixing, FixRefusedError, Limits, State
from liveaudit.store.life import Decision, by_person
from tests.support.sown import NOW, SHOP, Sower
from tests.support.sown_day import NOT_BLOCKED, a_bucket, bucket
from tests.support.stores import Stores

ANN = Entry("ann", "fix.run", "a finding")
POLICY = "s3_bucket_level_public_access_block"


@pytest.fixture
def sown(stores: Stores) -> Iterator[Database]:
    with closing(Database(stores.url())) as database:
        sower = Sower(database)
        for name in ("one", "two", "three"):
            sower.swept(bucket(SHOP, name), a_bucket(name, public_access_block=NOT_BLOCKED))
        yield database


def wanted(database: Database, name: str = "one", fix_id: str = "a", rule: str = "") -> Fixing:
    (found,) = database.read_now(lambda c: list_findings(c, Filter(policy=POLICY, resource=name)))
    plan = database.read_now(partial(plan_of, finding_id=found["id"], known=Known(*load()), now=NOW))
    return fixing_of(plan, fix_id, "ann", rule)


def begin(database: Database, fixing: Fixing, limits: Limits | None = None, now: float = NOW) -> Fixing:
    return database.write_now(
        partial(fixes.begin, wanted=fixing, entry=ANN, limits=limits or Limits(20), now=now)
    )


def end(database: Database, fixing: Fixing, state: State = State.DONE) -> Fixing:
    ended = replace(fixing, state=state, done=1)
    database.write_now(partial(fixes.end, fixing=ended, now=NOW + 1))
    return ended


def stored(database: Database, fix_id: str = "a") -> Fixing:
    (found,) = database.read_now(partial(fixes.get, prefix=fix_id))
    return found


def test_it_comes_back_as_it_was_begun_with_an_entry_in_the_audit_log(sown: Database) -> None:
    begun = begin(sown, wanted(sown))
    assert stored(sown) == begun
    (entry,) = sown.read_now(lambda c: audit_log.page(c, audit_log.Which(action="fix")))
    assert (entry.name, entry.action) == ("ann", "fix.run")


def test_one_at_a_time_on_a_resource(sown: Database) -> None:
    first = begin(sown, wanted(sown))
    with pytest.raises(FixRefusedError, match="another fix runs") as refused:
        begin(sown, wanted(sown, fix_id="b"))
    assert refused.value.passing
    begin(sown, wanted(sown, "two", fix_id="c"))
    end(sown, first)
    assert begin(sown, wanted(sown, fix_id="b")).state is State.RUNNING


def test_the_hour_is_counted_in_all_and_for_each_rule(sown: Database) -> None:
    end(sown, begin(sown, wanted(sown, rule="r1")))
    with pytest.raises(FixRefusedError, match="the rule has begun 1"):
        begin(sown, wanted(sown, "two", "b", "r1"), Limits(20, 1))
    with pytest.raises(FixRefusedError, match="fixes were begun"):
        begin(sown, wanted(sown, "two", "b"), Limits(1))
    begin(sown, wanted(sown, "two", "b", "r2"), Limits(20, 1))
    later = begin(sown, wanted(sown, "three", "c", "r1"), Limits(1, 1), NOW + 3601)
    assert later.began_at == NOW + 3601


def test_what_was_not_run_counts_for_nothing(sown: Database) -> None:
    dry = replace(wanted(sown), state=State.DRY)
    sown.write_now(partial(fixes.put_down, fixing=dry, entry=ANN, now=NOW))
    assert not stored(sown).can_be_undone
    begin(sown, wanted(sown, fix_id="b"), Limits(1))


def test_a_finding_that_was_decided_meanwhile_is_left_alone(sown: Database) -> None:
    fixing = wanted(sown)
    sown.write_now(
        lambda c: decisions.decide(
            c, [fixing.finding_id], Decision.SUPPRESS, by=by_person("ben"), reason="so", now=NOW
        )
    )
    with pytest.raises(FixRefusedError, match="moved meanwhile"):
        begin(sown, fixing)
    assert sown.read_now(partial(fixes.get, prefix="a")) == []


def test_who_dies_in_the_midst_leaves_what_can_be_taken_back(sown: Database) -> None:
    begun = begin(sown, wanted(sown))
    assert not begun.can_be_undone
    later = NOW + fixes.LOST_AFTER + 1
    begin(sown, wanted(sown, "two", "b"), now=later)
    assert stored(sown).state is State.LOST
    assert stored(sown).can_be_undone


def test_it_is_taken_back_once(sown: Database) -> None:
    ended = end(sown, begin(sown, wanted(sown)))
    undo = replace(ended, id="u", kind=UNDO, other="a", state=State.RUNNING)
    begun = begin(sown, undo)
    assert not stored(sown).can_be_undone
    with pytest.raises(FixRefusedError, match="undone already"):
        begin(sown, replace(undo, id="v"))
    end(sown, begun, State.FAILED)
    assert stored(sown).can_be_undone
    end(sown, begin(sown, replace(undo, id="w")))
    assert not stored(sown).can_be_undone
