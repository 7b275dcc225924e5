"""The folder of users' policies followed: what changes is taken in, and what breaks goes on as it was."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest

from liveaudit.custom.following import FolderError, Following, folder_of
from liveaudit.model import Outcome
from liveaudit.policies.policy import Policy
from liveaudit.services import load
from liveaudit.settings import parse
from tests.support.own_policies import a_file, own

_SECONDS = count(1_700_000_000)


def put(path: Path, data: bytes) -> None:
    """Write a file so that it is seen to be another."""
    path.write_bytes(data)
    at = next(_SECONDS) * 1_000_000_000
    os.utime(path, ns=(at, at))


def taken() -> dict[str, Policy]:
    return {each.id: each for each in load()[1].own}


def test_what_changes_is_taken_in(tmp_path: Path) -> None:
    following = Following()
    assert following.step(tmp_path)
    put(tmp_path / "a.yaml", a_file(own()))
    assert following.step(tmp_path)
    assert not following.step(tmp_path)
    first = taken()["acme_bucket_has_owner"]
    put(tmp_path / "a.yaml", a_file(own(tags={"key": "Team"})))
    assert following.step(tmp_path)
    assert taken()["acme_bucket_has_owner"].version != first.version
    (tmp_path / "a.yaml").unlink()
    assert following.step(tmp_path)
    assert taken() == {}


@pytest.mark.parametrize("broken", [a_file(own(severity="wrong")), b"policies: [", b"", b"\xff"])
def test_what_breaks_goes_on_as_it_was_and_stops_none_of_the_others(tmp_path: Path, broken: bytes) -> None:
    following = Following()
    put(tmp_path / "a.yaml", a_file(own()))
    put(tmp_path / "b.yaml", a_file(own(id="acme_other")))
    following.step(tmp_path)
    before = taken()
    put(tmp_path / "a.yaml", broken)
    put(tmp_path / "b.yaml", a_file(own(id="acme_other", severity="high")))
    assert following.step(tmp_path)
    after = taken()
    assert after["acme_bucket_has_owner"] == before["acme_bucket_has_owner"]
    assert after["acme_other"].severity == "high"
    first = following.health[0]
    assert (first.name, list(first.held)) == ("a.yaml", ["acme_bucket_has_owner"])
    assert first.mistakes[0].startswith("a.yaml")
    assert following.of("acme_bucket_has_owner") is first
    assert following.of("acme_other") is None
    put(tmp_path / "a.yaml", a_file(own()))
    following.step(tmp_path)
    assert following.of("acme_bucket_has_owner") is None


@pytest.mark.parametrize("broken", [a_file(own(severity="wrong")), a_file(own()) + b"  - {"])
def test_what_was_never_seen_whole_is_unknown(tmp_path: Path, broken: bytes) -> None:
    put(tmp_path / "a.yaml", broken)
    following = Following()
    following.step(tmp_path)
    policy = taken()["acme_bucket_has_owner"]
    verdict = policy.judge()
    assert (policy.type, verdict.outcome) == ("AWS::S3::Bucket", Outcome.UNKNOWN)
    assert "a.yaml:" in verdict.reason
    assert list(following.health[0].unknown) == ["acme_bucket_has_owner"]


def test_a_folder_that_was_never_read_ends_it_and_one_that_goes_away_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    with pytest.raises(FolderError, match="policies: cannot be read"):
        Following().step(folder)
    folder.mkdir()
    put(folder / "a.yaml", a_file(own()))
    following = Following()
    following.step(folder)
    folder.rename(tmp_path / "elsewhere")
    assert following.step(folder)
    assert "cannot be read" in following.trouble
    assert "acme_bucket_has_owner" in taken()


PYTHON = """
from liveaudit.authoring import Severity, passed, policy, resource_type

@policy(resource_type("AWS::S3::Bucket"), "acme_bucket_has_owner", Severity.LOW, title="t", why="w", fix="f")
def judge(bucket):
    return passed()
"""


def test_policies_in_python_are_followed_too(tmp_path: Path) -> None:
    following = Following()
    put(tmp_path / "own.py", PYTHON.encode())
    put(tmp_path / "a.yaml", a_file(own(), own(id="acme_other")))
    following.step(tmp_path)
    assert taken()["acme_bucket_has_owner"].kind == "python"
    assert "acme_other" in taken()
    assert "is there already, in " in following.told()[0]
    put(tmp_path / "a.yaml", a_file(own(id="acme_other")))
    put(tmp_path / "own.py", b"this is no Python")
    assert following.step(tmp_path)
    held = following.of("acme_bucket_has_owner")
    assert held is not None
    assert "SyntaxError" in held.mistakes[0]
    assert taken()["acme_bucket_has_owner"].kind == "python"


def test_the_folder_is_beside_the_settings_file() -> None:
    settings = parse(
        {
            "receiver": "111111111111",
            "accounts": [{"id": "111111111111"}],
            "regions": ["us-east-1"],
            "custom_policies": "own",
        }
    )
    assert folder_of(settings, Path("/etc/liveaudit/l.yaml")) == Path("/etc/liveaudit/own")


def test_what_is_wrong_is_told_of_the_policy_that_it_is_wrong_with(tmp_path: Path) -> None:
    put(
        tmp_path / "a.yaml",
        a_file(own(id="acme_one", severity="wrong"), own(id="acme_two", type="AWS::SQS::Queue", why=7)),
    )
    following = Following()
    following.step(tmp_path)
    assert [len(following.wrong_with(each)) for each in ("acme_one", "acme_two", "acme_three")] == [2, 2, 0]
    assert "severity" in following.wrong_with("acme_one")[0]
    assert "why" in following.wrong_with("acme_two")[0]
    assert taken()["acme_two"].kind == "tags"
