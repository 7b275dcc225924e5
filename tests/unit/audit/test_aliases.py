"""What an event names by another name than ours: chosen of a list, or known of the store alone; and tags read by an ARN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.aliases import Namer
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import State, Wanted
from liveaudit.model import Resource
from liveaudit.services import load
from liveaudit.store import codec, snapshots, work
from liveaudit.store.database import Database
from tests.support.caller import Asked, CallerDouble
from tests.support.stores import SqliteStores

pytestmark = pytest.mark.anyio
CATALOG, _ = load()
HERE = "eu-west-1:111122223333"
PROXY, OTHER = f"arn:aws:rds:{HERE}:db-proxy:prx-0a", f"arn:aws:rds:{HERE}:db-proxy:prx-0b"
POINT = f"arn:aws:backup:{HERE}:recovery-point:1EB3B5E7"
TAGS = [{"Key": "Owner", "Value": "team-a"}]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def resource(type_name: str, rid: str) -> Resource:
    return Resource("aws", "111122223333", "eu-west-1", type_name, rid)


@dataclass
class Telling(CallerDouble):
    """A caller that gives what it was made with, by operation, and remembers what it was asked."""

    answers: Mapping[str, Any]

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.answers[asked.operation]
        return found


@pytest.fixture
def database(tmp_path: Path) -> Any:
    made = Database(SqliteStores(tmp_path).url())
    yield made
    made.close()


async def test_of_a_list_of_all_the_one_of_that_name_is_meant(database: Database) -> None:
    proxies = [
        {"DBProxyName": "front", "DBProxyArn": PROXY},
        {"DBProxyName": "back", "DBProxyArn": OTHER},
    ]
    caller = Telling({"DescribeDBProxies": {"DBProxies": proxies}})
    named = await Namer(CATALOG, caller, database).resolve(
        resource("AWS::RDS::DBProxy", f"?DBProxyArn={PROXY}")
    )
    assert named.found == {resource("AWS::RDS::DBProxy", "front")}


async def test_what_only_the_store_knows_takes_no_call(database: Database) -> None:
    point = resource("AWS::Backup::RecoveryPoint", f"{POINT}/vault")
    told = snapshots.Read("value", codec.dump({"RecoveryPointArn": POINT}), 1, 1.0, 1.0)

    def write(connection: Any) -> None:
        keys = work.resource_keys(connection, {point: POINT}, 1.0)
        snapshots.write_sections(connection, keys[point], {"recovery_point": told})

    database.write_now(write)
    caller = Telling({})
    namer = Namer(CATALOG, caller, database)
    name = f"?RecoveryPointArn={POINT}"
    assert (await namer.resolve(resource(point.type, name))).found == {point}
    assert (await namer.resolve(resource(point.type, f"{name}-other"))).found == frozenset()
    assert caller.asked == []


async def test_tags_by_an_arn_that_the_roots_call_tells_cost_one_call_more() -> None:
    front = resource("AWS::RDS::DBProxy", "front")
    told = {"DBProxies": [{"DBProxyName": "front", "DBProxyArn": PROXY}]}
    caller = Telling({"DescribeDBProxies": told, "ListTagsForResource": {"TagList": TAGS}})
    reading = (await Reader(CATALOG, caller).read([Wanted(front, frozenset({"proxy", "tags"}))]))[front]
    assert reading.sections["tags"].value == TAGS
    assert [(each.operation, each.params) for each in caller.asked] == [
        ("DescribeDBProxies", {"DBProxyName": "front"}),
        ("ListTagsForResource", {"ResourceName": PROXY}),
    ]


@pytest.mark.parametrize(
    ("arn", "state", "calls"),
    [(POINT, State.VALUE, 2), ("arn:aws:ec2:eu-west-1::snapshot/snap-0a", State.UNKNOWN, 1)],
)
async def test_backup_tells_tags_of_what_it_keeps_itself(arn: str, state: State, calls: int) -> None:
    point = resource("AWS::Backup::RecoveryPoint", f"{arn}/vault")
    caller = Telling(
        {"DescribeRecoveryPoint": {"RecoveryPointArn": arn}, "ListTags": {"Tags": {"Owner": "team-a"}}}
    )
    reading = (await Reader(CATALOG, caller).read([Wanted(point, frozenset({"tags"}))]))[point]
    found = reading.sections["tags"]
    assert (found.state, len(caller.asked), reading.gone) == (state, calls, False)
    if state == State.UNKNOWN:
        assert "not of another service's copy" in found.reason
    else:
        assert found.value == {"Owner": "team-a"}
