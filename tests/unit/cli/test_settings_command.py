"""``liveaudit settings``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from liveaudit.cli import main as program
from liveaudit.settings import schema

GOOD = """\
receiver: "111111111111"
accounts:
  - {id: "111111111111", name: security, publisher: false, role_arn: none}
  - {id: "222222222222", name: "sh\u202eop", external_id: word}
regions: [us-east-1, eu-west-1]
store: postgresql+psycopg://me:hunter2@db/liveaudit
"""


class Ended:
    """How a command ended and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Runner:
    """Runs ``liveaudit settings`` in this process, in a folder with a ``liveaudit.yaml``."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.file = folder / "liveaudit.yaml"
        self._capsys, self._patch = capsys, patch

    def __call__(self, content: str, *arguments: str) -> Ended:
        self.file.write_text(content, encoding="utf-8")
        self._patch.setattr("sys.argv", ["liveaudit", "settings", *arguments])
        with pytest.raises(SystemExit) as ended:
            program.main()
        told = self._capsys.readouterr()
        return Ended(int(ended.value.code or 0), told.out, told.err)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)
    return Runner(tmp_path, capsys, monkeypatch)


def test_check_of_a_good_file(run: Runner) -> None:
    ended = run(GOOD, "check")
    assert (ended.code, ended.out, ended.err) == (0, "liveaudit.yaml: no mistakes\n", "")
    assert run(GOOD, "check", "--json").out == ""


def test_check_tells_mistakes_and_warnings_apart(run: Runner) -> None:
    content = (
        GOOD.replace("[us-east-1, eu-west-1]", "[eu-wst-1]")
        .replace('receiver: "', "receiver: ")
        .replace('"\n', "\n")
    )
    ended = run(content + "services: [s33]\nqueue: x y\n", "check", str(run.file))
    assert ended.code == 2
    lines = [line.removeprefix(str(run.file)) for line in ended.out.splitlines()]
    assert lines[0].startswith(":1:11: receiver: 111111111111 is a number to YAML, not text: quote it:")
    assert lines[1].startswith(":7:12: services[0]: 's33' is not covered (did you mean 's3'?); there are ")
    assert lines[2].startswith(":8:8: queue: 'x y' is not a queue's name")
    assert lines[3].startswith(":5:10: warning: regions: without us-east-1")
    assert (
        lines[4]
        == ":5:11: warning: regions[0]: eu-wst-1 is no region that is known here (did you mean 'eu-west-1'?)"
    )
    told = run(content, "check", "--json").objects
    assert told[0] | {"text": ""} == {
        "file": "liveaudit.yaml",
        "line": 1,
        "column": 11,
        "field": "receiver",
        "severity": "error",
        "text": "",
    }
    assert {each["severity"] for each in told[1:]} == {"warning"}


def test_warnings_alone_are_no_failure(run: Runner) -> None:
    ended = run(GOOD.replace("us-east-1, ", ""), "check")
    assert ended.code == 0
    assert "warning: regions: without us-east-1" in ended.out


def test_check_of_no_file(run: Runner) -> None:
    ended = run(GOOD, "check", "/no/such.yaml")
    assert ended.code == 1
    assert "/no/such.yaml: cannot be read" in ended.err


def test_schema(run: Runner) -> None:
    ended = run("", "schema")
    assert (ended.code, json.loads(ended.out)) == (0, json.loads(json.dumps(schema())))


def test_show(run: Runner) -> None:
    ended = run(GOOD, "show")
    assert ended.code == 0
    assert "hunter2" not in ended.out
    assert "PostgreSQL at db, database liveaudit" in ended.out
    assert "\u202e" not in ended.out
    assert "arn:aws:iam::222222222222:role/MVC_for_AWS_role" in ended.out
    (told,) = run(GOOD, "show", "--json").objects
    assert told["regions"] == ["eu-west-1", "us-east-1"]
    assert told["store"] == "PostgreSQL at db, database liveaudit"
    first, second = told["accounts"]
    assert (first["publisher"], first["role_arn"]) == (False, "none")
    assert (second["name"], second["external_id"]) == ("sh\u202eop", "word")
    assert told["problems"] == []


def test_show_says_what_is_not_known_yet(run: Runner) -> None:
    content = GOOD.replace("[us-east-1, eu-west-1]", "all")
    ended = run(content, "show")
    assert ended.code == 0
    assert "not known" in ended.out
    assert "add --resolve" in ended.err
    (told,) = run(content, "show", "--json").objects
    assert [each["regions"] for each in told["accounts"]] == [None, None]


def test_show_with_nothing_to_look_up_calls_nobody(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    (told,) = run(GOOD, "show", "--resolve", "--json").objects
    assert told["problems"] == []


def test_a_store_that_is_no_url_is_not_told(run: Runner) -> None:
    store = "postgresql://me:hunter2@db:port/x"
    ended = run(GOOD.replace("postgresql+psycopg://me:hunter2@db/liveaudit", store), "show")
    assert ended.code == 1
    assert "store: no database URL" in ended.err
    assert "hunter2" not in ended.out + ended.err


def test_show_of_a_file_with_mistakes(run: Runner) -> None:
    ended = run("receiver: 1\n", "show")
    assert ended.code == 2
    assert ended.err.startswith(
        "liveaudit: the settings cannot be used\nliveaudit.yaml:1:1: regions: is missing"
    )
    assert "Traceback" not in ended.err
