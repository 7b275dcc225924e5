"""The page about rules of AWS Config: what it shows is run, and what it counts is counted."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liveaudit.audit.asked.config_rules import ConfigRules
from liveaudit.audit.asked.invoking import Function
from liveaudit.cli.main import app
from liveaudit.custom.files import load_folder
from liveaudit.model import Outcome, Resource
from liveaudit.policies.asking import Question
from liveaudit.policies.config_items.item import KINDS
from liveaudit.services import load

PAGE = (Path(__file__).parents[4] / "docs" / "config-rules.md").read_text(encoding="utf-8")
(RULE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
IN_A_FILE, DEPLOYED = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


async def not_invoked(function: Function, request: bytes, *, timeout: float) -> bytes:
    raise AssertionError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules" / "GROUP_CLOSED").mkdir(parents=True)
    (tmp_path / "rules" / "GROUP_CLOSED" / "GROUP_CLOSED.py").write_text(RULE)
    (tmp_path / "rules.yaml").write_text(IN_A_FILE)
    (tmp_path / "deployed.yaml").write_text(DEPLOYED)
    return tmp_path


def test_what_it_shows(folder: Path) -> None:
    loaded = load_folder(folder)
    assert loaded.told() == []
    policies = {each.id: each for each in loaded.policies}
    assert len(policies) == 2
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 8000,
        "ToPort": 9000,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    asked = [
        Question(
            Resource("aws", "111111111111", "eu-west-1", "AWS::EC2::SecurityGroup", name),
            name,
            sections={"group": {"GroupId": name, "IpPermissions": permissions}},
        )
        for name, permissions in (("sg-open", [permission]), ("sg-closed", []))
    ]
    rules = ConfigRules(load()[0], lambda: 1_780_000_000.0, not_invoked)
    found = asyncio.run(rules.ask(policies["acme_group_closed"], asked))
    assert [found[each.resource].outcome for each in asked] == [Outcome.FAIL, Outcome.PASS]
    assert found[asked[0].resource].reason == "port 8443 is open to the world"


def test_the_tests_that_it_shows_pass(folder: Path) -> None:
    told = CliRunner().invoke(app, ["policies", "test", str(folder)])
    assert told.output == "2 policies, 2 tests passed, 0 failed, 1 policies without tests\n"


def test_a_test_that_does_not_pass_is_told(folder: Path) -> None:
    (folder / "rules.yaml").write_text(IN_A_FILE.replace("expect: PASS", "expect: FAIL"))
    (folder / "deployed.yaml").write_text(DEPLOYED + "    tests:\n      - {name: any, expect: PASS}\n")
    told = CliRunner().invoke(app, ["policies", "test", str(folder)])
    assert told.exit_code == 1
    deployed, in_a_file, counts = told.output.splitlines()
    assert "not run: arn:aws:lambda:" in deployed
    assert in_a_file.endswith("acme_group_closed: a group without rules: FAIL was expected, it is PASS")
    assert counts == "2 policies, 1 tests passed, 1 failed, 1 not run"


def test_what_it_counts() -> None:
    assert f"for {len(KINDS)} types" in PAGE
