"""What a settings file says of channels, and its mistakes by field."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.settings import Settings, SettingsError, parse


def settings(**given: Any) -> Settings:
    return parse(
        {"receiver": "111111111111", "accounts": [{"id": "111111111111"}], "regions": ["us-east-1"], **given}
    )


FILE = {"name": "journal", "file": {"path": "/tmp/told"}}  # noqa: S108 - never opened


def test_a_channel_is_of_one_kind() -> None:
    (one,) = settings(channels=[FILE]).channels
    assert (one.name, one.kind, one.target.path) == ("journal", "file", "/tmp/told")  # noqa: S108 - never opened


@pytest.mark.parametrize(
    ("channels", "mistake"),
    [
        ([{"name": "journal"}], r"channels\[0\]: says not what it is: one of slack, "),
        ([FILE, FILE], r"channels\[1\].name: journal is there twice"),
        ([{**FILE, "name": "My Team"}], r"channels\[0\].name: 'My Team' is not a name"),
        ([{**FILE, "at_most": "many"}], r"channels\[0\].at_most: 'many' is not so many in a time"),
        ([{**FILE, "give_up": "soon"}], r"channels\[0\].give_up"),
    ],
)
def test_a_mistake_is_named_by_its_field(channels: list[Any], mistake: str) -> None:
    with pytest.raises(SettingsError, match=mistake):
        settings(channels=channels)
