"""For any history, however its events come, the findings end as a full sweep of the final state would have them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as beginning_with
from hypothesis import strategies as st

from liveaudit.store import dependents
from liveaudit.store.database import Database
from tests.support.examples import at_random
from tests.support.fast_store import FastDatabase
from tests.support.histories import KINDS, NAMES, Change, run_history, swept

HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(NAMES),
        st.booleans(),
        st.sampled_from((0.0, 0.2, 1.5, 20.0, 200.0)),
    ),
    min_size=1,
    max_size=12,
)
SEEDS = st.integers(0, 2**32)
PARTS = 20
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)


@pytest.fixture(scope="module")
def fast() -> Iterator[tuple[FastDatabase, FastDatabase]]:
    made = FastDatabase(), FastDatabase()
    yield made
    for each in made:
        each.dispose()


async def on(databases: tuple[Database, Database], history: list[Change], seed: int) -> None:
    """One history on the first store, and the sweep of its end on the second."""
    run = await run_history((databases[0], databases[0]), history, seed)
    if seed % 8 == 0:
        assert await swept(databases[1], run) == run.world.aws.failing()


def check(fast: tuple[FastDatabase, FastDatabase], history: list[Change], seed: int) -> None:
    for each in fast:
        each.empty()
    asyncio.run(on(fast, history, seed))


@pytest.mark.timeout(600)
@settings(QUICK, max_examples=40)
@given(history=HISTORIES, seed=SEEDS)
def test_some_histories(fast: tuple[FastDatabase, FastDatabase], history: list[Change], seed: int) -> None:
    check(fast, history, seed)


@pytest.mark.timeout(600)
@settings(QUICK, max_examples=25)
@given(history=HISTORIES, seed=SEEDS)
def test_some_histories_with_dependents_due_one_by_one(
    fast: tuple[FastDatabase, FastDatabase], history: list[Change], seed: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dependents, "MOST", 1)
        check(fast, history, seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_findings_end_as_a_sweep_would_have_them(fast: tuple[FastDatabase, FastDatabase], part: int) -> None:
    """Two thousand in all, in parts that different processes can take, each with examples of its own."""

    @settings(QUICK, max_examples=100)
    @given(history=HISTORIES, seed=SEEDS)
    def histories(history: list[Change], seed: int) -> None:
        check(fast, history, seed)

    (histories if at_random() else beginning_with(part)(histories))()


FOUND: dict[str, tuple[list[Change], int]] = {
    "others were shown an older state of what had changed and could not be read": (
        [("color", "b", False, 0.2), ("account", "a", True, 0.0), ("repaint", "b", True, 1.5)],
        3913607,
    ),
    "a stale reading of others kept out what a resource's own audit had just found": (
        [
            ("label", "b", True, 0.2),
            ("put in crate", "b", False, 200.0),
            ("label", "b", False, 0.0),
            ("account", "b", True, 200.0),
            ("lock", "a", True, 0.2),
            ("put in crate", "b", False, 200.0),
            ("put in crate", "b", True, 1.5),
            ("lock", "a", False, 0.2),
            ("put in crate", "b", True, 1.5),
            ("account", "b", False, 20.0),
            ("color", "a", True, 1.5),
            ("color", "b", False, 0.2),
        ],
        41191186,
    ),
    "a change that another of the same second had undone was said not to have come to show": (
        [("create", "a", False, 0.0)] * 3
        + [("create", "b", False, 0.0), ("lock", "a", True, 0.0), ("lock", "a", False, 0.0)],
        204,
    ),
    "what a stale reading left of a resource that was gone kept others busy for ever": (
        [
            ("color", "a", True, 200.0),
            ("create", "a", False, 0.0),
            ("color", "a", True, 0.0),
            ("create", "a", True, 0.0),
            ("key", "a", False, 0.0),
            ("crate", "a", False, 1.5),
            ("lock", "a", True, 0.0),
            ("repaint", "a", False, 0.0),
            ("create", "a", True, 0.0),
            ("create", "a", False, 0.0),
            ("put in crate", "a", True, 0.0),
            ("account", "a", False, 0.0),
        ],
        6,
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once(fast: tuple[FastDatabase, FastDatabase], name: str) -> None:
    check(fast, *FOUND[name])
