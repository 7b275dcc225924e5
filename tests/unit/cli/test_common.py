"""What commands share."""

from __future__ import annotations

import getpass

import pytest

from liveaudit.cli.common import this_user


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found: 12345"), OSError("No username set")])
def test_a_user_without_a_name_is_somebody(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Python 3.13 getpass raises the one, since then the other."""

    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert this_user() == "somebody"


def test_a_user_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    assert this_user() == "ann"
