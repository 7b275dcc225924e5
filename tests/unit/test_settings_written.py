"""Settings files written by the program, and accounts out of a pasted text."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.settings import SettingsError, check_bytes, parse
from liveaudit.settings.pasted import pasted
from liveaudit.settings.written import plain_of, save, written

FULL: dict[str, Any] = {
    "receiver": "111111111111",
    "accounts": [
        {"id": "111111111111", "name": "hub", "publisher": False},
        {"id": "022222222222", "name": "o'k: # not a comment", "regions": ["us-east-1"]},
    ],
    "organization": {"id": "o-exampleorg1", "units": ["ou-ab12-11111111"], "exclude": ["333333333333"]},
    "regions": ["us-east-1", "eu-west-1"],
    "services": ["s3", "ec2"],
    "delivery": "direct",
    "external_id": "a-word",
    "store": "sqlite:////var/lib/liveaudit/store.sqlite3",
    "sweep": {"every": "12h"},
}


def test_what_is_written_is_read_back_and_says_what_each_field_is_for() -> None:
    text = written(FULL)
    assert plain_of(check_bytes(text.encode()).usable()) == FULL
    assert '- id: "022222222222"' in text
    assert "# How often" not in text, "a field of a field has no heading of its own"
    for field in FULL:
        before = text.split(f"\n{field}:")[0].splitlines()[-1]
        assert before.startswith("# "), field


def test_usual_values_are_left_out() -> None:
    small = {"receiver": "111111111111", "accounts": [{"id": "111111111111"}], "regions": "all"}
    assert plain_of(parse(small)) == small


def test_an_organization_with_nothing_said_stays() -> None:
    given_ = {"receiver": "111111111111", "organization": {}, "regions": "all"}
    assert plain_of(check_bytes(written(given_).encode()).usable()) == given_


@given(st.text(max_size=60).filter(lambda each: each.isprintable()))
def test_any_name_comes_back_as_it_was(name: str) -> None:
    text = written(
        {"receiver": "111111111111", "accounts": [{"id": "111111111111", "name": name}], "regions": "all"}
    )
    assert check_bytes(text.encode()).usable().accounts[0].name == name


def test_a_file_is_put_in_place_whole_and_the_former_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "etc" / "liveaudit.yaml"
    assert save(path, "one") is None
    assert save(path, "one") is None, "nothing changed, so there is nothing to keep"
    kept = save(path, "two")
    assert kept is not None
    assert (kept.read_text(), path.read_text()) == ("one", "two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in path.parent.iterdir()) == ["liveaudit.yaml", "liveaudit.yaml.old"]


def test_who_could_read_the_former_file_can_read_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "liveaudit.yaml"
    path.write_text("one")
    path.chmod(0o640)
    kept = save(path, "two")
    assert kept is not None
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, kept)] == [0o640, 0o640]


def test_another_group_is_let_in_by_no_file_that_is_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "liveaudit.yaml"
    path.write_text("one")
    path.chmod(0o660)

    def refused(_handle: int, _owner: int, _group: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    save(path, "two")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("two", 0o600)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="cannot be written"):
        save(tmp_path / "file" / "liveaudit.yaml", "one")


@pytest.mark.parametrize(
    ("text", "accounts", "wrong"),
    [
        ("111111111111", {"111111111111": ""}, ()),
        ("111111111111 shop\n222222222222\tweb team\n", {"111111111111": "shop", "222222222222": "web team"}, ()),
        ("id,name\n\n# ours\n111111111111,shop\n", {"111111111111": "shop"}, ()),
        ('"shop","1111-1111-1111"', {"111111111111": "shop"}, ()),
        ("111111111111, 222222222222;333333333333", dict.fromkeys(["111111111111", "222222222222", "333333333333"], ""), ()),
        ("111111111111 one\n111111111111 two", {"111111111111": "one"}, ()),
        ("11111111111\n1234567890123", {}, (1, 2)),
        ("111111111111\nshop", {"111111111111": ""}, (2,)),
        (
            ('{"Accounts": [{"Id": "111111111111", "Name": "shop", "Status": "ACTIVE"},'
            ' {"Id": "222222222222", "Name": "gone", "Status": "SUSPENDED"}]}'),
            {"111111111111": "shop"},
            (),
        ),
        ('["111111111111", 5, null]', {"111111111111": ""}, ()),
    ],
)  # fmt: skip
def test_accounts_out_of_what_people_paste(
    text: str, accounts: dict[str, str], wrong: tuple[int, ...]
) -> None:
    found = pasted(text)
    assert dict(found.accounts) == accounts
    assert tuple(line for line, _ in found.wrong) == wrong


@given(st.text(max_size=300))
def test_nothing_that_is_pasted_breaks_it(text: str) -> None:
    for account, _ in pasted(text).accounts:
        assert len(account) == 12
        assert account.isdigit()
