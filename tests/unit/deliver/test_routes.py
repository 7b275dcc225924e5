"""Which route fits what, why not, and what comes of it: quiet, digests, limits, due dates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from liveaudit.deliver.channels.interface import Kind
from liveaudit.deliver.explaining import when
from liveaudit.deliver.plan import cause_of
from liveaudit.deliver.routes import kind_of
from liveaudit.model import FindingStatus
from liveaudit.store.database import Database
from liveaudit.store.findings import transitions_since
from tests.support.stores import SqliteStores
from tests.support.telling import BOB, NOW, World

pytestmark = pytest.mark.anyio
HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
def anyio_backend() -> str:
    """The worker is asyncio's."""
    return "asyncio"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store in which nobody was told anything."""
    database = Database(SqliteStores(tmp_path).url())
    yield World(database)
    database.close()


@pytest.mark.parametrize(
    "route",
    [
        {"severities": ["critical"]},
        {"policies": ["s3_bucket_public_*"]},
        {"frameworks": ["PCI DSS 4.0"]},
        {"services": ["s3"]},
        {"accounts": ["222222222222"]},
        {"regions": ["eu-west-1"]},
        {"resources": ["arn:aws:s3:::photos"]},
        {"resources": ["pho*"]},
        {"tags": ["team=shop"]},
        {"owners": ["web team"]},
        {"environments": ["prod*"]},
    ],
)
async def test_each_field_narrows_down(world: World, route: dict[str, Any]) -> None:
    world.use(routes=[{**route, "tell": ["team"]}])
    tags = {"team": "shop", "Owner": "web team", "Environment": "production"}
    fits = world.opens("photos", severity="critical", tags=tags, policy="s3_bucket_public_access")
    # differs in everything
    world.opens("x", severity="low", account="333333333333", policy="iam_nothing_known", by=BOB)
    messages = (await world.passes(60)).messages
    ids = [each.id for message in messages for each in message.findings]
    # the bucket's service is known, and the region is the same
    only_where = route.keys() & {"regions", "services"}
    assert ids == ([fits, "f-x"] if only_where else [fits])


async def test_who_is_told_already_is_not_told_again_and_stop_stops(world: World) -> None:
    world.use(
        channels=[{"name": "team"}, {"name": "all"}],
        routes=[
            {"severities": ["critical"], "tell": ["team"]},
            {"severities": ["low"], "stop": True},
            {"tell": ["team", "all"]},
        ],
    )
    world.opens("bad", severity="critical")
    world.opens("harmless", severity="low", by=BOB)
    await world.passes(60)
    await world.tell("all")
    assert [len(each.messages) for each in world.receivers.values()] == [1, 1]


async def test_why_a_route_does_not_fit_is_told_in_words(world: World) -> None:
    world.use(routes=[{"severities": ["critical"], "tell": ["team"]}, {"owners": ["ann"], "tell": ["team"]}])
    world.opens("photos")
    moves = world.write(lambda c: transitions_since(c, 0))
    answers = world.plan.answers(world.router.case(moves[0], {}), world.at)
    assert [each.why_not for each in answers] == ["it is high", "its owner is nobody"]


async def test_in_quiet_hours_only_the_critical_ones_are_told(world: World) -> None:
    # it is eight o'clock
    world.use(channels=[{"name": "team", "quiet": {"hours": "07:00-10:00"}}])
    world.opens("a")
    world.opens("b", by=BOB)
    world.opens("c", severity="critical")
    told = await world.passes(60)
    assert [each.findings[0].id for each in told.messages] == ["f-c"]
    told = await world.passes(2 * HOUR)
    assert [each.kind for each in told.messages] == [Kind.OPENED, Kind.DIGEST]
    assert {each.id for each in told.messages[1].findings} == {"f-a", "f-b"}


async def test_a_digest_comes_at_its_time(world: World) -> None:
    world.use(routes=[{"tell": ["team"], "digest": "1h"}])
    world.opens("a")
    world.at += 20 * 60
    world.opens("b", by=BOB)
    assert (await world.passes(60)).messages == []
    (digest,) = (await world.passes(HOUR)).messages
    assert (digest.kind, len(digest.findings)) == (Kind.DIGEST, 2)


async def test_a_system_may_have_moves_gathered_and_is_told_each_of_them(world: World) -> None:
    world.use(whole=True, most=2, gather=300.0)
    finding = world.opens("a")
    world.at += 100
    world.moves(finding, FindingStatus.RESOLVED)
    world.opens("b", by=BOB)
    case = world.router.case(world.write(lambda c: transitions_since(c, 0))[0], {})
    [answer] = world.plan.answers(case, world.at)
    assert when(answer.letters[0], world.plan) == (
        "with all that is gathered until 2027-01-15T08:05:00.000Z, as it is a system"
    )
    assert (await world.passes(199)).messages == []
    told = await world.passes(1)
    moved = [[(each.id, each.what) for each in one.findings] for one in told.messages]
    assert sorted(moved, key=len) == [
        [("f-b", Kind.OPENED)],
        [("f-a", Kind.OPENED), ("f-a", Kind.RESOLVED)],
    ]
    world.opens("c", by=BOB)
    assert len((await world.passes(299)).messages) == 2
    assert len((await world.passes(1)).messages) == 3


async def test_what_is_above_the_limit_is_put_together(world: World) -> None:
    world.use(channels=[{"name": "team", "at_most": "3/h"}])
    for number in range(10):
        world.opens(f"bucket-{number}", by=f"arn:{number}")
    told = await world.passes(60)
    assert [len(each.findings) for each in told.messages] == [1, 1, 8]
    for number in range(10, 14):
        world.opens(f"bucket-{number}", by=f"arn:{number}")
    assert len((await world.passes(60)).messages) == 3
    told = await world.passes(HOUR)
    assert [len(each.findings) for each in told.messages[3:]] == [1, 1, 2]


async def test_overdue_is_told_once_and_again_as_it_is_said(world: World) -> None:
    world.use(
        channels=[{"name": "team"}, {"name": "boss"}],
        routes=[{"tell": ["team"], "overdue": {"tell": ["boss"], "again": "2d"}}],
    )
    boss = world.receivers["boss"]
    finding = world.opens("photos", severity="critical")
    world.opens("harmless", severity="informational")
    mended = world.opens("mended", severity="critical")
    world.moves(mended, FindingStatus.RESOLVED)
    await world.passes(DAY - 60)
    await world.passes(0, "boss")
    assert boss.messages == []
    for _ in range(3):
        await world.passes(60, "boss")
    (message,) = boss.messages
    assert (message.kind, message.title.split(":")[0]) == (Kind.ESCALATION, "Critical finding overdue")
    assert [each.id for each in message.findings] == [finding]
    for _ in range(5):
        await world.passes(DAY, "boss")
        await world.passes(60, "boss")
    assert len(boss.messages) == 3
    assert world.at > NOW + 6 * DAY


@pytest.mark.parametrize(
    ("previous", "status", "kind"),
    [
        (None, "new", Kind.OPENED),
        (None, "suppressed", Kind.CHANGED),
        ("resolved", "reopened", Kind.REOPENED),
        ("false positive", "reopened", Kind.REOPENED),
        ("in review", "reopened", Kind.CHANGED),
        ("in review", "new", Kind.CHANGED),
        ("new", "in review", Kind.CHANGED),
        ("in review", "resolved", Kind.RESOLVED),
        ("suppressed", "resolved", Kind.CHANGED),
        ("new", "archived", Kind.ARCHIVED),
        ("new", "false positive", Kind.CHANGED),
    ],
)
def test_what_a_move_is_called(previous: str | None, status: str, kind: Kind) -> None:
    assert kind_of(previous, status) == kind


def test_what_belongs_together() -> None:
    def event(arn: str, agent: str) -> list[dict[str, Any]]:
        return [{"name": "PutBucketAcl", "actor": {"arn": arn, "user_agent": agent}}]

    run = cause_of(event("arn:ann", "Terraform"), "", "1")
    assert run == cause_of(event("arn:ann", "Terraform"), "", "2")
    others = [
        cause_of(event("arn:bob", "Terraform"), "", "1"),
        cause_of(event("arn:ann", "console"), "", "1"),
        cause_of([{"kind": "sweep"}], "", "1"),
        cause_of([{"kind": "sweep"}], "", "2"),
        cause_of([], "person:ann", "1"),
        cause_of(event("\ud800", "\x00"), "", "1"),
    ]
    assert len({run, *others}) == 7
