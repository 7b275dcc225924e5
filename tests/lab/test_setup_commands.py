"""``liveaudit setup check`` as it is typed, where nothing is made yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab


def test_check_tells_who_makes_what_even_where_the_settings_have_to_be_looked_up(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lab.environment(RECEIVER, "us-east-1").items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "my settings.yaml"
    accounts = [{"id": each, "external_id": "a-word"} for each in (RECEIVER, PUBLISHER)]
    file.write_text(
        json.dumps({"receiver": RECEIVER, "accounts": accounts, "regions": "all"}), encoding="utf-8"
    )
    ended = CliRunner().invoke(app, ["setup", "check", "--settings", str(file), "--json"])
    assert ended.exit_code == 3, ended.output
    checks = [json.loads(line) for line in ended.stdout.splitlines()]
    entered = {each["account"]: each for each in checks if each["name"] == "enter"}
    assert {each["outcome"] for each in entered.values()} == {"failed"}
    assert entered[RECEIVER]["reason"] == "there is no role MVC_for_AWS_role", (
        "in one's own account it is certain"
    )
    assert "AWS does not say which" in entered[PUBLISHER]["reason"]
    wanted = f"liveaudit iam --settings '{file}' --resolve --account {RECEIVER} --format cloudformation"
    assert entered[RECEIVER]["command"].startswith(wanted)
    assert "its enabled regions are not known" in ended.stderr
