"""Listings by way of other resources: clusters, and the services in each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from liveaudit.audit.listing import listed
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.plan import planned_calls
from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.model import Resource
from tests.support.caller import Asked, CallerDouble

demo = Service("demo", event_source="demo.amazonaws.com")
task = demo.resource_type(
    "Demo::Task", arn="arn:{partition}:demo:{region}:{account}:task/{id}", gone="NoSuchBox"
)
task.listing(
    "ListBoxes",
    items="Boxes",
    item_id="Arn",
    each=Each("ListTasks", {"Box": "{item.Name}"}, value="Tasks[].{Arn: @}"),
)
task.section("task", "GetTask", {"Box": "{parent}", "Task": "{name}", "Arn": "{arn}"}, root=True)
CATALOG = Catalog([demo])
WHERE = Resource("aws", "111122223333", "eu-west-1", task.name, "")


class Boxes(CallerDouble):
    """Boxes with tasks; of one that is gone AWS says so, of a locked one it says nothing."""

    def __init__(self, boxes: Mapping[str, list[str] | str]) -> None:
        super().__init__()
        self.boxes = boxes

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        if asked.operation == "ListBoxes":
            return {"Boxes": [{"Name": name} for name in self.boxes]}
        inside = self.boxes[asked.params["Box"]]
        if isinstance(inside, str):
            raise AwsCallError(Kind.ANSWER, inside, "no", asked.operation)
        return {"Tasks": inside}


def run(boxes: Boxes, most: int | None = None) -> list[str]:
    return [item["Arn"] for item in asyncio.run(listed(boxes, WHERE, task, task.listings[0], most=most))]


def test_what_is_in_every_box_is_found() -> None:
    boxes = Boxes({"a": ["x", "y"], "b": [], "c": ["z"]})
    assert run(boxes) == ["x", "y", "z"]
    assert boxes.operations() == ["ListBoxes", "ListTasks", "ListTasks", "ListTasks"]


def test_a_box_that_went_away_meanwhile_is_left_out() -> None:
    assert run(Boxes({"a": "NoSuchBox", "c": ["z"]})) == ["z"]


def test_a_box_that_cannot_be_looked_into_fails_the_listing() -> None:
    with pytest.raises(AwsCallError):
        run(Boxes({"a": "AccessDenied", "c": ["z"]}))


def test_a_try_looks_into_one_box_only() -> None:
    boxes = Boxes({"a": ["x"], "b": ["y"]})
    assert run(boxes, most=1) == ["x"]
    assert boxes.operations() == ["ListBoxes", "ListTasks"]


def test_such_a_listing_spans_no_regions() -> None:
    with pytest.raises(ValueError, match="spans no regions"):
        task.listing("L", items="I", item_id="Id", region="R", each=Each("M", {}))


def test_an_id_with_slashes_has_a_parent_and_a_name() -> None:
    resource = Resource("aws", "111122223333", "eu-west-1", task.name, "box/inner/one")
    (call,) = planned_calls(CATALOG, resource, ["task"])
    assert call.params == (
        '{"Arn": "arn:aws:demo:eu-west-1:111122223333:task/box/inner/one", "Box": "box/inner", "Task": "one"}'
    )
