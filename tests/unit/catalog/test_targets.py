"""From an event to its resources: identity rules, once and for all services."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.changes import Effect
from liveaudit.catalog.targets import ALIAS_PREFIX, Relevance, match
from liveaudit.catalog.types import Service
from liveaudit.model import Actor, Event, Expected, Shows

demo = Service("demo", event_source="demo.amazonaws.com")
thing = demo.resource_type(
    "Demo::Thing",
    arn="arn:{partition}:demo:{region}:{account}:thing/{id}",
    named_by=("requestParameters.thingId", "responseElements.thing.thingId"),
    region_by="requestParameters.location",
)
thing.section("thing", "Get", root=True, changed_by="ModifyThing")
thing.section("lock", "GetLock", changed_by=["PutLock", "ModifyThing"])
thing.created_by("CreateThing")
thing.deleted_by("DeleteThing")
thing.also_named_by("requestParameters.thingName", "Find", {}, items="Things", item_id="Id", key="Name")
tagged = demo.resource_type(
    "Demo::Tagged",
    arn="arn:{partition}:demo:{region}:{account}:tagged/{id}",
    named_by="x",
    id_pattern="tg-[0-9a-f]+",
)
tagged.section("tags", "GetTags", root=True)
tagged.event("CreateTags", "tags", named_by="requestParameters.resourcesSet.items[].resourceId")
user = demo.resource_type(
    "Demo::User",
    arn="arn:{partition}:demo::{account}:user/{id}",
    named_by="requestParameters.userName",
    is_global=True,
    arn_has_path=True,
)
user.section("user", "GetUser", root=True, changed_by="UpdateUser")
user.section("keys", "ListKeys")
user.event("CreateKey", "keys", named_by=("requestParameters.userName", "userIdentity.userName"))
group = demo.resource_type("Demo::Group", arn="{id}", named_by="requestParameters.groupArn", is_global=True)
group.section("group", "GetGroup", root=True)
group.section("members", "ListMembers")
user.event("AddUserToGroup", "user")
group.event("AddUserToGroup", "members")
for _kind in ("Red", "Blue"):
    _engine = demo.resource_type(
        f"Demo::{_kind}Engine",
        arn="arn:{partition}:demo:{region}:{account}:engine:{id}",
        named_by="requestParameters.engineName",
        only_if={"responseElements.engine": _kind.lower(), "requestParameters.engine": _kind.lower()},
        lower_case=True,
    )
    _engine.section("engine", "GetEngine", root=True, changed_by="ModifyEngine")
    _engine.created_by("CreateEngine")
demo.ignores_unnamed("of a kind that nobody looks at", "CreateEngine")
point = demo.resource_type(
    "Demo::Point",
    arn="{id}",
    named_by=[
        "{responseElements.pointArn}/{requestParameters.vault}",
        "{requestParameters.pointArn}/{region}",
    ],
)
point.section("point", "GetPoint", root=True)
point.created_by("MakePoint")
region_settings = demo.resource_type(
    "Demo::RegionSettings",
    arn="arn:{partition}:demo:{region}:{account}:settings",
    named_by="{region}",
    always="{region}",
)
region_settings.section("settings", "GetSettings", root=True, changed_by="PutSettings")
thing.section("note", "GetNote", absent="NoNote", changed_by=["PutNote", "DeleteNote", "SetNote", "AddNotes"])
thing.section("members", "ListMembers", changed_by=["AddMember", "RemoveMember", "Enable"])
thing.shows("members", {"requestParameters.memberId": "[].Id"}, "AddMember")
thing.shows("members", {"requestParameters.memberId": "[].Id"}, "RemoveMember", as_=Shows.LACKS)
thing.shows("members", {"=true": "On", "requestParameters.on": "On"}, "Enable")
thing.shows("note", None, "AddNotes", as_=None)
thing.takes(60.0, "PutNote", done_by="NoteReady")
user.renamed_by("RenameUser", new="requestParameters.newUserName")
demo.ignores("tags do not bear on any policy", "TagThing")
CATALOG = Catalog([demo])


def event(name: str, request: dict[str, Any] | None = None, **more: Any) -> Event:
    given: dict[str, Any] = {
        "id": "e",
        "source": "demo.amazonaws.com",
        "name": name,
        "account": "111111111111",
        "region": "eu-west-1",
        "time": dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        "actor": Actor(),
        "request": request or {},
    }
    return Event(**(given | more))


def told(given: Event) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            target.resource.type,
            target.resource.id,
            target.resource.account,
            target.resource.region,
            target.effect.value,
        )
        for target in match(CATALOG, given).targets
    ]


A = "111111111111"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (event("ModifyThing", {"thingId": "t1"}), [("Demo::Thing", "t1", A, "eu-west-1", "update")]),
        (event("ModifyThing", {"ThingId": "t1"}), [("Demo::Thing", "t1", A, "eu-west-1", "update")]),
        (
            event(
                "CreateThing", {"location": "EU"}, response={"thing": {"thingId": "t2"}}, region="us-east-1"
            ),
            [("Demo::Thing", "t2", A, "eu-west-1", "create")],
        ),
        (
            event("CreateThing", {"thingId": "t", "location": "../evil"}),
            [("Demo::Thing", "t", A, "eu-west-1", "create")],
        ),
        (event("DeleteThing", {"thingId": "t1"}), [("Demo::Thing", "t1", A, "eu-west-1", "delete")]),
        (
            event("ModifyThing", {"thingId": "arn:aws:demo:us-west-2:222222222222:thing/t9"}),
            [("Demo::Thing", "t9", "222222222222", "us-west-2", "update")],
        ),
        (
            event("ModifyThing20201112v2", {"thingId": "t1"}),
            [("Demo::Thing", "t1", A, "eu-west-1", "update")],
        ),
        (
            event(
                "CreateTags",
                {"resourcesSet": {"items": [{"resourceId": r} for r in ("vpc-1", "tg-1", "tg-2")]}},
            ),
            [
                ("Demo::Tagged", "tg-1", A, "eu-west-1", "update"),
                ("Demo::Tagged", "tg-2", A, "eu-west-1", "update"),
            ],
        ),
        (
            event("UpdateUser", {"userName": "ann"}, region="us-east-1"),
            [("Demo::User", "ann", A, "global", "update")],
        ),
        (
            event("UpdateUser", {"userName": "arn:aws:demo::111111111111:user/deep/path/ann"}),
            [("Demo::User", "ann", A, "global", "update")],
        ),
        (
            event("CreateKey", user_identity={"userName": "bob"}),
            [("Demo::User", "bob", A, "global", "update")],
        ),
        (
            event("AddUserToGroup", {"userName": "ann", "groupArn": "arn:aws:demo::aws:group/g"}),
            [
                ("Demo::User", "ann", A, "global", "update"),
                ("Demo::Group", "arn:aws:demo::aws:group/g", A, "global", "update"),
            ],
        ),
        (event("PutSettings"), [("Demo::RegionSettings", "eu-west-1", A, "eu-west-1", "update")]),
    ],
)
def test_identity(given: Event, expected: list[tuple[str, str, str, str, str]]) -> None:
    assert told(given) == expected


def test_a_name_alone_is_looked_up_later() -> None:
    found = match(CATALOG, event("ModifyThing", {"thingName": "default"}))
    assert [(each.resource.id, each.alias) for each in found.targets] == [
        (ALIAS_PREFIX + "Name=default", True)
    ]


def test_sections_add_up() -> None:
    found = match(CATALOG, event("ModifyThing", {"thingId": "t"}))
    assert found.targets[0].sections == {"thing", "lock"}
    assert match(CATALOG, event("CreateThing", {"thingId": "t"})).targets[0].sections == frozenset()
    assert match(CATALOG, event("CreateThing", {"thingId": "t"})).targets[0].effect == Effect.CREATE


@pytest.mark.parametrize(
    ("given", "relevance", "words"),
    [
        (event("ModifyThing", {"thingId": "t"}, read_only=True), Relevance.IGNORED, "only reads"),
        (
            event("ModifyThing", {"thingId": "t"}, error_code="AccessDenied"),
            Relevance.IGNORED,
            "AccessDenied",
        ),
        (event("ModifyThing", {"thingId": "t"}, category="Data"), Relevance.IGNORED, "Data event"),
        (event("TagThing", {"thingId": "t"}), Relevance.IGNORED, "tags do not bear"),
        (
            event("ModifyThing", {"thingId": "t"}, source="other.amazonaws.com"),
            Relevance.IGNORED,
            "not a covered",
        ),
        (event("PaintThing", {"thingId": "t"}), Relevance.UNMAPPED, "no row"),
        (event("ModifyThing", {"other": "t"}), Relevance.UNMAPPED, "names no resource"),
        (
            event("ModifyThing", {"thingId": "arn:aws:demo:eu-west-1:1:other/x"}),
            Relevance.UNMAPPED,
            "names no resource",
        ),
    ],
)
def test_why_nothing(given: Event, relevance: Relevance, words: str) -> None:
    found = match(CATALOG, given)
    assert found.relevance == relevance
    assert words in found.reason
    assert found.targets == ()


@pytest.mark.parametrize(
    ("name", "more", "wanted"),
    [
        ("PutNote", {}, [Expected("note", Shows.PRESENT)]),
        ("DeleteNote", {}, [Expected("note", Shows.ABSENT)]),
        ("SetNote", {}, []),
        ("AddNotes", {}, []),
        ("PutLock", {}, []),
        ("AddMember", {"memberId": "m"}, [Expected("members", Shows.HOLDS, "[].Id", ("m",))]),
        ("RemoveMember", {"memberId": "m"}, [Expected("members", Shows.LACKS, "[].Id", ("m",))]),
        ("AddMember", {}, []),
        (
            "Enable",
            {"on": False},
            [Expected("members", Shows.HOLDS, "On", (each,)) for each in ("true", "false")],
        ),
    ],
)
def test_what_must_be_true_once_it_shows(name: str, more: dict[str, Any], wanted: list[Expected]) -> None:
    (target,) = match(CATALOG, event(name, {"thingId": "t", **more})).targets
    assert list(target.expected) == wanted
    lasts = name == "PutNote"
    assert (target.lasts, sorted(target.done_by)) == ((60.0, ["NoteReady"]) if lasts else (0.0, []))


def test_a_row_cannot_show_what_it_does_not_change() -> None:
    with pytest.raises(ValueError, match="PutLock does not change members"):
        thing.shows("members", {}, "PutLock")


def test_without_a_new_name_nobody_is_gone() -> None:
    renamed = told(event("RenameUser", {"userName": "ann", "newUserName": "eve"}))
    assert [(each[1], each[4]) for each in renamed] == [("ann", "delete"), ("eve", "create")]
    moved = told(event("RenameUser", {"userName": "ann", "newPath": "/x/"}))
    assert [(each[1], each[4]) for each in moved] == [("ann", "update")]


@pytest.mark.parametrize(
    ("request_parameters", "response", "types"),
    [
        ({"engineName": "Main", "engine": "red"}, {}, {"Demo::RedEngine"}),
        ({"engineName": "Main", "engine": "red"}, {"engine": "blue"}, {"Demo::BlueEngine"}),
        ({"engineName": "Main"}, {}, {"Demo::RedEngine", "Demo::BlueEngine"}),
        (
            {"engineName": "arn:aws:demo:eu-west-1:111122223333:engine:Main"},
            {"engine": "red"},
            {"Demo::RedEngine"},
        ),
    ],
)
def test_an_event_that_types_share_goes_to_the_one_it_is_about(
    request_parameters: dict[str, Any], response: dict[str, Any], types: set[str]
) -> None:
    found = match(CATALOG, event("ModifyEngine", request_parameters, response=response)).targets
    assert {each.resource.type for each in found} == types
    assert {each.resource.id for each in found} == {"main"}, "ids of this type are in lower case"


def test_an_event_about_none_of_the_types_says_why() -> None:
    found = match(CATALOG, event("CreateEngine", {"engineName": "main", "engine": "green"}))
    assert (found.relevance, found.reason) == (Relevance.IGNORED, "of a kind that nobody looks at")


@pytest.mark.parametrize(
    ("request_parameters", "response", "ids"),
    [
        ({"vault": "v"}, {"pointArn": "arn:aws:demo:::p"}, ["arn:aws:demo:::p/v"]),
        # a value that itself looks like a placeholder is none
        ({"vault": "{region}"}, {"pointArn": "p"}, ["p/{region}"]),
        ({"pointArn": "p"}, {}, ["p/eu-west-1"]),
        ({"vault": "v"}, {}, []),
    ],
)
def test_an_id_of_several_values(
    request_parameters: dict[str, Any], response: dict[str, Any], ids: list[str]
) -> None:
    found = match(CATALOG, event("MakePoint", request_parameters, response=response)).targets
    assert [each.resource.id for each in found] == ids
