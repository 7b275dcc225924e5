"""``liveaudit iam``: what is printed and written, and what is said when it cannot be."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from liveaudit.cli.common import EXIT_USAGE, CommandError
from liveaudit.cli.main import app
from liveaudit.provision.documents import documents
from liveaudit.provision.documents.files import STACK
from liveaudit.provision.installation import Account, Installation
from liveaudit.services import load
from tests.support.installations import RECEIVER, SHOP
from tests.support.terraform import parse

OPTIONS = ("--receiver", RECEIVER, "--publisher", SHOP, "--external-id", "word")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["iam", *words])


def done(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.stdout


def refused(*words: str) -> Exception:
    result = run(*words)
    assert result.exit_code != 0
    assert isinstance(result.exception, Exception)
    return result.exception


def blocks(text: str) -> dict[str, Any]:
    """File name to content, of what is printed for one account."""
    parts = text.split("\n--- ")[1:]
    return {part.partition("\n")[0]: json.loads(part.partition("\n")[2]) for part in parts}


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "liveaudit.yaml"
    given = {
        "receiver": RECEIVER,
        "accounts": [
            {"id": RECEIVER, "name": "security"},
            {"id": SHOP, "name": "shop\u202e\x1b[31m", "external_id": "other-word"},
        ],
        "regions": ["us-east-1", "eu-west-1"],
        "external_id": "word",
        "services": ["s3"],
    }
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    return file


def test_the_documents_are_printed_with_their_reasons_and_commands() -> None:
    text = done(*OPTIONS, "--account", RECEIVER)
    assert f"{RECEIVER}: receiver, publisher, runner" in text
    assert "Messages: The worker receives events" in text
    assert "Attach liveaudit-runner to the role or user that runs liveaudit." in text
    printed = blocks(text)
    accounts = tuple(Account(each, regions=("us-east-1",), external_id="word") for each in (RECEIVER, SHOP))
    made = documents(Installation(RECEIVER, accounts), *load()).account(RECEIVER)
    assert (
        printed["MVC_NrtConfigAuditReceiver.policy.json"]
        == made.policy("MVC_NrtConfigAuditReceiver").document
    )
    assert printed["MVC_for_AWS_role.trust.json"] == made.role("MVC_for_AWS_role").trust


def test_every_account_is_printed() -> None:
    text = done(*OPTIONS)
    assert f"{RECEIVER}: receiver" in text
    assert f"\n{SHOP}: publisher\n" in text


def test_settings_are_read_and_names_shown_safely(settings: Path) -> None:
    text = done("--settings", str(settings), "--account", SHOP)
    assert f"{SHOP} shop\\u202e\\u001b[31m: publisher" in text
    printed = blocks(text)
    reads = printed["liveaudit-audit-1.policy.json"]["Statement"]
    assert [each["Sid"] for each in reads] == ["ReadS3"]
    (trust,) = printed["MVC_for_AWS_role.trust.json"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "other-word"}}


@pytest.mark.parametrize("form", ["json", "cloudformation", "terraform"])
def test_files_are_written_one_folder_an_account(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    text = done(*OPTIONS, "--format", form, "--output", str(folder))
    assert sorted(each.name for each in folder.iterdir()) == [RECEIVER, SHOP]
    for account in (RECEIVER, SHOP):
        made = {each.name: each.read_text(encoding="utf-8") for each in (folder / account).iterdir()}
        assert str(folder / account) in text
        guide = made.pop("README.txt")
        if form == "terraform":
            assert parse(made["main.tf"])["provider"][0]["aws"]["allowed_account_ids"] == [account]
            assert "terraform apply" in guide
        elif form == "cloudformation":
            assert json.loads(made["roles.template.json"])["Resources"]
            assert f"--stack-name {STACK} --template-file roles.template.json" in guide
        else:
            commands = [shlex.split(line) for line in guide.splitlines() if line.startswith("  aws iam ")]
            named = {
                word.removeprefix("file://")
                for words in commands
                for word in words
                if word.startswith("file://")
            }
            assert named == made.keys()
            assert all(json.loads(each)["Version"] == "2012-10-17" for each in made.values())
        assert (folder / account / "README.txt").stat().st_mode & 0o777 == 0o644
    assert done(*OPTIONS, "--format", form, "--output", str(folder)) == text


def test_the_original_is_printed_as_it_was() -> None:
    text = done(*OPTIONS, "--original", "--account", RECEIVER)
    printed = blocks(text)
    assert (
        "sqs:DeleteMessageBatch"
        in printed["MVC_NrtConfigAuditReceiver.policy.json"]["Statement"][0]["Action"]
    )
    assert printed["MVC_NrtConfigAuditReceiver_Publishers.policy.json"]["Statement"][0]["Resource"] == [
        f"arn:aws:events:*:{RECEIVER}:event-bus/default"
    ]
    assert "role MVC_for_AWS_role with MVC_NrtConfigAuditReceiver" in text


def test_the_original_is_written(tmp_path: Path) -> None:
    done(*OPTIONS, "--original", "--output", str(tmp_path))
    assert (tmp_path / SHOP / "AWSCloudFormationStackSetExecutionRole.trust.json").exists()


def test_differences_are_told_with_their_reasons() -> None:
    text = done(*OPTIONS, "--differences", "--account", SHOP)
    assert text.startswith(f"{SHOP}\n")
    assert "    removed: sns:Publish\n      Since 31 October 2022" in text
    assert RECEIVER + "\n" not in text
    assert "condition: events:PutTargets (events:TargetArn ForAllValues:ArnLike arn:aws:events:" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--receiver", "1"), "--receiver: '1'"),
        (("--receiver", RECEIVER, "--publisher", "x", "--external-id", "word"), "--publisher: 'x'"),
        (("--receiver", RECEIVER, "--publisher", SHOP), f"{SHOP}: external_id is missing"),
        ((*OPTIONS, "--account", "999999999999"), "999999999999: nothing is to be made"),
        ((*OPTIONS, "--original", "--differences"), "choose one"),
        ((*OPTIONS, "--original", "--format", "terraform"), "leave --format out"),
        (("--publisher", SHOP), "--publisher: only with --receiver"),
        ((*OPTIONS, "--runner", "nobody"), "--runner: 'nobody'"),
    ],
)
def test_mistakes_are_told(words: tuple[str, ...], told: str) -> None:
    assert told in str(refused(*words))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    error = refused(*OPTIONS, "--output", str(tmp_path / "file"))
    assert isinstance(error, CommandError)
    assert "name another folder with --output" in str(error)


def test_what_is_not_looked_up_is_told(tmp_path: Path) -> None:
    file = tmp_path / "liveaudit.yaml"
    given = {"receiver": RECEIVER, "accounts": [{"id": RECEIVER}], "regions": "all", "external_id": "word"}
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    result = run("--settings", str(file))
    assert result.exit_code == 0
    assert "run this again with --resolve" in result.stderr


def test_without_settings_or_receiver_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)
    error = refused()
    assert isinstance(error, CommandError)
    assert error.exit_code == EXIT_USAGE
