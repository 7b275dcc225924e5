"""The commands on exemptions and settings of policies, on a store with findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.policies.rulebook import Exemption, Setting, State
from liveaudit.policies.scope import Scope
from liveaudit.store import audit_log, rules
from liveaudit.store.database import Database
from tests.support.stores import SqliteStores

POLICY = "s3_bucket_level_public_access_block"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "liveaudit.yaml"
    url = SqliteStores(tmp_path).url()
    made.write_text(
        f'receiver: "111111111111"\naccounts: [{{id: "111111111111"}}]\nregions: [eu-west-1]\nstore: {url}\n'
    )
    monkeypatch.setenv("LIVEAUDIT_SETTINGS", str(made))
    return made


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.stdout


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert isinstance(done.exception, CommandError)
    return str(done.exception)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def done(tmp_path: Path) -> list[str]:
    database = Database(SqliteStores(tmp_path).url())
    try:
        found = database.read_now(lambda c: audit_log.page(c, audit_log.Which()))
        return [each.action for each in found]
    finally:
        database.close()


def test_an_exemption_is_made_listed_and_withdrawn(file: Path) -> None:
    made = lines(
        run("exemptions", "add", "--policy", POLICY, "--account", "111111111111", "--reason", "known",
            "--owner", "ann", "--ends", "2999-03-31", "--json")
    )[0]  # fmt: skip
    assert made["scope"] == {"policies": [POLICY], "accounts": ["111111111111"]}
    assert (made["state"], made["ends_at"]) == ("in force", "2999-04-01T00:00:00.000Z")
    (listed,) = lines(run("exemptions", "list", "--json"))
    assert listed == made
    assert POLICY in run("exemptions", "list")
    assert "unused" in run("exemptions", "check", code=3)
    run("exemptions", "withdraw", made["id"])
    assert run("exemptions", "list", "--json") == ""
    assert lines(run("exemptions", "list", "--all", "--json"))[0]["state"] == "withdrawn"
    assert "no exemption" in refused("exemptions", "withdraw", made["id"])
    assert "nothing to report" in run("exemptions", "check")
    assert done(file.parent) == ["exemption.withdraw", "exemption.make"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--reason", "x"], "would exempt everything"),
        (["--reason", "x", "--policy", POLICY, "--ends", "tomorrow"], "ends: "),
        (["--reason", "x", "--policy", POLICY, "--ends", "2027-02-31"], "is no date that there is"),
        (["--reason", "x", "--account", "12"], "accounts[0]: "),
        (["--reason", "", "--policy", POLICY], "reason: is missing"),
        (["--reason", "x", "--severity", "bad"], "severities[0]: "),
    ],
)
def test_what_is_no_exemption_is_refused(file: Path, words: list[str], told: str) -> None:
    assert told in refused("exemptions", "add", *words)


def test_policies_are_set_in_an_order(file: Path) -> None:
    run("policies", "set", "--service", "s3", "--state", "disabled", "--reason", "not now")
    key_age = "iam_rotate_access_key_90_days"
    second = lines(
        run("policies", "set", "--policy", key_age, "--parameter", "days=60", "--severity", "high", "--json")
    )[0]
    assert (second["parameters"], second["severity"]) == ({"days": 60}, "high")
    listed = lines(run("policies", "settings", "--json"))
    assert [each["scope"] for each in listed] == [{"services": ["s3"]}, {"policies": [key_age]}]
    assert "days=60" in run("policies", "settings")
    run("policies", "unset", second["id"])
    assert len(lines(run("policies", "settings", "--json"))) == 1
    assert "no setting" in refused("policies", "unset", second["id"])
    assert done(file.parent) == ["policy.unset", "policy.set", "policy.set"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--policy", POLICY], "says nothing"),
        (["--policy", POLICY, "--state", "off"], "state: "),
        (["--policy", POLICY, "--parameter", "days=3"], "none of these policies takes it"),
        (["--policy", "iam_rotate_access_key_90_days", "--parameter", "days=0"], "from 1 to"),
        (["--policy", POLICY, "--parameter", "days"], "NAME=VALUE"),
        (["--severity", "awful"], "severity: "),
    ],
)
def test_what_is_no_setting_is_refused(file: Path, words: list[str], told: str) -> None:
    assert told in refused("policies", "set", *words)


def test_a_list_and_accounts_are_values(file: Path) -> None:
    allowed = "ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports"
    (ports,) = lines(run("policies", "set", "--policy", allowed, "--parameter", "allowed=80,443", "--json"))
    assert ports["parameters"] == {"allowed": [80, 443]}
    trusted = "trusted_accounts=111111111111"
    (accounts,) = lines(run("policies", "set", "--service", "sqs", "--parameter", trusted, "--json"))
    assert accounts["parameters"] == {"trusted_accounts": ["111111111111"]}


def test_what_stands_in_the_file_is_changed_there(file: Path) -> None:
    database = Database(SqliteStores(file.parent).url())
    setting = Setting("file-1", Scope(), State.STAGED, source="file")
    exemption = Exemption("file-x", Scope(accounts=("1" * 12,)), "r", source="file")
    database.write_now(lambda c: rules.publish_settings(c, [setting]))
    database.write_now(lambda c: rules.publish_exemptions(c, [exemption], 1.0))
    database.close()
    assert "settings file" in refused("policies", "unset", "file-1")
    assert "settings file" in refused("exemptions", "withdraw", "file-x")


def test_a_mutelist_is_taken_over_once(file: Path, tmp_path: Path) -> None:
    mutelist = tmp_path / "mutelist.yaml"
    mutelist.write_text(
        'Mutelist: {Accounts: {"*": {Checks: {"s3_*": {Regions: ["*"], Resources: ["test-"]}, '
        '"s3_bucket_object_versioning": {Regions: ["*"], Resources: ["[0-9]"]}}}}}'
    )
    assert "would be" in run("exemptions", "import", str(mutelist), "--dry-run", code=3)
    assert run("exemptions", "list", "--json") == ""
    (taken,) = lines(run("exemptions", "import", str(mutelist), "--json", code=3))
    assert taken["scope"] == {"policies": ["s3_*"], "resources": ["id:*test-*"]}
    assert run("exemptions", "import", str(mutelist), "--json", code=3) == ""
    mutelist.write_text("nothing: here")
    assert "no mutelist" in refused("exemptions", "import", str(mutelist))
