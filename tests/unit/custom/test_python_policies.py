"""Users' policies in Python: found in a folder and in packages; what is wrong with one stops no other."""

from __future__ import annotations

import importlib.metadata
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from liveaudit.custom.installed import ENTRY_POINTS
from liveaudit.custom.python import PythonPolicies, read_folder, read_installed
from liveaudit.model import Outcome
from liveaudit.policies.policy import BUILT_IN, PolicyKind
from liveaudit.services import load
from liveaudit.testing import judged

GOOD = """
from liveaudit.authoring import *
bucket = resource_type("AWS::S3::Bucket")
@rule(bucket, "acme_versions", Severity.LOW, title="t", why="w", fix="f", frameworks={"CIS 7.0": ["3.1.2"]})
def versions(versioning):
    return passed() if mapping(versioning, "versioning").get("Status") else failed("none")
"""


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def told(found: PythonPolicies) -> list[str]:
    return [each.told(Path(where).name) for where, each in found.mistakes]


def test_what_stands_in_a_folder(tmp_path: Path) -> None:
    file = write(tmp_path, "acme.py", GOOD)
    load()
    before = BUILT_IN.all()
    found = read_folder(tmp_path)
    assert not found.mistakes
    (policy,) = found.policies
    assert (policy.id, policy.kind, policy.origin) == ("acme_versions", PolicyKind.PYTHON, str(file))
    assert policy.sections == {"versioning"}
    assert policy.controls == (("CIS 7.0", ("3.1.2",)),)
    assert judged(policy, versioning={"Status": "Enabled"}).outcome == Outcome.PASS
    assert judged(policy, versioning={}).outcome == Outcome.FAIL
    assert BUILT_IN.all() == before


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert read_folder(tmp_path) == PythonPolicies()


def test_a_changed_file_is_another_version_and_is_run_anew(tmp_path: Path) -> None:
    write(tmp_path, "acme.py", GOOD)
    first = read_folder(tmp_path).policies[0]
    assert read_folder(tmp_path).policies[0].version == first.version
    write(tmp_path, "acme.py", GOOD.replace('failed("none")', 'failed("still none")'))
    second = read_folder(tmp_path).policies[0]
    assert second.version != first.version
    assert judged(second, versioning={}).reason == "still none"


def test_what_several_share_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "_shared.py", "WORD = 'first'\n")
    write(tmp_path, "acme.py", "from . import _shared\n" + GOOD.replace('"none"', "_shared.WORD"))
    first = read_folder(tmp_path).policies[0]
    assert judged(first, versioning={}).reason == "first"
    write(tmp_path, "_shared.py", "WORD = 'the second'\n")
    second = read_folder(tmp_path).policies[0]
    assert judged(second, versioning={}).reason == "the second"
    assert first.version != second.version


def test_tests_are_no_policies(tmp_path: Path) -> None:
    for name in ("test_acme.py", "conftest.py", "_acme.py"):
        write(tmp_path, name, "raise AssertionError\n")
    assert read_folder(tmp_path) == PythonPolicies()


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("def (:\n", "bad.py:1:5: SyntaxError: "),
        ("\n\n1 / 0\n", "bad.py:3:1: ZeroDivisionError: "),
        ("import no_such_module\n", "bad.py:1:1: ModuleNotFoundError: "),
        ("import sys\nsys.exit(3)\n", "bad.py:2:1: SystemExit: 3"),
        (GOOD.replace("AWS::S3::Bucket", "AWS::S3::Buket"), "(did you mean 'AWS::S3::Bucket'?)"),
        (GOOD.replace("(versioning)", "(versionin)"), "no section of AWS::S3::Bucket"),
        (
            GOOD.replace('"acme_versions"', '"Acme versions"'),
            "bad.py: the policy's id 'Acme versions' is none",
        ),
        (GOOD + GOOD, ": ValueError: policy acme_versions is defined twice"),
    ],
    ids=["syntax", "raises", "import", "exit", "type", "section", "id", "twice"],
)
def test_what_is_wrong_is_told_with_its_line_and_stops_no_other(
    tmp_path: Path, text: str, mistake: str
) -> None:
    write(tmp_path, "bad.py", text)
    write(tmp_path, "good.py", GOOD.replace("acme_versions", "acme_good"))
    found = read_folder(tmp_path)
    assert [each.id for each in found.policies] == ["acme_good"]
    (line,) = told(found)
    assert mistake in line


def test_a_file_that_anybody_may_write_is_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    file = write(tmp_path, "acme.py", f"open({str(ran)!r}, 'w')\n" + GOOD)
    file.chmod(0o666)
    found = read_folder(tmp_path)
    assert not found.policies
    assert told(found) == ["acme.py: anybody may write this file: chmod o-w acme.py"]
    assert not ran.exists()


def test_packages_name_their_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "acme_package_policies.py", GOOD)
    write(tmp_path, "acme_broken_policies.py", "1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    points = [
        EntryPoint("acme", "acme_package_policies", ENTRY_POINTS),
        EntryPoint("broken", "acme_broken_policies", ENTRY_POINTS),
    ]
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: points if group == ENTRY_POINTS else []
    )
    read_installed.cache_clear()
    try:
        found = read_installed()
    finally:
        read_installed.cache_clear()
        sys.modules.pop("acme_package_policies", None)
    assert [(each.id, each.origin) for each in found.policies] == [("acme_versions", "acme_package_policies")]
    assert told(found) == ["acme_broken_policies: ZeroDivisionError: division by zero"]
