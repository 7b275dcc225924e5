"""Bulk operations: which sections they give, when they are asked, and what is left to single reads."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from liveaudit.audit.bulk import BulkReads, Limits, Want
from liveaudit.audit.reading import State
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.rows import Call
from liveaudit.catalog.types import Service
from liveaudit.model import Resource
from tests.support.caller import Asked, CallerDouble
from tests.support.fake import Clock

pytestmark = pytest.mark.anyio

store = Service("store", event_source="store.amazonaws.com")
box = store.resource_type("Store::Box", arn="arn:{partition}:store:{region}:{account}:box/{id}")
box.section("box", "GetBox", {"Id": "{id}"}, value="Box", root=True, omit=["Tags"])
box.section("lid", "GetBox", {"Id": "{id}"}, value="Box.Lid")
box.section("owners", "ListOwners", {"Id": "{id}"}, shape=lambda answer: {"People": sorted(answer["People"])})
box.listing("ListBoxes", items="Boxes", item_id="Id")
store.bulks.append(
    Bulk(
        Call("store", "DescribeAll", pages=False),
        (
            Part(box, "Boxes", "Id", {"box": "@", "lid": "Lid"}),
            Part(box, "People", "Owns[]", {"owners": "Name"}, gathered=True, into="People"),
        ),
        token=("Next", "Next"),
    )
)
CATALOG = Catalog([store])
ALL = frozenset({"box", "lid", "owners"})


class Aws(CallerDouble):
    """Gives ``pages`` one after the other."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        super().__init__()
        self.pages = pages
        self.error: AwsCallError | None = None

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        assert asked == ("1", "eu", "store", "DescribeAll", asked.params, False)
        if self.error is not None:
            raise self.error
        number = int(asked.params.get("Next", 0))
        further = {"Next": str(number + 1)} if number + 1 < len(self.pages) else {}
        return {**self.pages[number], **further}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _boxes(*names: str) -> list[dict[str, Any]]:
    return [{"Id": name, "Lid": "red" if name == "a" else None, "Tags": ["t"]} for name in names]


PAGES: tuple[dict[str, Any], ...] = (
    {"Boxes": _boxes("a", "b"), "People": [{"Name": "Zoe", "Owns": ["a", "c"]}]},
    {"Boxes": _boxes("c"), "People": [{"Name": "Al", "Owns": ["a"]}, {"Name": "Kim", "Owns": []}]},
)


def reads(aws: Aws, clock: Clock, **limits: Any) -> BulkReads:
    orders = itertools.count(7)

    async def next_order() -> int:
        return next(orders)

    return BulkReads(CATALOG, aws, clock, next_order, Limits(**{"least": 2, **limits}))


def want(name: str, *causes: str, sections: frozenset[str] = ALL) -> Want:
    return Want(Resource("aws", "1", "eu", "Store::Box", name), sections, frozenset(causes or ("s1",)))


async def values(bulk: BulkReads, *wants: Want) -> dict[str, dict[str, Any]]:
    given = await bulk.give(wants)
    return {
        resource.id: {name: each.value for name, each in found.items()} for resource, found in given.items()
    }


async def test_all_pages_give_what_single_reads_would(clock: Clock) -> None:
    aws = Aws(*PAGES)
    bulk = reads(aws, clock)
    wants = [want("a"), want("b"), want("c"), want("unknown")]
    given = await bulk.give(wants)
    assert {
        resource.id: {name: (each.state, each.value) for name, each in found.items()}
        for resource, found in given.items()
    } == {
        "a": {
            "box": (State.VALUE, {"Id": "a", "Lid": "red"}),
            "lid": (State.VALUE, "red"),
            "owners": (State.VALUE, {"People": ["Al", "Zoe"]}),
        },
        "b": {
            "box": (State.VALUE, {"Id": "b", "Lid": None}),
            "lid": (State.ABSENT, None),
            "owners": (State.VALUE, {"People": []}),
        },
        "c": {
            "box": (State.VALUE, {"Id": "c", "Lid": None}),
            "lid": (State.ABSENT, None),
            "owners": (State.VALUE, {"People": ["Zoe"]}),
        },
        "unknown": {"owners": (State.VALUE, {"People": []})},
    }
    assert {(each.order, each.began) for found in given.values() for each in found.values()} == {
        (7, clock.now)
    }
    assert [each.params for each in aws.asked] == [{}, {"Next": "1"}]


async def test_what_was_told_of_others_waits_for_their_turn(clock: Clock) -> None:
    aws = Aws(*PAGES)
    bulk = reads(aws, clock)
    await values(bulk, want("a"), want("b"))
    assert (await values(bulk, want("c", sections=frozenset({"lid"}))))["c"] == {"lid": None}
    assert len(aws.asked) == 2
    await values(bulk, want("a"), want("b"))
    assert len(aws.asked) == 2, "it is not asked again for what was handed out"
    clock.now += 301
    assert await values(bulk, want("c")) == {}, "not worth the asking, and too old"


async def test_two_at_once_ask_once(clock: Clock) -> None:
    aws = Aws(*PAGES)
    bulk = reads(aws, clock)
    one, other = await asyncio.gather(
        values(bulk, want("a"), want("b")), values(bulk, want("c"), want("unknown"))
    )
    assert len(aws.asked) == 2
    assert one.keys() == {"a", "b"}
    assert other["c"]["owners"] == {"People": ["Zoe"]}


async def test_nothing_from_before_its_cause(clock: Clock) -> None:
    aws = Aws(*PAGES)
    bulk = reads(aws, clock)
    await values(bulk, want("a"), want("b"))
    assert await values(bulk, want("c", "s1", "s2")) == {}, "s2 came after it was asked"
    assert (await values(bulk, want("c", "s2"), want("b", "s2"))).keys() == {"b", "c"}
    assert len(aws.asked) == 4


async def test_too_much_to_be_kept(clock: Clock) -> None:
    aws = Aws(*PAGES)
    given = await values(reads(aws, clock, most_bytes=10), want("a"), want("b"), want("c"))
    assert given.keys() == {"a", "b"}
    assert all(found.keys() == {"box", "lid"} for found in given.values()), "not all owners are known"
    assert len(aws.asked) == 1


async def test_denied_is_left_to_single_reads(clock: Clock) -> None:
    aws = Aws(*PAGES)
    aws.error = AwsCallError(Kind.DENIED, "AccessDenied", "no", "DescribeAll")
    bulk = reads(aws, clock)
    assert await values(bulk, want("a"), want("b")) == {}
    assert await values(bulk, want("a"), want("b")) == {}
    assert len(aws.asked) == 1
    clock.now += 301
    aws.error = None
    assert (await values(bulk, want("a"), want("b"))).keys() == {"a", "b"}


async def test_a_few_are_read_one_by_one(clock: Clock) -> None:
    aws = Aws(*PAGES)
    assert await values(reads(aws, clock), want("a")) == {}
    assert aws.asked == []


async def test_an_item_of_another_shape_gives_nothing(clock: Clock) -> None:
    aws = Aws(
        {"Boxes": _boxes("a", "b"), "People": [{"Name": 3, "Owns": ["a"]}, {"Name": "Al", "Owns": ["a"]}]}
    )
    given = await values(reads(aws, clock), want("a"), want("b"))
    assert given["a"].keys() == {"box", "lid"}, "a number and a text have no order"
    assert given["b"]["owners"] == {"People": []}
