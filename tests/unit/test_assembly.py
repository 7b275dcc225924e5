"""How the parts are put together for settings that need a look-up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from liveaudit.assembly import LookAgain, Parts, caller_of, context_of, make_worker
from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.audit.narrate import Narrator
from liveaudit.audit.rules import Rules
from liveaudit.aws.caller import RoleToAssume
from liveaudit.intake.queues import MemoryQueue
from liveaudit.policies.policy import BUILT_IN, Context
from liveaudit.provision.installation import SetupError
from liveaudit.provision.queue_watch import QueueWatch
from liveaudit.provision.resolve import resolve
from liveaudit.services import load
from liveaudit.settings import Settings, parse
from liveaudit.store.database import Database
from liveaudit.store.meter import Meter
from tests.support.fake import Clock
from tests.support.organizations import BANK, LABS, MANAGEMENT, RECEIVER, SHOP, SHOPS, FakeAws, denied
from tests.support.stores import SqliteStores

US, EU, SOUTH = "us-east-1", "eu-west-1", "eu-south-1"
CATALOG, _ = load()
CLOCK = Clock()


class Reader:
    """What there is of an auditor here: what its policies may know, and how it is set."""

    context = Context()
    owner = "somebody"
    meter = Meter()
    tuning = Tuning()
    narrator = Narrator()
    rules = Rules(cast("Database", None))


def settings(**change: Any) -> Settings:
    return parse(
        {"receiver": RECEIVER, "organization": {"units": [SHOPS]}, "regions": "all", "external_id": "word"}
        | {"trusted_accounts": ["7" * 12]}
        | change
    )


def looking(given: Settings, aws: FakeAws) -> LookAgain:
    parts = Parts(
        cast("Database", None),
        CATALOG,
        BUILT_IN,
        cast("Any", aws),
        cast("Auditor", Reader()),
        cast("Any", None),
        cast("Any", None),
        cast("Any", None),
        cast("Any", None),
    )
    first = asyncio.run(resolve(given, aws, catalog=CATALOG)).installation
    return LookAgain(given, parts, first, lambda *, region: MemoryQueue(region), CLOCK)


def names(look: LookAgain) -> tuple[set[str], list[str]]:
    found = asyncio.run(look())
    return set(found.accounts), [each.name for each in found.queues]


def test_accounts_and_regions_that_come_are_seen() -> None:
    aws = FakeAws(regions={RECEIVER: (US, EU, SOUTH)})
    look = looking(settings(), aws)
    assert names(look) == ({RECEIVER, SHOP}, [EU, US])
    aws.members[SHOPS] = (SHOP, BANK)
    aws.members[LABS] = ()
    aws.regions[BANK] = (US, SOUTH)
    assert names(look) == ({RECEIVER, SHOP, BANK}, [SOUTH, EU, US])
    assert look.parts.auditor.context == Context(frozenset({RECEIVER, SHOP, BANK}), frozenset({"7" * 12}))
    assert aws.calls[BANK, "DescribeRegions"] == 1, "it is new"
    assert aws.calls[SHOP, "DescribeRegions"] == 2, "at the start and at the first look"
    aws.members[SHOPS] = (BANK,)
    assert names(look) == ({RECEIVER, BANK}, [SOUTH, US])


def test_regions_are_asked_for_once_an_hour() -> None:
    aws = FakeAws()
    look = looking(settings(), aws)
    names(look)
    aws.regions[SHOP] = (US,)
    CLOCK.now += 3599
    assert names(look)[1] == [EU, US]
    CLOCK.now += 1
    assert names(look)[1] == [US]
    assert aws.calls[SHOP, "DescribeRegions"] == 3


def test_what_cannot_be_asked_for_the_moment_keeps_what_it_had() -> None:
    aws = FakeAws(regions={RECEIVER: (US, SOUTH), SHOP: (US, SOUTH)})
    look = looking(settings(), aws)
    names(look)
    CLOCK.now += 3600
    aws.fails[SHOP, "DescribeRegions"] = denied("DescribeRegions")
    assert names(look) == ({RECEIVER, SHOP}, [SOUTH, US])
    assert names(look) == ({RECEIVER, SHOP}, [SOUTH, US]), "however long it lasts"
    assert aws.calls[SHOP, "DescribeRegions"] == 4, "it is asked again and again"
    aws.fails[RECEIVER, "ListAccountsForParent"] = denied("ListAccountsForParent")
    with pytest.raises(SetupError, match="may not list the accounts"):
        names(look)
    assert look.last.account_ids == {RECEIVER, SHOP}


def test_a_worker_of_settings_that_say_everything_does_not_look_again(tmp_path: Path) -> None:
    given = settings(organization={"units": [SHOPS]}, regions=[US])
    said = parse({"receiver": RECEIVER, "accounts": [{"id": RECEIVER}, {"id": SHOP}], "regions": [US, EU]})
    database = Database(SqliteStores(tmp_path).url())
    try:
        parts = Parts(
            database,
            CATALOG,
            BUILT_IN,
            cast("Any", FakeAws()),
            cast("Auditor", Reader()),
            cast("Any", None),
            cast("Any", None),
            cast("Any", None),
            cast("Any", None),
        )
        worker = make_worker(said, parts)
        assert worker.enrolled == {RECEIVER, SHOP}
        assert [each.name for each in worker.queues] == [f"{EU}/liveaudit-events", f"{US}/liveaudit-events"]
        assert worker.look is None
        with pytest.raises(SetupError, match="have to be looked up"):
            make_worker(given, parts)
        found = asyncio.run(resolve(given, FakeAws(), catalog=CATALOG)).installation
        assert make_worker(given, parts, installation=found).look is not None
    finally:
        database.close()


def test_policies_know_the_accounts_that_were_found() -> None:
    found = asyncio.run(resolve(settings(organization={}), FakeAws(), catalog=CATALOG)).installation
    assert context_of(settings(), found).own_accounts == {RECEIVER, SHOP, BANK, MANAGEMENT}
    assert context_of(parse({"receiver": SHOP, "accounts": [{"id": SHOP}], "regions": [US]})) == Context(
        frozenset({SHOP})
    )


def test_every_account_is_entered_by_its_role() -> None:
    given = settings(accounts=[{"id": BANK, "role_arn": "none"}])

    async def roles() -> list[RoleToAssume | None]:
        caller = caller_of(given)
        try:
            return [caller.role_of(each) for each in (SHOP, BANK)]
        finally:
            await caller.close()

    assert asyncio.run(roles()) == [
        RoleToAssume(f"arn:aws:iam::{SHOP}:role/MVC_for_AWS_role", "word"),
        RoleToAssume(),
    ]


def test_a_worker_looks_at_the_queues_of_what_was_resolved_last() -> None:
    aws = FakeAws()
    look = looking(settings(), aws)
    worker = make_worker(settings(), look.parts, installation=look.last)
    watch = getattr(worker.watch, "__self__", None)
    assert isinstance(watch, QueueWatch)
    assert isinstance(worker.look, LookAgain)
    assert watch.installation() is look.last
    worker.look.last = replace(look.last, queue="another")
    assert watch.installation().queue == "another"
