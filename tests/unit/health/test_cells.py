"""What is wrong with an account and region, and which rows of the matrix are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liveaudit.health.cells import (
    Cell,
    Limits,
    Look,
    Matrix,
    Sign,
    Wanted,
    cell,
    choose,
    matrix,
    order,
)
from liveaudit.store.arrivals import Last
from liveaudit.store.health import DueRows
from liveaudit.store.place_latencies import HOUR, Slowness, steps
from liveaudit.store.places import Fares, Swept

NOW = 1_800_000_000.0
A, B, C = "111111111111", "222222222222", "333333333333"
HERE, THERE = "eu-west-1", "us-east-1"
FINE = Fares(A, HERE, swept=Swept(3, 0, NOW - 60))


def slow(*seconds: float, hours_ago: int = 0) -> Slowness:
    return Slowness(int(NOW // HOUR) - hours_ago, tuple(steps(seconds)))


CASES: dict[str, tuple[Fares, dict[Sign, str], Look]] = {
    "fine": (FINE, {}, Look.OK),
    "busy": (replace(FINE, due=DueRows(late=9, oldest=NOW - 299)), {}, Look.OK),
    "behind": (
        replace(FINE, due=DueRows(late=1, oldest=NOW - 600)),
        {Sign.BEHIND: "1 resource waits to be audited, the first for 10 min"},
        Look.BAD,
    ),
    "denied": (
        replace(FINE, unknown={"denied": 2, "policy failed": 1}),
        {
            Sign.DENIED: "2 verdicts are UNKNOWN because AWS denied a call",
            Sign.UNKNOWN: "1 verdict is UNKNOWN",
        },
        Look.BAD,
    ),
    "denied listing": (
        replace(FINE, not_listed={"A": "ListA: AccessDenied: no", "B": "ListB: InternalError: AccessDenied"}),
        {
            Sign.DENIED: "1 type cannot be listed because AWS denied a call",
            Sign.NOT_LISTED: "1 type could not be listed by the last sweep",
        },
        Look.BAD,
    ),
    "slow": (
        replace(FINE, slowness=slow(*[1.0] * 17, *[250.0] * 3)),
        {Sign.SLOW: "one in twenty changes took up to 5 min"},
        Look.WARNING,
    ),
    "very slow": (
        replace(FINE, slowness=slow(5000.0)),
        {Sign.SLOW: "one in twenty changes took longer than 15 min"},
        Look.WARNING,
    ),
    "one of many slow": (replace(FINE, slowness=slow(*[1.0] * 99, 250.0)), {}, Look.OK),
    "slow long ago": (replace(FINE, slowness=slow(5000.0, hours_ago=30)), {}, Look.OK),
    "missed": (
        replace(FINE, missed=2),
        {Sign.MISSES: "2 changes of the last week came to light by a sweep and by no event"},
        Look.WARNING,
    ),
    "throttled": (
        replace(FINE, throttled_at=NOW - 60),
        {Sign.THROTTLED: "AWS throttled our calls 60 s ago"},
        Look.WARNING,
    ),
    "throttled long ago": (replace(FINE, throttled_at=NOW - 601), {}, Look.OK),
    "not swept": (
        replace(FINE, swept=Swept(3, 3, None)),
        {Sign.UNSWEPT: "no sweep of it is over yet, so little is known"},
        Look.NONE,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_signs(name: str) -> None:
    fares, signs, look = CASES[name]
    found = cell(fares, NOW, Limits())
    assert (dict(found.signs), found.look) == (signs, look)


def test_what_is_denied_counts_verdicts_and_listings() -> None:
    found = cell(
        replace(FINE, unknown={"denied": 2, "other": 1}, not_listed={"A": "ListA: AccessDenied: no"}),
        NOW,
        Limits(),
    )
    assert (found.denied, found.unknown) == (3, 3)


def last(account: str, region: str, ago: float) -> Last:
    return Last(account, region, NOW - ago, NOW - ago, 1, 1.0)


def made(publishers: frozenset[str] | None = frozenset({A, B, C})) -> Matrix:
    places = {
        (A, HERE): replace(FINE, last=last(A, HERE, 10)),
        (A, "global"): Fares(A, "global", missed=4),
        (B, HERE): Fares(B, HERE, last=last(B, HERE, 4 * 86_400), due=DueRows(late=2, oldest=NOW - 900)),
        (B, THERE): Fares(B, THERE, due=DueRows(late=1, oldest=NOW - 1000), unknown={"denied": 1}),
    }
    return matrix(places, NOW, names={A: "Shop", C: "new one"}, publishers=publishers)


def test_the_worst_account_stands_first_and_global_before_the_regions() -> None:
    found = made()
    assert [(row.account, row.look) for row in found.rows] == [
        (B, Look.BAD),
        (A, Look.WARNING),
        (C, Look.WARNING),
    ]
    assert found.regions == ("global", HERE, THERE)
    assert [each.region for each in found.rows[1].ordered] == ["global", HERE]
    assert found.looks == {Look.OK: 1, Look.NONE: 0, Look.WARNING: 1, Look.BAD: 2}
    assert found.signs == {Sign.BEHIND: 2, Sign.DENIED: 1, Sign.SILENT: 2, Sign.MISSES: 1}


def test_an_account_tells_the_worst_of_its_regions() -> None:
    row = made().rows[0]
    assert (row.late, row.oldest_due, row.unknown, row.denied, row.missed) == (3, NOW - 1000, 1, 1, 0)
    assert row.last_event == NOW - 4 * 86_400
    assert row.silent.startswith("no event for 4 d")
    assert made().rows[2].silent.startswith("no event has come yet")


def test_who_need_not_be_heard_is_not_silent() -> None:
    silent = {row.account for row in made(frozenset({A})).rows if row.silent}
    assert silent == set()
    # not known who publishes: only who was heard before can fall silent
    assert {row.account for row in made(None).rows if row.silent} == {B}


@pytest.mark.parametrize(
    ("wanted", "accounts"),
    [
        (Wanted(), [B, A, C]),
        (Wanted(text="SHOP"), [A]),
        (Wanted(text="2222"), [B]),
        (Wanted(region="global"), [A]),
        (Wanted(region=THERE), [B]),
        (Wanted(look="bad"), [B]),
        (Wanted(look="warning"), [B, A, C]),
        (Wanted(sign="misses"), [A]),
        (Wanted(sign="silent"), [B, C]),
        (Wanted(text="shop", sign="behind"), []),
    ],
)
def test_choosing(wanted: Wanted, accounts: list[str]) -> None:
    assert [row.account for row in choose(made(), wanted)] == accounts


def test_a_row_of_one_region_is_judged_by_it_alone() -> None:
    (row,) = choose(made(), Wanted(text="Shop", region=HERE))
    assert (set(row.cells), row.look) == ({HERE}, Look.OK)
    assert order(row) == (0, A)


def test_cells_are_values() -> None:
    assert cell(FINE, NOW, Limits()) == Cell(FINE, {}, Look.OK)
