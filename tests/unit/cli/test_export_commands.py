"""``liveaudit findings export`` and ``liveaudit frameworks report``, as a user would."""

from __future__ import annotations

import json
import stat
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.deliver import exporting
from liveaudit.deliver.formats import FORMATS
from liveaudit.store import texts
from liveaudit.store.database import Database, sqlite_url
from tests.support.standing import stand
from tests.unit.deliver.samples import finding

LONG_AGO = 1_600_000_000.0


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    store = sqlite_url(tmp_path / "x.sqlite3")
    database = Database(store)
    stand(
        database,
        [
            finding(id="f1", resource="one", arn="arn:aws:s3:::one", opened_at=LONG_AGO),
            finding(id="f2", resource="two", arn="arn:aws:s3:::two", severity="low"),
            finding(id="f3", resource="three", arn="arn:aws:s3:::three", status="resolved"),
        ],
    )
    for name in ("f1", "f2", "f3"):
        database.write_now(partial(texts.note, finding_id=name))
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        "receiver: '222222222222'\naccounts: [{id: '222222222222', role_arn: none}]\n"
        f"regions: [eu-west-1]\nstore: {store}\n",
        encoding="utf-8",
    )
    return file


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=True)


FILTERS: list[tuple[tuple[str, ...], list[str]]] = [
    ((), ["f1", "f2"]),
    (("--all",), ["f1", "f2", "f3"]),
    (("--status", "resolved", "--status", "new"), ["f1", "f2", "f3"]),
    (("--severity", "low"), ["f2"]),
    (("--policy", "s3_bucket_public_access", "--policy", "none_such"), ["f1", "f2"]),
    (("--policy", "none_such"), []),
    (("--framework", "CIS 7.0", "--policy", "none_such"), []),
    (("--service", "ec2", "--service", "s3"), ["f1", "f2"]),
    (("--service", "ec2"), []),
    (("--account", "222222222222", "--account", "333333333333"), ["f1", "f2"]),
    (("--region", "us-east-1"), []),
    (("--type", "AWS::S3::Bucket", "--service", "s3"), ["f1", "f2"]),
    (("--type", "AWS::S3::Bucket", "--service", "ec2"), []),
    (("--tag", "team=payments"), []),
    (("--decided-by", "person:ann"), []),
    (("--resource", "two"), ["f2"]),
    (("--search", "tw"), ["f2"]),
    (("--search", "two public nothing"), []),
    (("--owner", "payments"), []),
    (("--unowned",), ["f1", "f2"]),
    (("--actor", "arn:aws:iam::222222222222:user/nobody"), []),
    (("--days", "1"), ["f2"]),
    (("--overdue",), ["f1"]),
    (("--overdue", "--severity", "low"), []),
    (("--regression",), []),
]


def test_lists_and_exports_take_the_same_filters(settings: Path) -> None:
    for given, expected in FILTERS:
        for command in (("list", "--json"), ("export", "--format", "jsonl")):
            done = run("findings", *command, "--settings", settings, *given)
            assert done.exit_code == 0, done.output
            found = sorted(json.loads(line)["id"] for line in done.stdout.splitlines())
            assert found == expected, (command, given)


def test_a_filter_that_is_none_is_told_by_both(settings: Path) -> None:
    for option, wrong, most in (
        ("--status", "closed", "new"),
        ("--severity", "bad", "critical"),
        ("--service", "s4", ""),
        ("--framework", "CIS", ""),
    ):
        for command in (("list",), ("export", "--format", "csv")):
            error = run("findings", *command, "--settings", settings, option, wrong).exception
            assert isinstance(error, CommandError)
            assert error.exit_code == 2
            assert f"{option}: {wrong!r} is none of: {most}" in str(error)


def test_a_line_is_what_list_tells_too(settings: Path) -> None:
    listed = run("findings", "list", "--json", "--settings", settings, "--resource", "one")
    exported = run("findings", "export", "--format", "jsonl", "--settings", settings, "--resource", "one")
    assert json.loads(exported.stdout) == json.loads(listed.stdout)


def test_every_format_goes_into_a_file_and_says_how_many(settings: Path, tmp_path: Path) -> None:
    for name in FORMATS:
        file = tmp_path / f"export.{name}"
        done = run("findings", "export", "--format", name, "--output", file, "--settings", settings)
        assert done.exit_code == 0, done.output
        assert done.stdout == ""
        assert f"2 findings in {file}" in done.stderr
        assert b"arn:aws:s3:::one" in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_broken_off_leaves_no_file_and_the_old_one_alone(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> Any:
        yield [finding(id="f1")]
        raise OSError(5, "Input/output error")

    file = tmp_path / "out.csv"
    file.write_text("the one before")
    monkeypatch.setattr(exporting, "_windows", broken)
    before = sorted(tmp_path.iterdir())
    done = run("findings", "export", "--format", "csv", "--output", file, "--settings", settings)
    assert done.exit_code == 1
    assert file.read_text() == "the one before"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("findings", "export", "--format", "xml"),
            "'xml' is none of: jsonl, csv, ocsf, parquet, asff, sarif",
        ),
        (("findings", "export", "--format", "csv", "--service", "nope"), "--service"),
        (("findings", "export", "--format", "csv", "--status", "nope"), "--status"),
        (("findings", "export", "--format", "csv", "--output", "/nowhere/x.csv"), "cannot be written"),
        (("frameworks", "report", "nope"), "no framework 'nope'"),
    ],
)
def test_what_cannot_be_is_said(settings: Path, arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments, "--settings", settings)
    assert isinstance(done.exception, CommandError)
    assert told in str(done.exception)


def test_a_report_of_a_framework(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    done = run("frameworks", "report", "fsbp", "--output", file, "--settings", settings)
    assert done.exit_code == 0, done.output
    page = file.read_text(encoding="utf-8")
    assert "AWS Foundational Security Best Practices" in page
    assert "arn:aws:s3:::one" in page
    assert "arn:aws:s3:::three" not in page
    elsewhere = run("frameworks", "report", "FSBP", "--account", "999999999999", "--settings", settings)
    assert elsewhere.exit_code == 0
    assert "account 999999999999, all regions" in elsewhere.stdout
    assert "arn:aws:s3:::one" not in elsewhere.stdout
