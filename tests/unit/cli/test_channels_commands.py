"""The commands on channels, on a store in which a message arrived and another was given up."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.store import audit_log
from liveaudit.store.database import Database
from tests.support.stores import SqliteStores
from tests.support.telling import BOB, World


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the channel ``team``, where one message arrived and one was given up."""
    url, path = SqliteStores(tmp_path).url(), tmp_path / "told.jsonl"
    database = Database(url)
    asyncio.run(_tell(World(database, at=time.time())))
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        f"""\
receiver: "222222222222"
accounts: [{{id: "222222222222"}}]
regions: [eu-west-1]
store: {url}
channels:
  - {{name: team, file: {{path: {path}}}}}
  - {{name: lost, file: {{path: /no/such/folder/told}}}}
routes:
  - {{name: sandboxes, environments: [sandbox], stop: true}}
  - {{name: urgent, severities: [critical], tell: [team], overdue: {{tell: [team]}}}}
"""
    )
    monkeypatch.setenv("LIVEAUDIT_SETTINGS", str(file))
    return path


async def _tell(world: World) -> None:
    world.use()
    world.opens("photos", severity="critical")
    await world.passes(60)
    world.receivers["team"].answers = [ChannelError("archived\x1b[31m", permanent=True)]
    world.opens("letters", by=BOB)
    await world.passes(60)


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["channels", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*words: str) -> CommandError:
    done = CliRunner().invoke(app, ["channels", *words])
    assert isinstance(done.exception, CommandError)
    return done.exception


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_how_channels_fare(told: Path) -> None:
    team, lost = lines(run("list", "--json"))
    assert (team["state"], team["sent"], team["given_up"]) == ("failing", 1, 1)
    assert (lost["state"], lost["waiting"]) == ("not used yet", 0)
    shown = run("list")
    assert "failing" in shown
    assert "\x1b" not in shown


def test_a_test_says_that_it_is_one(told: Path) -> None:
    assert run("test", "team") == "team has it\n"
    (message,) = lines(told.read_text("utf-8"))
    assert message["kind"] == "test"
    assert message["title"].startswith("Test of this channel")
    error = refused("test", "lost")
    assert "cannot be written" in str(error)
    assert error.exit_code == 1
    assert refused("test", "nobody").exit_code == 4


def test_who_is_told_and_why(told: Path) -> None:
    (found,) = lines(run("explain", "f-photos", "--json"))
    assert [(each["route"], each["fits"], each["tells"]) for each in found["opening"]] == [
        ("sandboxes", False, []),
        ("urgent", True, ["team"]),
    ]
    assert found["opening"][0]["says"] == ["does not fit: its environment is not known"]
    assert found["told"][0]["state"] == "sent"
    shown = run("explain", "f-letters")
    assert "urgent: does not fit: it is high" in shown
    assert "archived\\u001b[31m" in shown
    assert refused("explain", "f-none").exit_code == 4


def test_what_a_message_would_say(told: Path) -> None:
    assert "Critical finding opened" in run("preview", "team", "f-photos")
    assert "nothing is wrong" in run("preview", "team")
    assert refused("preview", "team", "f-none").exit_code == 4
    assert not told.exists()


def test_what_was_given_up_is_tried_again(told: Path, tmp_path: Path) -> None:
    (given_up,) = lines(run("given-up", "--json"))
    assert (given_up["channel"], given_up["reason"]) == ("team", "archived\x1b[31m")
    assert "archived\\u001b[31m" in run("given-up", "--channel", "team")
    assert lines(run("given-up", "--channel", "lost", "--json")) == []
    assert "will be tried again" in run("resend", given_up["id"])
    assert refused("resend", given_up["id"]).exit_code == 4
    assert run("resend", "--channel", "team").startswith("0 messages")
    assert refused("resend").exit_code == 2
    (team, _) = lines(run("list", "--json"))
    assert (team["waiting"], team["given_up"]) == (1, 0)
    database = Database(SqliteStores(tmp_path).url())
    actions = [each.action for each in database.read_now(lambda c: audit_log.page(c, audit_log.Which()))]
    database.close()
    assert actions == ["channel.resend"]
