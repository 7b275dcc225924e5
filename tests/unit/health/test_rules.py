"""What is unhealthy, a warning, or not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveaudit.health.rules import Level, Limits, Seen, summary, troubles
from liveaudit.provision.queue_state import QueueState
from liveaudit.store.arrivals import Last
from liveaudit.store.asked import Asking
from liveaudit.store.deliveries import ChannelState
from liveaudit.store.health import DueRows, Figures, Throttled
from liveaudit.store.heartbeats import Heartbeat
from liveaudit.store.latencies import Latencies
from liveaudit.text import duration

NOW = 1_800_000_000.0
HERE = "eu-west-1"
SHOP = "222222222222"
WORKER = Heartbeat("w1", "host", 1, "0.1", NOW - 900, NOW - 3, (f"{HERE}/q",))


def figures(**given: Any) -> Figures:
    plain: dict[str, Any] = {"workers": [WORKER], "last": [Last(SHOP, HERE, NOW - 60, NOW - 59, 1, 1.0)]}
    return Figures(NOW, **(plain | given))


def seen(**given: Any) -> Seen:
    healthy = Seen(
        figures(), "q", (HERE,), frozenset({SHOP}), {HERE: QueueState()}, {(SHOP, HERE): QueueState()}
    )
    return replace(healthy, **given)


def waited(seconds: float, times: int) -> Latencies:
    made = Latencies()
    for _ in range(100 - times):
        made.add("sent-received", 0.1)
    for _ in range(times):
        made.add("sent-received", seconds)
    return made


def test_all_is_well() -> None:
    assert troubles(seen()) == []
    assert summary([]) == "healthy"


ASKED = Asking("acme", "arn:function", NOW - 9, NOW - 9)


@pytest.mark.parametrize(
    ("asked", "level", "text"),
    [
        (ASKED, None, ""),
        (
            replace(ASKED, answered_at=NOW - 99, in_row=1, reason="gone"),
            Level.UNHEALTHY,
            "arn:function did not answer when it was last asked, so its verdicts are UNKNOWN: gone",
        ),
        (replace(ASKED, answered_at=None, in_row=3, reason="late"), Level.UNHEALTHY, "3 times in a row"),
        (replace(ASKED, in_row=1, reason="no verdict"), Level.WARNING, "left questions without an answer"),
        (replace(ASKED, waiting=1, oldest=NOW - 901), Level.WARNING, "1 question waits for an answer"),
        (replace(ASKED, waiting=3, oldest=NOW - 899), None, ""),
    ],
)
def test_who_decides_elsewhere_and_does_not_answer(asked: Asking, level: Level | None, text: str) -> None:
    found = troubles(seen(figures=figures(asked={"acme": asked})))
    assert [each.level for each in found] == ([] if level is None else [level])
    assert all(text in each.text and each.where == "acme" for each in found)


OLD = replace(WORKER, id="w0", seen_at=NOW - 31)
BAD = Level.UNHEALTHY


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"figures": figures(workers=[])}, [(BAD, "no worker")]),
        ({"figures": figures(workers=[OLD])}, [(BAD, "no worker"), (Level.WARNING, "worker vanished")]),
        ({"figures": figures(workers=[OLD, WORKER])}, [(Level.WARNING, "worker vanished")]),
        ({"regions": (HERE, "us-east-1")}, [(BAD, "not polled")]),
        ({"figures": figures(due={(SHOP, HERE): DueRows(3, NOW - 301)})}, [(BAD, "due for long")]),
        ({"figures": figures(due={(SHOP, HERE): DueRows(3, NOW - 299)})}, []),
        ({"figures": figures(due={(SHOP, HERE): DueRows(sweeping=9000)})}, []),
        ({"figures": figures(latencies=waited(900.0, 6))}, [(BAD, "queued for long")]),
        ({"figures": figures(latencies=waited(900.0, 4))}, []),
        ({"queues": {HERE: QueueState(exists=False)}}, [(BAD, "queue missing")]),
        ({"queues": {HERE: QueueState(10_001)}}, [(BAD, "many messages")]),
        ({"queues": {HERE: QueueState(10_000, 7, 0)}}, []),
        ({"queues": {HERE: QueueState(dead_letters=1)}}, [(BAD, "dead letters")]),
        ({"queues": {HERE: QueueState(reason="denied", dead_letters=1)}}, [(Level.UNKNOWN, "queue")]),
        ({"queues": None, "undelivered": None}, []),
        ({"undelivered": {(SHOP, HERE): QueueState(dead_letters=2)}}, [(BAD, "undelivered")]),
        ({"undelivered": {(SHOP, HERE): QueueState(reason="denied")}}, [(Level.UNKNOWN, "undelivered")]),
        ({"undelivered": {(SHOP, HERE): QueueState(exists=False)}}, []),
        ({"figures": figures(quarantine={"malformed": 1})}, [(BAD, "quarantine")]),
        ({"figures": figures(unknown={(SHOP, HERE, "denied"): 2})}, [(Level.WARNING, "unknown verdicts")]),
        ({"figures": figures(last=[])}, [(Level.WARNING, "silent")]),
        (
            {"figures": figures(last=[Last(SHOP, HERE, 0, NOW - 4 * 86_400, 1, 0.0)])},
            [(Level.WARNING, "silent")],
        ),
        ({"figures": figures(last=[]), "enrolled": None}, []),
        (
            {"figures": figures(throttled=[Throttled(SHOP, HERE, "ec2", 3, NOW - 599)])},
            [(Level.WARNING, "throttled")],
        ),
        ({"figures": figures(throttled=[Throttled(SHOP, HERE, "ec2", 3, NOW - 601)])}, []),
        ({"problems": ("the organization cannot be asked",)}, [(Level.UNKNOWN, "settings")]),
    ],
)
def test_each_rule(given: dict[str, Any], expected: list[tuple[Level, str]]) -> None:
    found = troubles(seen(**given))
    assert [(each.level, each.rule) for each in found] == expected
    assert all(each.where and each.text for each in found)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ChannelState("team", failures=1, failing_since=NOW - 30, reason="down"), []),
        (ChannelState("team", failures=9, failing_since=NOW - 600, reason="down", waiting=3), ["unhealthy"]),
        (ChannelState("team", sent=7, given_up=2), ["warning"]),
        (ChannelState("team", sent=7), []),
    ],
)
def test_channels_that_do_not_hear(state: ChannelState, expected: list[str]) -> None:
    found = troubles(seen(figures=figures(channels={"team": state})))
    assert [each.level.value for each in found] == expected
    assert all(each.where == "team" for each in found)
    if expected == ["unhealthy"]:
        assert "10 min, 3 messages wait: down" in found[0].text


def test_limits_may_be_others() -> None:
    late = seen(figures=figures(due={(SHOP, HERE): DueRows(3, NOW - 30)}))
    assert [each.rule for each in troubles(late, Limits(due=10))] == ["due for long"]


def test_the_summary_says_why_and_how_much_more() -> None:
    bad = seen(
        figures=figures(quarantine={"malformed": 1, "not enrolled": 2}, last=[]), problems=("not asked",)
    )
    told = summary(troubles(bad))
    assert told.startswith("unhealthy: malformed: 1 message")
    assert told.endswith(", and 1 more; 1 thing could not be looked at; 1 warning")
    assert summary(troubles(seen(problems=("x", "y")))) == (
        "healthy, as far as is known; 2 things could not be looked at"
    )


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0123, "12 ms"), (9.0, "9 s"), (60.0, "60 s"), (180, "3 min"), (9000, "2 h"), (2e5, "2 d")],
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told
