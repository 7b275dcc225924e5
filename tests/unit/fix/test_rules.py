"""Rules mend what they name where they name it, within their hour, once; and only show it until they say otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from liveaudit.fix.plan import Known
from liveaudit.fix.rules import FixRule, Mender
from liveaudit.fix.run import Fixer
from liveaudit.model import Resource
from liveaudit.policies.rulebook import Exemption
from liveaudit.policies.scope import Scope
from liveaudit.services import load
from liveaudit.store import audit_log, fixes, rules
from liveaudit.store.audit_log import Entry
from liveaudit.store.database import Database
from liveaudit.store.fixes import Fixing, State
from tests.support.caller import Asked, CallerDouble
from tests.support.sown import NOW, PAYMENTS, SHOP, Sower
from tests.support.sown_day import NOT_BLOCKED, a_bucket, bucket
from tests.support.stores import Stores

POLICY = "s3_bucket_level_public_access_block"
EVERY = Scope(policies=(POLICY,), accounts=(SHOP,))


class Aws(CallerDouble):
    """Takes every call."""

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        return {}


class World:
    """A store with two open buckets of one account and one of another, and an AWS that takes every call."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.now = NOW
        self.aws = Aws()
        self.known = Known(*load())
        self.numbers = iter(range(1000))
        sower = Sower(self.database)
        for account, name in ((SHOP, "one"), (SHOP, "two"), (PAYMENTS, "three")):
            sower.swept(bucket(account, name), a_bucket(name, public_access_block=NOT_BLOCKED))

    @property
    def calls(self) -> list[tuple[str, str]]:
        """The operations, each with its bucket."""
        return [(each.operation, each.params["Bucket"]) for each in self.aws.asked]

    async def reread(self, resource: Resource, names: frozenset[str]) -> Mapping[str, Any]:
        return dict.fromkeys(names, NOT_BLOCKED)

    def clock(self) -> float:
        return self.now

    def fixer(self) -> Fixer:
        return Fixer(
            self.database,
            self.known.catalog,
            self.aws,
            self.reread,
            self.clock,
            20,
            looks=(),
            new_id=lambda: f"{next(self.numbers):04}",
        )

    def step(self, *given: FixRule) -> list[Fixing]:
        return asyncio.run(Mender(self.fixer(), self.known, given, self.clock).step())

    def buckets(self) -> list[str]:
        return [name for _, name in self.calls]


@pytest.fixture
def world(stores: Stores) -> Iterator[World]:
    made = World(stores.url())
    with closing(made.database):
        yield made


def test_a_rule_only_shows_until_it_says_otherwise(world: World) -> None:
    shown = world.step(FixRule(EVERY))
    assert sorted(each.resource.id for each in shown) == ["one", "two"]
    assert {each.state for each in shown} == {State.DRY}
    assert world.calls == []
    entries = world.database.read_now(lambda c: audit_log.page(c, audit_log.Which(action="fix.dry-run")))
    assert len(entries) == 2
    assert "put-public-access-block" in entries[0].detail
    assert world.step(FixRule(EVERY)) == []
    assert sorted(each.resource.id for each in world.step(FixRule(EVERY, dry_run=False))) == ["one", "two"]


def test_it_mends_where_it_names_and_each_finding_once(world: World) -> None:
    rule = FixRule(Scope(policies=(POLICY,), resources=("arn:aws:s3:::t*",), accounts=(SHOP,)), dry_run=False)
    (done,) = world.step(rule)
    assert (done.state, done.by) == (State.DONE, rule.name)
    assert world.calls == [("PutPublicAccessBlock", "two")]
    assert world.step(rule) == []


def test_the_hour_holds_it_back_and_lets_it_go_on(world: World) -> None:
    rule = FixRule(EVERY, dry_run=False, per_hour=1)
    assert len(world.step(rule)) == 1
    assert world.step(rule) == []
    world.now += 3601
    assert len(world.step(rule)) == 1
    assert sorted(world.buckets()) == ["one", "two"]


def test_what_is_exempted_is_left_alone(world: World) -> None:
    exemption = Exemption("7", Scope(resources=("one",)), "a website")
    world.database.write_now(lambda c: rules.add_exemptions(c, [exemption]))
    world.step(FixRule(EVERY, dry_run=False))
    assert world.buckets() == ["two"]


def test_what_a_person_has_undone_is_not_mended_again(world: World) -> None:
    rule = FixRule(Scope(policies=(POLICY,), resources=("one",)), dry_run=False)
    (done,) = world.step(rule)
    stored = world.database.read_now(partial(fixes.get, prefix=done.id))[0]
    asyncio.run(world.fixer().undo(stored, Entry("ann", "fix.undo"), anyway=True))
    world.now += 7200
    again = Sower(world.database, world.now, "again")
    again.swept(bucket(SHOP, "one"), a_bucket("one"))
    again.at += 60
    again.swept(bucket(SHOP, "one"), a_bucket("one", public_access_block=NOT_BLOCKED))
    assert world.step(rule) == []


def test_what_others_open_again_and_again_is_left_to_people(world: World) -> None:
    rule = FixRule(Scope(policies=(POLICY,), resources=("one",)), dry_run=False)
    sower = Sower(world.database, world.now, "again")
    for _ in range(fixes.MOST_A_DAY):
        assert len(world.step(rule)) == 1
        sower.at += 60
        sower.swept(bucket(SHOP, "one"), a_bucket("one"))
        sower.at += 60
        sower.swept(bucket(SHOP, "one"), a_bucket("one", public_access_block=NOT_BLOCKED))
    assert world.step(rule) == []


def test_two_workers_mend_a_finding_once(world: World) -> None:
    rule = FixRule(Scope(policies=(POLICY,), resources=("one",)), dry_run=False)

    async def both() -> None:
        menders = [Mender(world.fixer(), world.known, [rule], world.clock) for _ in range(2)]
        await asyncio.gather(*(each.step() for each in menders))

    asyncio.run(both())
    assert world.buckets() == ["one"]
