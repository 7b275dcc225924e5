"""Settings: every mistake is named with its field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveaudit.settings import SettingsError, find_file, load, parse

GOOD: dict[str, Any] = {
    "receiver": "111111111111",
    "accounts": [{"id": "111111111111", "name": "security"}],
    "regions": ["us-east-1"],
}


def test_good() -> None:
    settings = parse(GOOD)
    assert settings.account_ids == {"111111111111"}
    assert settings.store.startswith("sqlite:///")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"receiver": "222222222222"}, "receiver: '222222222222' is not one of the accounts"),
        ({"accounts": []}, "accounts: at least one"),
        ({"accounts": [{"id": "12"}]}, "accounts[0].id: '12' is not twelve digits"),
        ({"accounts": [{"id": 111111111111}]}, "$.accounts[0].id"),
        ({"accounts": [{"id": "111111111111", "rolearn": "x"}]}, "rolearn"),
        ({"regions": ["europe"]}, "regions[0]: 'europe' is no region name"),
        ({"regions": []}, "regions: at least one"),
        ({"trusted_accounts": ["x"]}, "trusted_accounts[0]"),
        ({"colour": "blue"}, "colour"),
        ({"regions": None}, "$.regions"),
    ],
)
def test_mistakes_name_their_field(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(GOOD | change)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "text", ["- a", "{", "receiver: [", "", "receiver: !!python/object/apply:os.system ['true']"]
)
def test_files_that_are_no_settings(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(file)
    assert str(file) in str(raised.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)
    assert find_file(None) is None
    (tmp_path / "liveaudit.yaml").write_text("x", encoding="utf-8")
    assert find_file(None) == Path("liveaudit.yaml")
    monkeypatch.setenv("LIVEAUDIT_SETTINGS", "/else/where.yaml")
    assert find_file(None) == Path("/else/where.yaml")
    assert find_file(tmp_path / "given.yaml") == tmp_path / "given.yaml"
