"""For any history of changes of which some events are lost: a sweep counts exactly what the store did not know."""

from __future__ import annotations

import asyncio
import copy
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from liveaudit.model import Cause
from liveaudit.store import misses, sweeps, work
from liveaudit.store.sweeps import Asked
from liveaudit.store.work import Due
from tests.support.fake import ACCOUNT, CATALOG, REGION, FakeAws, resource
from tests.support.stores import SqliteStores
from tests.unit.audit.test_whole_sweeps import ALL, HOUR, Scene

Step = tuple[str, str, bool]
STEPS = st.lists(
    st.tuples(st.sampled_from(["paint", "lock", "delete"]), st.sampled_from("abc"), st.booleans()), max_size=8
)


class History:
    """The widgets as they are, and as an audit of each event that came has seen them."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.known: dict[str, dict[str, Any]] = copy.deepcopy(aws.widgets)

    def change(self, what: str, name: str) -> tuple[str, tuple[str, ...]]:
        """Make a change. Returns the effect and the sections that its event names."""
        there = self.aws.widgets.get(name)
        if there is None:
            self.aws.widgets[name] = {"Color": "red", "Lock": None}
            return "create", ()
        if what == "delete":
            del self.aws.widgets[name]
            return "delete", ()
        if what == "paint":
            there["Color"] = "red" if there["Color"] == "blue" else "blue"
            return "update", ("widget",)
        there["Lock"] = None if there["Lock"] else "L"
        return "update", ("lock",)

    def hear(self, name: str, sections: tuple[str, ...]) -> None:
        """The event of a change came. Who touches the root may have touched everything."""
        if name not in self.aws.widgets:
            self.known.pop(name, None)
        elif sections == ("lock",) and name in self.known:
            self.known[name]["Lock"] = self.aws.widgets[name]["Lock"]
        else:
            self.known[name] = dict(self.aws.widgets[name])

    def unknown(self) -> set[tuple[str, str, str]]:
        """What a sweep must find to be another than is known."""
        found = {(name, "", "appeared") for name in self.aws.widgets.keys() - self.known.keys()}
        found |= {(name, "", "vanished") for name in self.known.keys() - self.aws.widgets.keys()}
        for name in self.known.keys() & self.aws.widgets.keys():
            for section, key in (("widget", "Color"), ("lock", "Lock")):
                if self.known[name][key] != self.aws.widgets[name][key]:
                    found.add((name, section, "changed"))
        return found


async def run(steps: list[Step], scene: Scene) -> None:
    await scene.enrolled()
    history = History(scene.aws)
    for number, (what, name, comes) in enumerate(steps):
        scene.clock.now += HOUR
        effect, sections = history.change(what, name)
        # an event that tells of a part makes no whole known
        if comes and (sections != ("lock",) or name in history.known):
            change = {"event_id": f"e{number}", "name": what, "hops": {"event": scene.clock()}}
            cause = Cause(f"event:e{number}", "event", frozenset(sections), effect, change)
            due = [Due(resource(name), CATALOG.arn(resource(name)), cause)]
            await scene.database.write(partial(work.add_due, work=due, now=scene.clock()))
            await scene.drain()
            history.hear(name, sections)
            scene.clock.now += HOUR
            await scene.drain()
    expected = history.unknown()
    scene.clock.now += HOUR
    asked = Asked("aws", ACCOUNT, ALL, (REGION,), sweeps.DEMAND)
    await scene.database.write(lambda c: sweeps.ask(c, asked, scene.clock()))
    await scene.drain()
    found = await scene.database.read(misses.list_misses)
    assert sorted((each.resource, each.section, each.what) for each in found) == sorted(expected)
    scene.clock.now += HOUR
    recall = await scene.recall()
    assert (recall.missed if recall else 0) == len(expected)


@given(steps=STEPS)
@settings(max_examples=15)
def test_a_sweep_counts_exactly_what_no_event_told(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(SqliteStores(Path(folder)))
        try:
            asyncio.run(run(steps, scene))
        finally:
            scene.database.close()
