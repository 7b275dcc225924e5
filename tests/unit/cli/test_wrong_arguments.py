"""What is typed wrongly ends as wrong usage: the error names the argument and says what to do next, in whole lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveaudit.cli import main as program
from liveaudit.cli.common import EXIT_ERROR, EXIT_NOT_FOUND, EXIT_USAGE

ACCOUNT = "111111111111"
ID = "3f2a1c00-0000-4000-8000-000000000001"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which it is typed, with settings that can be used and some that cannot."""
    given = f"receiver: '{ACCOUNT}'\naccounts: [{{id: '{ACCOUNT}', role_arn: none}}]\nstore: sqlite:///s.sqlite3\n"
    (tmp_path / "good.yaml").write_text(given + "regions: [us-east-1]\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(given + "regions: [nowhere]\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("LIVEAUDIT_SETTINGS", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    return tmp_path


def typed(
    line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """How the program ends, and what it says on standard error."""
    monkeypatch.setattr("sys.argv", ["liveaudit", *line])
    with pytest.raises(SystemExit) as ended:
        program.main()
    told = capsys.readouterr().err
    assert "Traceback" not in told
    code = ended.value.code
    return code if isinstance(code, int) else 0, told


GOOD = ["--settings", "good.yaml"]
WRONG = [
    (["policies", "test", "GONE"], EXIT_USAGE, "GONE: there is no such folder or file: name another FOLDER"),
    (["policies", "test", "--settings", "bad.yaml"], EXIT_USAGE, "bad.yaml:4:11: regions[0]"),
    (["policies", "test", "--settings", "gone.yaml"], EXIT_ERROR, "gone.yaml: cannot be read"),
    (["policies", "new", "rego", "acme_x"], EXIT_USAGE, "KIND: 'rego' is none of: cel"),
    (["policies", "list", "--severity", "urgent"], EXIT_USAGE, "--severity: 'urgent' is none of: critical"),
    (["policies", "list", "--service", "s4"], EXIT_USAGE, "--service: 's4' is none of:"),
    (
        ["policies", "set", "--service", "s3", "--settings", "bad.yaml"],
        EXIT_USAGE,
        "bad.yaml:4:11: regions[0]",
    ),
    (["catalog", "list", "--service", "s4"], EXIT_USAGE, "--service: 's4' is none of:"),
    (["findings", "list", "--account", "12", *GOOD], EXIT_USAGE, "--account: '12' is no account's id"),
    (["findings", "act", "hush", ID, *GOOD], EXIT_USAGE, "ACTION: 'hush' is none of: review"),
    (["findings", "act", "suppress", ID, *GOOD], EXIT_USAGE, "--text: say why"),
    (["findings", "export", "--account", "1" * 13, *GOOD], EXIT_USAGE, "is no account's id: twelve digits"),
    (["resources", "list", "--account", "x", *GOOD], EXIT_USAGE, "--account: 'x' is no account's id"),
    (["sweeps", "list", "--account", "x", *GOOD], EXIT_USAGE, "--account: 'x' is no account's id"),
    (["status", "--account", "x", *GOOD], EXIT_USAGE, "--account: 'x' is no account's id"),
    (["calls", "--account", "x", *GOOD], EXIT_USAGE, "--account: 'x' is no account's id"),
    (["frameworks", "list", "--account", "x", *GOOD], EXIT_USAGE, "--account: 'x' is no account's id"),
    (["iam", "--account", "x", *GOOD], EXIT_USAGE, "--account: 'x' is no account's id"),
    (["iam", "--receiver", "12"], EXIT_USAGE, "--receiver: '12' is not twelve digits"),
    (["iam", "--receiver", ACCOUNT, "--publisher", "x"], EXIT_USAGE, "--publisher: 'x' is not twelve digits"),
    (["iam", "--receiver", ACCOUNT, "--region", "x"], EXIT_USAGE, "--region: 'x' is not a region's name"),
    (
        ["explain", "gone.json"],
        EXIT_ERROR,
        "gone.json: cannot be read: No such file or directory: name a file",
    ),
    (["exemptions", "import", "gone.yaml", *GOOD], EXIT_USAGE, "directory: name a mutelist"),
    (
        ["sweep", "--account", "9" * 12, *GOOD],
        EXIT_USAGE,
        "is not enrolled: add it to accounts in the settings",
    ),
    (["sweep", "--region", "eu-west-9", *GOOD], EXIT_USAGE, "the regions of the settings: us-east-1"),
    (["sweep", "--profile", "gone"], EXIT_USAGE, "--profile: "),
    (["users", "role", "ann", "king", *GOOD], EXIT_USAGE, "ROLE: 'king' is none of: viewer"),
    (["jobs", "show", "gone", *GOOD], EXIT_NOT_FOUND, "see: liveaudit jobs list"),
    (["findings", "list", "--settings", "gone.yaml"], EXIT_ERROR, "begin one with liveaudit settings new"),
    (["settings", "check", "gone.yaml"], EXIT_ERROR, "begin one with liveaudit settings new"),
    (
        ["settings", "show", "empty"],
        EXIT_ERROR,
        "empty: cannot be read: Is a directory: name another settings file",
    ),
    (["setup", "apply", "--settings", "gone.yaml"], EXIT_ERROR, "begin one with liveaudit settings new"),
]


@pytest.mark.parametrize(("line", "code", "says"), WRONG, ids=[" ".join(line) for line, _, _ in WRONG])
def test_the_error_names_what_is_wrong_and_says_what_to_do(
    line: list[str],
    code: int,
    says: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended, told = typed(line, monkeypatch, capsys)
    assert says in told
    assert ended == code
    assert told.startswith("liveaudit: ")
    assert told.endswith("\n")


def test_a_folder_without_policies_says_how_to_begin_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = typed(["policies", "test", "empty"], monkeypatch, capsys)
    assert (code, told) == (0, "empty: holds no policies; begin one with liveaudit policies new\n")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            ["policies", "set", "--policy", "s3_bucket_publc_access", "--state", "disabled", *GOOD],
            "warning: policies[0]: 's3_bucket_publc_access' is not known",
        ),
        (
            ["exemptions", "add", "--service", "s4", "--reason", "known", "--ends", "2999-01-01", *GOOD],
            "warning: services[0]: 's4' is not known",
        ),
    ],
)
def test_a_name_that_nobody_knows_is_told_as_in_the_settings_file(
    line: list[str],
    says: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, told = typed(line, monkeypatch, capsys)
    assert code == 0
    assert says in told
    assert told.count("\n") == 1
