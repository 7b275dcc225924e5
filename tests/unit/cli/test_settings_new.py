"""``liveaudit settings new`` and ``liveaudit jobs``, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.main import app
from liveaudit.settings import load
from liveaudit.store import jobs
from liveaudit.store.database import Database, sqlite_url

HUB, SHOP = "111111111111", "222222222222"


def run(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=given)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)


def test_a_file_from_options_that_the_other_commands_take(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"id,name\n{SHOP},shop\n", encoding="utf-8")
    made = run("settings", "new", "--receiver", HUB, "--accounts", "list.csv", "--region", "us-east-1")
    assert made.exit_code == 0, made.output
    settings = load(tmp_path / "liveaudit.yaml")
    assert [(each.id, each.name) for each in settings.accounts] == [(HUB, ""), (SHOP, "shop")]
    assert settings.regions == ("us-east-1",)
    assert settings.external_id.startswith("liveaudit-")
    assert run("settings", "check").output.endswith("no mistakes\n")


def test_a_file_that_stands_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "liveaudit.yaml").write_text("mine\n", encoding="utf-8")
    refused = run("settings", "new", "--receiver", HUB)
    assert refused.exit_code == 1
    assert "is there already" in str(refused.exception)
    assert run("settings", "new", "--receiver", HUB, "--force").exit_code == 0
    assert (tmp_path / "liveaudit.yaml.old").read_text(encoding="utf-8") == "mine\n"


def test_accounts_from_standard_input_and_names_by_option() -> None:
    made = run(
        *(
            "settings",
            "new",
            "--receiver",
            HUB,
            "--accounts",
            "-",
            "--account",
            f"{HUB}=hub",
            "--organization",
        ),
        *("--service", "s3", "--output", "-"),
        given=f"{SHOP} shop",
    )
    assert made.exit_code == 0, made.output
    assert "organization: {}" in made.stdout
    assert "name: hub" in made.stdout
    assert "  - s3" in made.stdout


def test_what_would_be_a_mistake_is_not_written(tmp_path: Path) -> None:
    for words in (
        ("--receiver", "12"),
        ("--receiver", HUB, "--service", "s4"),
        ("--receiver", HUB, "--account", "x"),
    ):
        refused = run("settings", "new", *words)
        assert "these would be mistakes" in str(refused.exception), words
    assert "line" not in str(run("settings", "new", "--receiver", HUB, "--accounts", "nothing").exception)
    wrong = run("settings", "new", "--receiver", HUB, "--accounts", "-", given=f"{SHOP}\n12345")
    assert "-:2:" in str(wrong.exception)
    assert list(tmp_path.iterdir()) == []


def test_jobs_are_listed_shown_and_ended(tmp_path: Path) -> None:
    store = sqlite_url(tmp_path / "store.sqlite3")
    assert run("settings", "new", "--receiver", HUB, "--store", store).exit_code == 0
    database = Database(store)
    now = 4_000_000_000.0
    database.write_now(
        lambda c: jobs.begin(c, job_id="abc", kind="setup check", by="ada\x1b[31m", owner="x", now=now)
    )
    told = jobs.Progress(1, 4, "entering", {"notes": ["one"]})
    database.write_now(lambda c: jobs.tell(c, "abc", told, now))
    listed = run("jobs", "list")
    assert "setup check" in listed.stdout
    assert "1/4" in listed.stdout
    assert "\x1b" not in listed.stdout
    (one,) = [json.loads(line) for line in run("jobs", "list", "--json").stdout.splitlines()]
    assert (one["id"], one["state"], one["done"]) == ("abc", "running", 1)
    shown = json.loads(run("jobs", "show", "abc").stdout)
    assert shown["progress"] == {"notes": ["one"]}
    assert run("jobs", "cancel", "abc").exit_code == 0
    assert "in a terminal" in json.loads(run("jobs", "show", "abc").stdout)["cancelled_by"]
    database.write_now(lambda c: jobs.end(c, "abc", jobs.State.CANCELLED, now, progress=told))
    assert "no such job is under way" in str(run("jobs", "cancel", "abc").exception)
    assert "there is no such job" in str(run("jobs", "show", "none").exception)
    database.close()
