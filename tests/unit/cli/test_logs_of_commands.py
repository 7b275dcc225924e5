"""The log: one JSON object a line, from the level on that is asked for, what libraries say included."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog

from liveaudit.cli import logs

HOSTILE = 'a\n{"level": "error"}\x1b[2J\u202e'


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    for level, expected in (
        ("info", ["one", "two"]),
        ("warning", ["two"]),
        ("debug", ["none", "one", "two"]),
    ):
        logs.configure(level)
        log = structlog.get_logger()
        log.debug("none")
        log.info("one")
        log.warning("two")
        assert [each["event"] for each in lines(capsys)] == expected


def test_whatever_a_name_is_it_is_one_line_of_plain_characters(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().warning("told", resource=HOSTILE)
    captured = capsys.readouterr().err
    assert captured.isascii()
    assert captured.count("\n") == 1
    assert "\x1b" not in captured
    assert json.loads(captured)["resource"] == HOSTILE


def test_what_libraries_say_comes_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.configure()
    library = logging.getLogger("some.library")
    library.info("not this")
    try:
        raise ValueError("why")
    except ValueError:
        library.exception("went %s", "wrong")
    (told,) = lines(capsys)
    assert (told["event"], told["logger"], told["level"]) == ("went wrong", "some.library", "error")
    assert told["error"] == "ValueError('why')"


def test_what_went_wrong_is_told_by_its_place_and_not_by_its_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.configure()
    try:
        raise ValueError("https://hooks.example.com/s3cret")
    except ValueError:
        structlog.get_logger().exception("a channel failed", channel="team")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["channel"], told["error"]) == ("a channel failed", "team", "ValueError")
    assert told["at"][0].split("/")[-1].startswith("test_logs_of_commands.py:")
    assert "s3cret" not in line
