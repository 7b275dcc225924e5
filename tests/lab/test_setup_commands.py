"""``liveaudit setup check`` where nothing is made yet, and ``setup apply`` where not every account can be asked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.demo.owner import make_documents, make_runner
from liveaudit.lab import Lab
from liveaudit.lab.organization import STACK_SETS
from liveaudit.provision.documents import documents
from liveaudit.provision.installation import Installation
from liveaudit.provision.resolve import declared
from liveaudit.services import load
from liveaudit.setting_up import opened
from liveaudit.settings import parse
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab
US, EU = "us-east-1", "eu-west-1"
CATALOG, POLICIES = load()


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


@pytest.fixture
def organized(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of an organization whose members nobody could ask yet; only the receiver's owner has made documents."""
    lab.organize(RECEIVER, {"": [PUBLISHER]})
    organizations = lab.client(RECEIVER, "organizations", US)
    organizations.enable_aws_service_access(ServicePrincipal=STACK_SETS)
    given = {
        "receiver": RECEIVER,
        "organization": {},
        "regions": "all",
        "rollout": "service-managed",
        "services": ["s3"],
        "external_id": "a-word",
    }
    file = tmp_path / "liveaudit.yaml"
    file.write_text(json.dumps(given), encoding="utf-8")
    for name, value in lab.environment(RECEIVER, US).items():
        monkeypatch.setenv(name, value)
    settings = parse(given)
    made = documents(declared(settings), CATALOG, POLICIES)
    make_documents(lab.client, made)
    key, secret = make_runner(lab.client(RECEIVER, "iam", US), "aws", made.account(RECEIVER))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)

    async def resolved() -> Installation:
        async with opened(settings) as setup:
            return setup.installation

    seen = asyncio.run(resolved())
    assert seen.undetermined == (PUBLISHER,)
    make_documents(
        lab.client, replace(made, accounts=(documents(seen, CATALOG, POLICIES).account(RECEIVER),))
    )
    return file


def rules(lab: Lab, account: str) -> list[tuple[str, str]]:
    """Where an account has our rules."""
    return [
        (account, region)
        for region in (EU, US)
        if any(
            each["Name"].startswith("liveaudit-changes")
            for each in lab.client(account, "events", region).list_rules()["Rules"]
        )
    ]


def test_apply_looks_again_at_members_that_could_not_be_asked_before(lab: Lab, organized: Path) -> None:
    command = ["setup", "apply", "--settings", str(organized), "--yes"]
    ended = CliRunner().invoke(app, command)
    assert ended.exit_code == 0, ended.output
    told = f"looking again for the regions of accounts that could not be asked before: {PUBLISHER}"
    assert told in ended.stderr
    assert ended.stdout.count("the set-up stands") == 1
    assert rules(lab, PUBLISHER) == [(PUBLISHER, EU), (PUBLISHER, US)]
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 0, again.output
    assert "nothing to do" in again.stdout
    assert "looking again" not in again.stderr


def test_apply_says_which_accounts_are_not_set_up_as_their_regions_are_not_known(
    lab: Lab, organized: Path
) -> None:
    given = json.loads(organized.read_text(encoding="utf-8"))
    given.pop("organization")
    given["rollout"] = "self-managed"
    given["accounts"] = [{"id": RECEIVER}, {"id": PUBLISHER}]
    organized.write_text(json.dumps(given), encoding="utf-8")
    settings = declared(parse(given))
    made = documents(settings, CATALOG, POLICIES)
    make_documents(lab.client, replace(made, accounts=(made.account(RECEIVER),)))
    ended = CliRunner().invoke(app, ["setup", "apply", "--settings", str(organized), "--yes", "--json"])
    assert ended.exit_code == 3, ended.output
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    unknown = [each for each in told if "accounts" in each]
    assert unknown == [
        {"event": "looking again", "accounts": [PUBLISHER]},
        {"event": "not set up", "accounts": [PUBLISHER]},
    ]
    assert told[-1]["complete"] is True
    assert "its enabled regions are not known" in ended.stderr
    assert rules(lab, PUBLISHER) == []
